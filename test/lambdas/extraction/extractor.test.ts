import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { ExtractionError, type Extractor, openExtractor } from '../../../lambdas/extraction/extraction';
import { contentOf, testExtractor } from '../../support/extraction';
import { body, p, rawDocx } from '../../support/samples/office-parts';
import { drawingBomb, lenientFlateBomb } from '../../support/samples/pdf-traps';
import { lines, onePage, stream } from '../../support/samples/raw-pdf';

const mebibyte = 1024 ** 2;
const hello = () => contentOf(Buffer.from('Hello there, this is a text'));

/** The code of a failure, `none` when there was text, and the error itself when the file is not to blame. */
const codeOf = (reading: Promise<unknown>): Promise<unknown> =>
  reading.then(
    () => 'none',
    (error) => (error instanceof ExtractionError ? error.code : error),
  );

describe('limits', () => {
  let extractor: Extractor;
  beforeAll(async () => {
    extractor = await testExtractor();
  });
  afterAll(() => extractor.close());

  /** How far the process grew beyond its size before, at most. */
  async function growthWhile(work: () => Promise<unknown>): Promise<number> {
    const before = process.memoryUsage.rss();
    let most = before;
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage.rss());
    }, 5);
    await work();
    clearInterval(watch);
    return most - before;
  }

  it('ends a file that takes too long, and reads the next one', async () => {
    const bomb = contentOf(drawingBomb());
    const started = performance.now();
    expect(await codeOf(extractor.extract(bomb, 'pdf', { milliseconds: 700 }))).toBe('timeout');
    expect(performance.now() - started).toBeLessThan(15_000);
    expect(await codeOf(extractor.extract(hello(), 'txt'))).toBe('none');
  });

  it('ends a file whose buffers grow without bounds before the process has grown much further', async () => {
    await extractor.extract(hello(), 'txt', { memoryBytes: 200 * mebibyte });
    const bomb = contentOf(lenientFlateBomb());
    const grown = await growthWhile(async () => {
      expect(await codeOf(extractor.extract(bomb, 'pdf', { memoryBytes: 200 * mebibyte }))).toBe(
        'out_of_memory',
      );
    });
    expect(grown).toBeLessThan(500 * mebibyte);
    expect(await codeOf(extractor.extract(hello(), 'txt'))).toBe('none');
  });

  it('ends a file that fills the heap of the thread', async () => {
    const longWord = contentOf(rawDocx(body(p('&#65;'.repeat(15 * mebibyte)))));
    const limits = { memoryBytes: 64 * mebibyte };
    expect(await codeOf(extractor.extract(longWord, 'docx', limits))).toBe('out_of_memory');
    expect(await codeOf(extractor.extract(hello(), 'txt'))).toBe('none');
  });

  it('takes the limit of pages as it is told', async () => {
    const pdf = contentOf(onePage(stream(lines('One page'))));
    expect(await codeOf(extractor.extract(pdf, 'pdf', { pages: 1 }))).toBe('none');
    expect(await codeOf(extractor.extract(pdf, 'pdf', { pages: 0 }))).toBe('too_many_pages');
  });

  it('counts what a PDF unpacks against its limit', async () => {
    const { deflateSync } = await import('node:zlib');
    const content = deflateSync(lines(...Array.from({ length: 2000 }, () => 'Again and again')));
    const pdf = contentOf(onePage(stream(content, '/Filter /FlateDecode')));
    expect(await codeOf(extractor.extract(pdf, 'pdf', { expandedBytes: 100_000 }))).toBe('none');
    expect(await codeOf(extractor.extract(pdf, 'pdf', { expandedBytes: 10_000 }))).toBe('too_large_expanded');
    expect(await codeOf(extractor.extract(pdf, 'pdf'))).toBe('none');
  });

  it('does not even fetch a file that is too large', async () => {
    const content = contentOf(Buffer.alloc(2000, 'a'));
    expect(await codeOf(extractor.extract(content, 'txt', { fileBytes: 1000 }))).toBe('too_large');
    expect(content.reads).toBe(0);
  });

  it('puts parts of a file together', async () => {
    const bytes = Buffer.from('abcdefghij klmnopqrst '.repeat(10));
    const small = { size: bytes.length, read: async (start: number) => bytes.subarray(start, start + 7) };
    expect((await extractor.extract(small, 'txt')).text).toBe(bytes.toString().trimEnd());
  });

  it('does not blame a file that could not be fetched', async () => {
    const gone = { size: 10, read: () => Promise.reject(new Error('503 Slow Down')) };
    const short = { size: 10, read: async () => Buffer.alloc(0) };
    await expect(extractor.extract(gone, 'txt')).rejects.toThrow('503 Slow Down');
    expect(await codeOf(extractor.extract(short, 'txt'))).toMatchObject({
      message: 'expected 10 bytes, the object ended after 0',
    });
  });

  it('stops when it is told to, with the reason it was given', async () => {
    const reason = new Error('the function ends');
    const stopping = new AbortController();
    const reading = extractor.extract(contentOf(drawingBomb()), 'pdf', {}, stopping.signal);
    setTimeout(() => stopping.abort(reason), 300);
    await expect(reading).rejects.toBe(reason);
    await expect(extractor.extract(hello(), 'txt', {}, stopping.signal)).rejects.toBe(reason);
    expect(await codeOf(extractor.extract(hello(), 'txt'))).toBe('none');
  });

  it('reads many files that were handed over at once, whatever becomes of the others', async () => {
    const broken = contentOf(Buffer.from('%PDF-1.7 broken'));
    const readings = Array.from({ length: 20 }, (_, index) =>
      index % 4 === 3 ? extractor.extract(broken, 'pdf') : extractor.extract(hello(), 'txt'),
    );
    const codes = await Promise.all(readings.map(codeOf));
    expect(codes.filter((code) => code === 'corrupt')).toHaveLength(5);
    expect(codes.filter((code) => code === 'none')).toHaveLength(15);
  });
});

