import path from 'node:path';
import { build } from 'esbuild';
import { bundleOptions } from '../../../scripts/build';

const root = path.resolve(__dirname, '../../..');

describe('the bundle of the thread', () => {
  let code: string;
  let inputs: string[];
  beforeAll(async () => {
    const { outputFiles, metafile } = await build({
      ...bundleOptions,
      entryPoints: [path.join(root, 'lambdas/extraction/thread.ts')],
      metafile: true,
      write: false,
    });
    code = outputFiles[0]?.text ?? '';
    inputs = Object.keys(metafile.inputs);
  });

  it('makes no code at run time', () => {
    expect(code).not.toMatch(/\beval\(|new Function\(|\bFunction\(["'`]/);
  });

  it('says nothing about the place where it was made', () => {
    expect(code).not.toContain(root);
  });

  it('stays below 2 MB, as pdf.js takes 1.6', () => {
    expect(code.length).toBeLessThan(2_000_000);
  });

  it('holds no client of anything: files are handed to it', () => {
    expect(inputs.filter((file) => /aws|node_modules\/(?:pg|ioredis)\//.test(file))).toEqual([]);
  });

  it('keeps the readers out of the function itself', async () => {
    const { metafile } = await build({
      ...bundleOptions,
      entryPoints: [path.join(root, 'lambdas/extraction/extraction.ts')],
      metafile: true,
      write: false,
    });
    expect(Object.keys(metafile.inputs).filter((file) => file.startsWith('node_modules'))).toEqual([]);
  });
});
