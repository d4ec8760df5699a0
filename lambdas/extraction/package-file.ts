import { crc32 } from 'node:zlib';
import { type Entry, fromBuffer, type ZipFile } from 'yauzl';
import { ExtractionError } from './failure';

/** A long presentation has some thousand parts; more is a trap for whoever opens it. */
const maxParts = 10_000;

/** The ZIP of an Office file. Parts are unpacked one by one when they are asked for, and all count. */
export class PackageFile {
  private expanded = 0;

  private constructor(
    private readonly zip: ZipFile,
    private readonly entries: ReadonlyMap<string, Entry>,
    private readonly maxExpandedBytes: number,
  ) {}

  static async open(bytes: Buffer, maxExpandedBytes: number): Promise<PackageFile> {
    const zip = await new Promise<ZipFile>((resolve, reject) =>
      fromBuffer(bytes, { lazyEntries: true, strictFileNames: false }, (error, opened) =>
        error ? reject(damaged(error)) : resolve(opened),
      ),
    );
    if (zip.entryCount > maxParts) {
      throw new ExtractionError(
        'unsafe_content',
        `It has ${zip.entryCount} parts; at most ${maxParts} are read.`,
      );
    }
    const entries = await readDirectory(zip);
    refuseSharedBytes(entries);
    return new PackageFile(zip, new Map(entries.map((entry) => [entry.fileName, entry])), maxExpandedBytes);
  }

  has(name: string): boolean {
    return this.entries.has(name);
  }

  names(): Iterable<string> {
    return this.entries.keys();
  }

  async *read(name: string): AsyncGenerator<Buffer> {
    const entry = this.entries.get(name);
    if (!entry) throw new ExtractionError('corrupt', `The part ${name} is missing.`);
    if (entry.isEncrypted()) throw new ExtractionError('encrypted', 'Its parts are encrypted.');
    const stream = await new Promise<NodeJS.ReadableStream>((resolve, reject) =>
      this.zip.openReadStream(entry, (error, opened) => (error ? reject(damaged(error)) : resolve(opened))),
    );
    let checksum = 0;
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        this.expanded += chunk.length;
        if (this.expanded > this.maxExpandedBytes) {
          throw new ExtractionError(
            'too_large_expanded',
            `It unpacks to more than ${this.maxExpandedBytes} bytes.`,
          );
        }
        checksum = crc32(chunk, checksum);
        yield chunk;
      }
    } catch (error) {
      throw error instanceof ExtractionError ? error : damaged(error);
    }
    if (checksum !== entry.crc32) {
      throw new ExtractionError('corrupt', `The checksum of the part ${name} is wrong.`);
    }
  }
}

function readDirectory(zip: ZipFile): Promise<Entry[]> {
  return new Promise((resolve, reject) => {
    const entries: Entry[] = [];
    zip.on('entry', (entry: Entry) => {
      entries.push(entry);
      zip.readEntry();
    });
    zip.on('end', () => resolve(entries));
    zip.on('error', (error) => reject(damaged(error)));
    zip.readEntry();
  });
}

/** The trick of small bombs: one compressed block that every entry points at. */
function refuseSharedBytes(entries: readonly Entry[]): void {
  const byPlace = [...entries].sort((a, b) => a.relativeOffsetOfLocalHeader - b.relativeOffsetOfLocalHeader);
  let end = 0;
  for (const entry of byPlace) {
    if (entry.relativeOffsetOfLocalHeader < end) {
      throw new ExtractionError('unsafe_content', `The part ${entry.fileName} shares bytes with another.`);
    }
    end = entry.relativeOffsetOfLocalHeader + 30 + entry.compressedSize;
  }
}

const damaged = (error: unknown): ExtractionError =>
  new ExtractionError('corrupt', `Its ZIP is damaged: ${error instanceof Error ? error.message : error}`);
