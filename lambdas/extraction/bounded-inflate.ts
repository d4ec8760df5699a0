import { brotliDecompressSync, constants, inflateRawSync, inflateSync } from 'node:zlib';
import { ExtractionError } from './failure';

const inflaters = {
  deflate: inflateSync,
  'deflate-raw': inflateRawSync,
  brotli: brotliDecompressSync,
} as const;

/**
 * Takes the place of the platform's DecompressionStream while a PDF is read, for three reasons: what is unpacked
 * counts, a damaged stream rejects (Node 20 throws "Controller is already closed" past every catch instead), and one
 * call of zlib costs less than a stream of 64 KB pieces. It has the few members that pdf.js uses.
 */
export function boundInflate(maxBytes: number): { readonly exceeded: Promise<never>; restore(): void } {
  const platform = globalThis.DecompressionStream;
  let left = maxBytes;
  let fail: (error: Error) => void = () => undefined;
  const exceeded = new Promise<never>((_, reject) => {
    fail = reject;
  });
  exceeded.catch(() => undefined);

  class BoundedInflate {
    private unpacked: Promise<Buffer> | undefined;
    readonly writable = {
      getWriter: () => ({ ready: Promise.resolve(), write: this.write, close: async () => undefined }),
    };
    readonly readable = { [Symbol.asyncIterator]: () => this.chunks() };

    constructor(private readonly format: keyof typeof inflaters) {}

    private readonly write = (packed: Uint8Array): Promise<void> => {
      this.unpacked = new Promise((resolve, reject) => {
        try {
          const bytes = inflaters[this.format](packed, {
            maxOutputLength: Math.max(1, left),
            // Many writers leave the end of a stream out.
            finishFlush: this.format === 'brotli' ? constants.BROTLI_OPERATION_FLUSH : constants.Z_SYNC_FLUSH,
          });
          left -= bytes.length;
          resolve(bytes);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') return reject(error);
          // Never settles: on an error pdf.js would unpack the rest by its own code, which does not count.
          fail(new ExtractionError('too_large_expanded', `It unpacks to more than ${maxBytes} bytes.`));
        }
      });
      return this.unpacked.then(() => undefined);
    };

    private async *chunks(): AsyncGenerator<Buffer> {
      if (this.unpacked) yield await this.unpacked;
    }
  }

  globalThis.DecompressionStream = BoundedInflate as unknown as typeof DecompressionStream;
  return {
    exceeded,
    restore: () => {
      globalThis.DecompressionStream = platform;
    },
  };
}
