import { CompoundFile } from './compound-file';
import { ExtractionError } from './failure';
import type { ExtractionLimits } from './limits';
import { summaryOf } from './summary-information';
import { type Reading, TextCollector } from './text';
import { decodeWindows1252 } from './windows-1252';

/** Word 97, the first with this layout. */
const oldestVersion = 0x00c1;

/** [MS-DOC]: the text lies in pieces that a table puts in order. */
export function readDoc(bytes: Buffer, limits: ExtractionLimits): Reading {
  const file = new CompoundFile(bytes);
  if (file.has('EncryptedPackage')) throw new ExtractionError('encrypted', 'It opens with a password only.');
  const main = file.stream('WordDocument');
  if (!main) throw new ExtractionError('wrong_type', 'It is a file of Office, but holds no Word document.');
  if (main.length < 0x1aa || main.readUInt16LE(0) !== 0xa5ec) throw damaged('its first block');
  if (main.readUInt16LE(2) < oldestVersion) {
    throw new ExtractionError('unsupported', 'It was written by Word 95 or older. Save it as DOCX.');
  }
  const flags = main.readUInt16LE(10);
  if (flags & 0x0100) throw new ExtractionError('encrypted', 'It opens with a password only.');
  const table = file.stream(flags & 0x0200 ? '1Table' : '0Table');
  if (!table) throw damaged('its table');
  const start = main.readUInt32LE(0x1a2);
  const pieces = table.subarray(start, start + main.readUInt32LE(0x1a6));
  // Lengths in characters of the stories, which follow each other: body, footnotes, headers, macros, comments,
  // endnotes, text boxes. Headers come first here, as in a DOCX, and comments are left out.
  const [body, footnotes, headers, macros, comments, endnotes, boxes] = Array.from(
    { length: 7 },
    (_, index) => main.readUInt32LE(0x4c + 4 * index),
  ) as [number, number, number, number, number, number, number];
  const bodyEnd = body + footnotes;
  const commentsEnd = bodyEnd + headers + macros + comments;
  const ranges: [from: number, to: number][] = [
    [bodyEnd, bodyEnd + headers],
    [0, bodyEnd],
    [commentsEnd, commentsEnd + endnotes + boxes],
  ];
  const collector = new TextCollector(limits.characters);
  // What fields and marks take away is in the text twice at most; more is not read.
  const text = readPieces(main, pieces, commentsEnd + endnotes + boxes);
  for (const [from, to] of ranges) collector.add(visible(text.slice(from, to)));
  const { pages, ...metadata } = summaryOf(file.stream('\u0005SummaryInformation'));
  return { text: collector.toString(), pages, metadata, truncated: collector.truncated };
}

function readPieces(main: Buffer, clx: Buffer, characters: number): string {
  let at = 0;
  // Formatting of pieces comes before their table.
  while (clx[at] === 1 && at + 3 <= clx.length) at += 3 + clx.readUInt16LE(at + 1);
  if (clx[at] !== 2 || at + 5 > clx.length) throw damaged('the table of its pieces');
  const plc = clx.subarray(at + 5, at + 5 + clx.readUInt32LE(at + 1));
  const count = Math.floor((plc.length - 4) / 12);
  if (count < 1 || plc.length !== clx.readUInt32LE(at + 1)) throw damaged('the table of its pieces');
  const parts: string[] = [];
  let length = 0;
  for (let index = 0; index < count && length < characters; index++) {
    const size = plc.readUInt32LE(4 * index + 4) - plc.readUInt32LE(4 * index);
    const place = plc.readUInt32LE(4 * (count + 1) + 8 * index + 2);
    const narrow = (place & 0x4000_0000) !== 0;
    const offset = narrow ? (place & 0x3fff_ffff) / 2 : place & 0x3fff_ffff;
    const bytes = size * (narrow ? 1 : 2);
    // All pieces together lie in the stream once: a table that reuses bytes would multiply them.
    if (size < 0 || offset + bytes > main.length || length + size > main.length)
      throw damaged('a piece of its text');
    const piece = main.subarray(offset, offset + bytes);
    parts.push(narrow ? decodeWindows1252(piece) : piece.toString('utf16le'));
    length += size;
  }
  if (length < characters - 1) throw damaged('the end of its text');
  return parts.join('');
}

/** Word's own marks as text. Of a field the result stays and the instruction goes. */
function visible(text: string): string {
  const fields: { shown: boolean }[] = [];
  let out = '';
  let from = 0;
  const hidden = () => fields.some(({ shown }) => !shown);
  for (let at = 0; at <= text.length; at++) {
    const code = at < text.length ? text.charCodeAt(at) : 0x15;
    if (code < 0x13 || code > 0x15) continue;
    if (!hidden()) out += text.slice(from, at);
    from = at + 1;
    const field = fields.at(-1);
    if (code === 0x13 && fields.length < 100) fields.push({ shown: false });
    else if (code === 0x14 && field) field.shown = true;
    else if (code === 0x15) fields.pop();
  }
  return (
    out
      // A cell ends with a mark, and a row with one more.
      .replaceAll('\x07\x07', '\n')
      .replaceAll('\x07', '\t')
      .replace(/[\r\v\f]/g, '\n')
      .replaceAll('\x1e', '-')
      .replaceAll('\x1f', '')
  );
}

const damaged = (what: string): ExtractionError =>
  new ExtractionError('corrupt', `The file is damaged or cut off: ${what}.`);