/** Threads that behave as told by the file, in place of the one that reads: for deaths that no sample brings about. */
describe('a thread that dies', () => {
  let directory: string;
  let extractor: Extractor;

  beforeAll(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'landfall-threads-'));
    await writeFile(
      path.join(directory, 'thread.js'),
      `const { parentPort, threadId } = require('node:worker_threads');
       let files = 0;
       parentPort.on('message', ({ bytes }) => {
         const order = Buffer.from(bytes).toString();
         files++;
         const answer = { text: { text: JSON.stringify({ threadId, files, environment: process.env }) } };
         if (order === 'exit') process.exit(3);
         if (order === 'throw') throw new Error('nobody caught this');
         if (order === 'throw when used' && files > 1) throw new Error('left behind by an earlier file');
         if (order === 'throw later') setTimeout(() => { throw new Error('too late'); }, 30);
         parentPort.postMessage(answer);
       });
       parentPort.postMessage('ready');`,
    );
  });
  afterAll(() => rm(directory, { recursive: true }));

  beforeEach(() => {
    extractor = openExtractor({ threadFile: path.join(directory, 'thread.js') });
  });
  afterEach(() => extractor.close());

  const order = (text: string) => extractor.extract(contentOf(Buffer.from(text)), 'txt');
  const told = async (text: string) => JSON.parse((await order(text)).text);

  it('stays warm between good files', async () => {
    const first = await told('fine');
    expect(await told('fine')).toEqual({ ...first, files: 2 });
  });

  it('knows nothing of the environment of the function', async () => {
    expect((await told('fine')).environment).toEqual({});
  });

  it.each(['exit', 'throw'])(
    'ends the file with a code and the next one gets a new thread: %s',
    async (fault) => {
      const first = await told('fine');
      expect(await codeOf(order(fault))).toBe('corrupt');
      const next = await told('fine');
      expect(next.files).toBe(1);
      expect(next.threadId).toBeGreaterThan(first.threadId);
    },
  );

  it('gives a file that a used thread died under one try in a new thread', async () => {
    await told('fine');
    expect(await told('throw when used')).toMatchObject({ files: 1 });
  });

  it('is replaced when it died between two files', async () => {
    await told('throw later');
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await told('fine')).toMatchObject({ files: 1 });
  });

  it('is not the fault of the file when it never came up', async () => {
    const missing = openExtractor({ threadFile: path.join(directory, 'absent.js') });
    const reading = missing.extract(hello(), 'txt');
    expect(await codeOf(reading)).toMatchObject({ code: 'MODULE_NOT_FOUND' });
    await missing.close();
  });
});
