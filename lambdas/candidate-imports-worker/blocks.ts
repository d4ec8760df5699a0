import { Readable } from 'node:stream';
import { RandomAccessReader } from 'yauzl';
import type { Content } from '../shared/object-store';

/** One request to S3; with 500 MB, some 125 of them. */
const blockBytes = 4 * 1024 * 1024;

/** A file's header, its content, and the directory are rarely in more blocks than these. */
const keptBlocks = 3;

/** Lets yauzl read an object by blocks, of which a few are kept: neither the archive nor the disk is ever full. */
export class BlockReader extends RandomAccessReader {
  readonly #content: Content;
  readonly #blocks = new Map<number, Promise<Buffer>>();

  constructor(content: Content) {
    super();
    this.#content = content;
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(this.#range(start, end), { objectMode: false, highWaterMark: 256 * 1024 });
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    const copy = async () => {
      let at = offset;
      for await (const part of this.#range(position, position + length)) at += part.copy(buffer, at);
      if (at !== offset + length) throw new Error('the archive ends too early');
    };
    copy().then(
      () => callback(null),
      (error: Error) => callback(error),
    );
  }

  override close(callback: (error: Error | null) => void): void {
    this.#blocks.clear();
    callback(null);
  }

  async *#range(start: number, end: number): AsyncGenerator<Buffer> {
    const last = Math.min(end, this.#content.size);
    for (let at = start; at < last; ) {
      const number = Math.floor(at / blockBytes);
      const block = await this.#block(number);
      const from = at - number * blockBytes;
      const part = block.subarray(from, Math.min(block.length, from + last - at));
      if (part.length === 0) return;
      yield part;
      at += part.length;
    }
  }

  #block(number: number): Promise<Buffer> {
    const kept = this.#blocks.get(number);
    if (kept) {
      // Again the newest.
      this.#blocks.delete(number);
      this.#blocks.set(number, kept);
      return kept;
    }
    const block = this.#content.read(number * blockBytes, blockBytes).catch((error: unknown) => {
      this.#blocks.delete(number);
      throw new ReadFailure('the archive could not be read', { cause: error });
    });
    this.#blocks.set(number, block);
    for (const oldest of this.#blocks.keys()) {
      if (this.#blocks.size <= keptBlocks) break;
      this.#blocks.delete(oldest);
    }
    return block;
  }
}

/** S3 did not answer, which says nothing about the archive: another try may cure it. */
export class ReadFailure extends Error {
  override readonly name = 'ReadFailure';
}
