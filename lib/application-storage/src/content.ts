import { Readable } from 'node:stream';
import type { Content } from './storage';

/** A content on its way, which remembers that it failed by itself: such a failure is no fault of the storage. */
export interface Flow {
  readonly stream: Readable;
  /** Throws the content's own error, if there was one. */
  rethrow(): void;
}

export function flowOf(content: Content): Flow {
  const failures: unknown[] = [];
  async function* bytes(): AsyncGenerator<Buffer> {
    try {
      if (content instanceof Uint8Array)
        yield Buffer.from(content.buffer, content.byteOffset, content.byteLength);
      else
        for await (const chunk of content as AsyncIterable<unknown>) {
          if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array))
            throw new TypeError(`expected a stream of bytes or text, found one of ${typeof chunk}`);
          yield typeof chunk === 'string'
            ? Buffer.from(chunk)
            : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
        }
    } catch (error) {
      failures.push(error);
      throw error;
    }
  }
  return {
    stream: Readable.from(bytes(), { objectMode: false }),
    rethrow: () => {
      if (failures.length > 0) throw failures[0];
    },
  };
}
