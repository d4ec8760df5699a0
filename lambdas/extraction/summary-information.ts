import { decodeWindows1252 } from './windows-1252';

interface Summary {
  readonly title?: string;
  readonly author?: string;
  readonly created?: string;
  readonly pages: number | null;
}

const titleId = 2;
const authorId = 4;
const createdId = 12;
const pagesId = 14;
const codePageId = 1;

/** [MS-OLEPS]: title, author and the like of an Office 97 to 2003 file. What is damaged is left out. */
export function summaryOf(stream: Buffer | undefined): Summary {
  try {
    return stream ? read(stream) : { pages: null };
  } catch (error) {
    if (error instanceof RangeError) return { pages: null };
    throw error;
  }
}

function read(stream: Buffer): Summary {
  const section = stream.subarray(stream.readUInt32LE(44));
  const count = Math.min(section.readUInt32LE(4), 100);
  const places = new Map<number, number>();
  for (let index = 0; index < count; index++) {
    places.set(section.readUInt32LE(8 + 8 * index), section.readUInt32LE(12 + 8 * index));
  }
  const codePage = places.has(codePageId) ? section.readUInt16LE((places.get(codePageId) ?? 0) + 4) : 1252;
  const text = (id: number): string | undefined => {
    const at = places.get(id);
    if (at === undefined || section.readUInt32LE(at) !== 30) return undefined;
    const bytes = section.subarray(at + 8, at + 8 + section.readUInt32LE(at + 4));
    return decode(bytes, codePage).split('\0')[0] || undefined;
  };
  const createdAt = places.get(createdId);
  const pagesAt = places.get(pagesId);
  const pages = pagesAt === undefined ? 0 : section.readUInt32LE(pagesAt + 4);
  return {
    title: text(titleId),
    author: text(authorId),
    created: createdAt === undefined ? undefined : fileTime(section.readBigUInt64LE(createdAt + 4)),
    pages: pages > 0 && pages < 100_000 ? pages : null,
  };
}

function decode(bytes: Buffer, codePage: number): string {
  if (codePage === 1200) return bytes.toString('utf16le');
  if (codePage === 1252) return decodeWindows1252(bytes);
  const label = codePage === 65001 ? 'utf-8' : codePage === 932 ? 'shift_jis' : `windows-${codePage}`;
  try {
    return new TextDecoder(label).decode(bytes);
  } catch (error) {
    if (error instanceof RangeError) return decodeWindows1252(bytes);
    throw error;
  }
}

/** Ticks of 100 ns since 1601. */
function fileTime(ticks: bigint): string | undefined {
  const milliseconds = Number(ticks / 10_000n) - 11_644_473_600_000;
  return ticks > 0n && milliseconds < 8.64e15 ? new Date(milliseconds).toISOString() : undefined;
}
