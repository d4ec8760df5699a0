import { pipeline } from 'node:stream/promises';
import { crc32, createInflateRaw } from 'node:zlib';
import { Entry, fromRandomAccessReaderPromise, type ZipFile } from 'yauzl';
import type { Content } from '../shared/object-store';
import { BlockReader, ReadFailure } from './blocks';
import { decodeName, isLitter, isUnsafe } from './entry-name';

/** Why an archive as a whole cannot be read. */
export type ArchiveFault = 'corrupt' | 'encrypted' | 'too_many_entries' | 'empty';

export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
  readonly code: ArchiveFault;

  constructor(code: ArchiveFault, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** Why an entry gave no file. */
export type EntryFault =
  | 'unsafe_path'
  | 'encrypted'
  | 'unsupported'
  | 'too_large'
  | 'expands_too_much'
  | 'corrupt'
  | 'empty';

/** An entry of the directory, with what its file is read by. */
export interface ArchiveEntry {
  /** Position in the directory, from 0. */
  readonly index: number;
  readonly name: string;
  readonly litter: boolean;
  readonly method: number;
  readonly encrypted: boolean;
  readonly packedBytes: number;
  /** What the directory says, which may be a lie. */
  readonly announcedBytes: number;
  readonly crc32: number;
  readonly offset: number;
}

export interface ArchiveLimits {
  /** Files, apart from folders and what systems leave in them. */
  readonly maxEntries: number;
  /** Of one file. */
  readonly maxBytes: number;
}

/** Systems add up to three entries to each file: folders, `__MACOSX`. */
const litterPerFile = 4;

/** Names longer than this are cut: no file system takes them. */
const maxNameBytes = 4096;

/** Real documents are within 1:100; above 1:200 an entry was made to hurt. Small ones cannot. */
const maxRatio = 200;
const harmlessBytes = 1024 * 1024;

/** A ZIP whose directory has been read, and whose files are inflated one by one into memory. */
export class Archive {
  readonly entries: readonly ArchiveEntry[];
  readonly #zip: ZipFile;
  readonly #maxBytes: number;

  private constructor(zip: ZipFile, entries: readonly ArchiveEntry[], maxBytes: number) {
    this.#zip = zip;
    this.entries = entries;
    this.#maxBytes = maxBytes;
  }

  /** @throws ArchiveError when this is no ZIP to work with; anything else when it could not be read */
  static async open(content: Content, { maxEntries, maxBytes }: ArchiveLimits): Promise<Archive> {
    const options = { lazyEntries: true, decodeStrings: false, validateEntrySizes: false, autoClose: false };
    try {
      const zip = await fromRandomAccessReaderPromise(new BlockReader(content), content.size, options);
      if (zip.entryCount > maxEntries * litterPerFile) throw tooMany(zip.entryCount, maxEntries);
      const entries = await readDirectory(zip, maxEntries);
      if (entries.every(({ litter }) => litter)) throw new ArchiveError('empty', 'the archive has no file');
      // Entries that share their data make a bomb of a small archive.
      const packed = entries.reduce((sum, { packedBytes }) => sum + packedBytes, 0);
      if (packed > content.size) throw new ArchiveError('corrupt', 'its entries overlap');
      return new Archive(zip, entries, maxBytes);
    } catch (error) {
      if (error instanceof ArchiveError || error instanceof ReadFailure) throw error;
      const { message } = error as Error;
      const code = message === 'strong encryption is not supported' ? 'encrypted' : 'corrupt';
      throw new ArchiveError(code, message, error);
    }
  }

  /** The file of an entry, or why there is none. */
  async read(entry: ArchiveEntry, signal?: AbortSignal): Promise<Buffer | EntryFault> {
    const fault = announcedFault(entry, this.#maxBytes);
    if (fault) return fault;
    const sink = new Sink(entry, this.#maxBytes);
    try {
      const raw = await this.#zip.openReadStreamPromise(asYauzl(entry), { decodeFileData: false } as never);
      if (entry.method === 0) await pipeline(raw, sink.take, { signal });
      else await pipeline(raw, createInflateRaw(), sink.take, { signal });
      return sink.file();
    } catch (error) {
      if (signal?.aborted || error instanceof ReadFailure) throw error;
      return sink.fault ?? 'corrupt';
    }
  }
}

function tooMany(found: number, allowed: number): ArchiveError {
  return new ArchiveError('too_many_entries', `expected at most ${allowed} files, found ${found}`);
}

async function readDirectory(zip: ZipFile, maxEntries: number): Promise<ArchiveEntry[]> {
  const entries: ArchiveEntry[] = [];
  let files = 0;
  for await (const entry of zip.eachEntry()) {
    // Copies: what yauzl gives keeps up to 190 KB of names, extra fields and comments in memory.
    const raw = Buffer.from(entry.fileNameRaw.subarray(0, maxNameBytes));
    const name = decodeName(entry.generalPurposeBitFlag, raw, entry.extraFields);
    const litter = !isUnsafe(name) && isLitter(name);
    if (!litter && ++files > maxEntries) throw tooMany(files, maxEntries);
    entries.push({
      index: entries.length,
      name,
      litter,
      method: entry.compressionMethod,
      encrypted: entry.isEncrypted(),
      packedBytes: entry.compressedSize,
      announcedBytes: entry.uncompressedSize,
      crc32: entry.crc32,
      offset: entry.relativeOffsetOfLocalHeader,
    });
  }
  return entries;
}

/** What the directory alone tells. */
function announcedFault(entry: ArchiveEntry, maxBytes: number): EntryFault | undefined {
  if (isUnsafe(entry.name)) return 'unsafe_path';
  if (entry.encrypted) return 'encrypted';
  if (entry.method !== 0 && entry.method !== 8) return 'unsupported';
  if (entry.announcedBytes > maxBytes) return 'too_large';
  return undefined;
}

/** Counts what an entry really inflates to, and stops it. */
class Sink {
  fault: EntryFault | undefined;
  readonly #entry: ArchiveEntry;
  readonly #maxBytes: number;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #checksum = 0;

  constructor(entry: ArchiveEntry, maxBytes: number) {
    this.#entry = entry;
    this.#maxBytes = maxBytes;
  }

  readonly take = async (source: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of source) {
      this.#bytes += chunk.length;
      this.#checksum = crc32(chunk, this.#checksum);
      if (this.#bytes > this.#maxBytes) this.fault = 'too_large';
      else if (this.#bytes > harmlessBytes && this.#bytes > this.#entry.packedBytes * maxRatio)
        this.fault = 'expands_too_much';
      if (this.fault) throw new Error(this.fault);
      this.#chunks.push(chunk);
    }
  };

  file(): Buffer | EntryFault {
    if (this.#bytes !== this.#entry.announcedBytes || this.#checksum !== this.#entry.crc32) return 'corrupt';
    return this.#bytes === 0 ? 'empty' : Buffer.concat(this.#chunks);
  }
}

function asYauzl(entry: ArchiveEntry): Entry {
  return Object.assign(new (Entry as unknown as new () => Entry)(), {
    compressedSize: entry.packedBytes,
    uncompressedSize: entry.announcedBytes,
    compressionMethod: entry.method,
    generalPurposeBitFlag: 0,
    relativeOffsetOfLocalHeader: entry.offset,
  });
}
