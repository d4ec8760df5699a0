import { compoundFile } from './compound-writer';

export interface WordDocument {
  /** `\r` ends a paragraph; Word's own marks may stand in it. */
  readonly text: string;
  readonly header?: string;
  readonly footnotes?: string;
  readonly comments?: string;
  /** Several pieces, in the order of the file or backwards: a fast save leaves them in any. @default 1 */
  readonly pieces?: number;
  readonly backwards?: boolean;
  /** One byte for each character, as Word stores what windows-1252 can. @default false */
  readonly narrow?: boolean;
  readonly encrypted?: boolean;
  /** @default 0x00c1, Word 97 */
  readonly version?: number;
  readonly title?: string;
  readonly author?: string;
  readonly pages?: number;
}

/**
 * The least [MS-DOC] that a reader of text needs: first block, text in pieces, table of pieces, and what the file
 * says about itself. It has no styles, so Word itself would refuse it.
 */
export function wordFile(document: WordDocument): Buffer {
  const { text, header = '', footnotes = '', comments = '', encrypted = false, version = 0x00c1 } = document;
  const all = `${text}${footnotes}${header}${comments}\r`;
  const { main, table } = pieces(all, document);
  const block = Buffer.alloc(1024);
  block.writeUInt16LE(0xa5ec, 0);
  block.writeUInt16LE(version, 2);
  block.writeUInt16LE(0x0200 | (encrypted ? 0x0100 : 0), 10);
  [text, footnotes, header, '', comments].forEach((story, index) => {
    block.writeUInt32LE(story.length, 0x4c + 4 * index);
  });
  block.writeUInt32LE(0, 0x1a2);
  block.writeUInt32LE(table.length, 0x1a6);
  // Longer than 4096 bytes, as Word pads them: shorter streams lie in sectors of another size.
  const pad = (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(Math.max(0, 4096 - bytes.length))]);
  return compoundFile({
    WordDocument: pad(Buffer.concat([block, main])),
    '1Table': pad(table),
    '\u0005SummaryInformation': summary(document),
  });
}

function pieces(all: string, { pieces: count = 1, backwards = false, narrow = false }: WordDocument) {
  const length = Math.ceil(all.length / count);
  const texts = Array.from({ length: count }, (_, index) => all.slice(index * length, (index + 1) * length));
  const order = texts.map((_, index) => index);
  if (backwards) order.reverse();
  const places: number[] = [];
  const data: Buffer[] = [];
  let at = 1024;
  for (const index of order) {
    const bytes = Buffer.from(texts[index] ?? '', narrow ? 'latin1' : 'utf16le');
    places[index] = at;
    data.push(bytes);
    at += bytes.length;
  }
  const table = Buffer.alloc(5 + 4 * (count + 1) + 8 * count);
  table[0] = 2;
  table.writeUInt32LE(table.length - 5, 1);
  let position = 0;
  texts.forEach((text, index) => {
    table.writeUInt32LE(position, 5 + 4 * index);
    position += text.length;
    const place = places[index] ?? 0;
    table.writeUInt32LE(narrow ? (place * 2) | 0x4000_0000 : place, 5 + 4 * (count + 1) + 8 * index + 2);
  });
  table.writeUInt32LE(position, 5 + 4 * count);
  return { main: Buffer.concat(data), table };
}

/** [MS-OLEPS]: code page UTF-8, title, author, a time, a number of pages. */
function summary({ title = '', author = '', pages = 0 }: WordDocument): Buffer {
  const text = (value: string) => {
    const bytes = Buffer.from(`${value}\0`);
    const property = Buffer.alloc(8 + Math.ceil(bytes.length / 4) * 4);
    property.writeUInt32LE(30, 0);
    property.writeUInt32LE(bytes.length, 4);
    bytes.copy(property, 8);
    return property;
  };
  const codePage = Buffer.alloc(8);
  codePage.writeUInt32LE(2, 0);
  codePage.writeUInt16LE(65001, 4);
  const created = Buffer.alloc(12);
  created.writeUInt32LE(64, 0);
  created.writeBigUInt64LE((BigInt(Date.parse('2003-05-06T07:08:00Z')) + 11_644_473_600_000n) * 10_000n, 4);
  const count = Buffer.alloc(8);
  count.writeUInt32LE(3, 0);
  count.writeUInt32LE(pages, 4);
  const properties: [id: number, value: Buffer][] = [[1, codePage]];
  if (title) properties.push([2, text(title)]);
  if (author) properties.push([4, text(author)], [12, created]);
  if (pages) properties.push([14, count]);
  const head = Buffer.alloc(8 + 8 * properties.length);
  let at = head.length;
  properties.forEach(([id, value], index) => {
    head.writeUInt32LE(id, 8 + 8 * index);
    head.writeUInt32LE(at, 12 + 8 * index);
    at += value.length;
  });
  head.writeUInt32LE(at, 0);
  head.writeUInt32LE(properties.length, 4);
  const set = Buffer.alloc(48);
  set.writeUInt16LE(0xfffe, 0);
  set.writeUInt32LE(1, 24);
  set.writeUInt32LE(48, 44);
  return Buffer.concat([set, head, ...properties.map(([, value]) => value)]);
}
