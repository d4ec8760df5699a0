import type { Content } from './object-store';

/** End of central directory: 22 bytes and a comment of at most 65,535. */
const endRecordBytes = 22;
const maxEndBytes = endRecordBytes + 0xffff;

/** An office document has some hundred parts; more is a trap for whoever opens it. */
const maxEntries = 10_000;
const maxDirectoryBytes = 4 * 1024 * 1024;

/** What the parts may unpack to together: far above any document, far below what hurts. */
const maxUnpackedBytes = 1024 ** 3;

/**
 * Checks a DOCX or PPTX by the directory of its ZIP, without unpacking it: complete, in bounds, with a
 * content-type part and parts under `folder`, without macros.
 */
export async function openXmlFault(content: Content, folder: 'word/' | 'ppt/'): Promise<string | undefined> {
  const head = await content.read(0, 4);
  if (head.toString('latin1') !== 'PK\u0003\u0004') return 'it does not start as an Office file';
  const directory = await findDirectory(content);
  if (!directory) return 'its directory is missing: the file is incomplete';
  const { count, bytes, start } = directory;
  if (count > maxEntries || bytes > maxDirectoryBytes) return 'it has too many parts';
  const entries = readEntries(await content.read(start, bytes), count, start);
  if (!entries) return 'its directory is damaged';
  if (entries.reduce((sum, { unpackedBytes }) => sum + unpackedBytes, 0) > maxUnpackedBytes) {
    return 'it unpacks to too much';
  }
  const names = entries.map(({ name }) => name);
  if (
    !names.includes('[Content_Types].xml') ||
    !names.some((name) => name.startsWith(folder) && name.endsWith('.xml'))
  ) {
    return 'it is another kind of ZIP file';
  }
  if (names.some((name) => /(?:^|\/)vbaProject\.bin$/i.test(name))) return 'it holds macros';
  if (names.some((name) => name.startsWith('/') || name.split(/[/\\]/).includes('..')))
    return 'it names parts outside itself';
  return undefined;
}

interface Directory {
  readonly count: number;
  readonly bytes: number;
  readonly start: number;
}

async function findDirectory(content: Content): Promise<Directory | undefined> {
  const tailBytes = Math.min(content.size, maxEndBytes);
  const tailStart = content.size - tailBytes;
  const tail = await content.read(tailStart, tailBytes);
  for (let at = tail.length - endRecordBytes; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== 0x06054b50) continue;
    // The comment must reach exactly to the end: nothing may be cut off or appended.
    if (at + endRecordBytes + tail.readUInt16LE(at + 20) !== tail.length) continue;
    const directory = {
      count: tail.readUInt16LE(at + 10),
      bytes: tail.readUInt32LE(at + 12),
      start: tail.readUInt32LE(at + 16),
    };
    if (directory.start + directory.bytes === tailStart + at) return directory;
  }
  return undefined;
}

interface Entry {
  readonly name: string;
  readonly unpackedBytes: number;
}

function readEntries(directory: Buffer, count: number, directoryStart: number): Entry[] | undefined {
  const entries: Entry[] = [];
  let at = 0;
  while (at + 46 <= directory.length && directory.readUInt32LE(at) === 0x02014b50) {
    const packedBytes = directory.readUInt32LE(at + 20);
    const unpackedBytes = directory.readUInt32LE(at + 24);
    const nameBytes = directory.readUInt16LE(at + 28);
    const partStart = directory.readUInt32LE(at + 42);
    if (partStart + 30 + nameBytes + packedBytes > directoryStart) return undefined;
    entries.push({ name: directory.toString('utf8', at + 46, at + 46 + nameBytes), unpackedBytes });
    at += 46 + nameBytes + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return at === directory.length && entries.length === count ? entries : undefined;
}
