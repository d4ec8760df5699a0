import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { type Extractor, openExtractor } from '../../lambdas/extraction/extraction';
import type { Content } from '../../lambdas/shared/object-store';
import { bundleOptions } from '../../scripts/build';

const root = path.resolve(__dirname, '../..');

/** The extractor with its thread, bundled as in a function. A thread is a real one: no loader of the tests is in it. */
export async function testExtractor(): Promise<Extractor> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'landfall-extraction-'));
  const threadFile = path.join(directory, 'thread.js');
  await build({
    ...bundleOptions,
    entryPoints: [path.join(root, 'lambdas/extraction/thread.ts')],
    outfile: threadFile,
  });
  const extractor = openExtractor({ threadFile });
  return {
    ...extractor,
    async close() {
      await extractor.close();
      await rm(directory, { recursive: true });
    },
  };
}

/** Bytes as an object of a bucket, with a count of its reads. */
export function contentOf(bytes: Buffer): Content & { readonly reads: number } {
  let reads = 0;
  return {
    size: bytes.length,
    get reads() {
      return reads;
    },
    async read(start, length) {
      reads++;
      return bytes.subarray(start, start + length);
    },
  };
}
