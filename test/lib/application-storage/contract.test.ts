import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { ListMultipartUploadsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { openStorage, type Storage, StorageError } from '../../../lib/application-storage/src';
import { startTestBucket, type TestBucket } from '../../support/object-store';

/** The same table against both: an application that runs on one of them runs on the other. */
let root: string;
let bucket: TestBucket;

beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'landfall-storage-'));
  bucket = await startTestBucket();
});
afterAll(async () => {
  await bucket.close();
  await rm(root, { recursive: true, force: true });
});

const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';

interface Kind {
  readonly name: string;
  open(): Storage;
  readonly start: () => string;
  /** Names of everything that lies there, also what no path leads to. */
  everything(): Promise<string[]>;
}

const kinds: Kind[] = [
  {
    name: 'on disk',
    open: () =>
      openStorage({
        backend: 'disk',
        uploadDir: path.join(root, 'files'),
        temporaryFolder: path.join(root, 'temporary'),
      }),
    start: () => 'uploads/',
    everything: () => readdir(path.join(root, 'files')),
  },
  {
    name: 'on S3',
    open: () =>
      openStorage({
        backend: 's3',
        bucket: bucket.name,
        client: bucket.client,
        temporaryFolder: path.join(root, 'temporary'),
      }),
    start: () => `s3://${bucket.name}/resumes/`,
    everything: async () => {
      const { Contents = [] } = await bucket.client.send(new ListObjectsV2Command({ Bucket: bucket.name }));
      const { Uploads = [] } = await bucket.client.send(
        new ListMultipartUploadsCommand({ Bucket: bucket.name }),
      );
      return [...Contents, ...Uploads].map(({ Key = '' }) => Key);
    },
  },
];

const faultOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'nothing failed',
    (error) => (error instanceof StorageError ? error.fault : `not a StorageError: ${error}`),
  );

describe.each(kinds)('files $name', ({ open, start, everything }) => {
  let storage: Storage;
  const temporary = () => readdir(path.join(root, 'temporary'));

  beforeAll(async () => {
    const { mkdir } = await import('node:fs/promises');
    await mkdir(path.join(root, 'temporary'), { recursive: true });
    storage = open();
  });
  afterAll(() => storage.close());

  const read = async (stored: string) => buffer((await storage.open(stored)).stream);
  const missing = () => `${start()}00000000-0000-4000-8000-000000000000_none.pdf`;

  test('come back as they were saved, with size and type', async () => {
    const content = randomBytes(10_000);
    const stored = await storage.save('resume.pdf', content, { contentType: 'application/pdf' });
    const { stream, size, contentType } = await storage.open(stored);
    expect({ size, contentType }).toEqual({ size: 10_000, contentType: 'application/pdf' });
    expect((await buffer(stream)).equals(content)).toBe(true);
    expect(await storage.exists(stored)).toBe(true);
  });

  test('have the type of their ending when nobody says one', async () => {
    const stored = await storage.save('notes.TXT', Buffer.from('x'));
    const opened = await storage.open(stored);
    opened.stream.destroy();
    expect(opened.contentType).toBe('text/plain');
    const other = await storage.open(await storage.save('noending', Buffer.from('x')));
    other.stream.destroy();
    expect(other.contentType).toBe('application/octet-stream');
  });

  test.each([
    ['resume.pdf', 'resume.pdf'],
    ['My Résumé (final).pdf', 'My_Résumé_final_.pdf'],
    ['履歴書.docx', '履歴書.docx'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\me\\cv.doc', 'cv.doc'],
    ['..', 'file'],
    ['', 'file'],
    ['.env', 'env'],
    ['01234567-89ab-4cde-8f01-23456789abcd_moved.pdf', 'moved.pdf'],
    ['a\u0000b\nc.pdf', 'a_b_c.pdf'],
    ['?&#%"<>|*.pdf', '.pdf'.slice(1)],
  ])('named %j are called %j behind an id of their own', async (name, clean) => {
    const stored = await storage.save(name, Buffer.from('x'));
    expect(stored).toMatch(new RegExp(`^${start()}${uuid}_`));
    expect(stored.slice(`${start()}00000000-0000-4000-8000-000000000000_`.length)).toBe(clean);
    expect((await read(stored)).toString()).toBe('x');
  });

  test('keep the ending of a name that is too long', async () => {
    for (const name of [`${'n'.repeat(400)}.pdf`, `${'名'.repeat(200)}.pdf`]) {
      const stored = await storage.save(name, Buffer.from('x'));
      expect(stored).toMatch(/\.pdf$/);
      expect(Buffer.byteLength(stored.split('/').at(-1) ?? '')).toBeLessThanOrEqual(200);
      expect(await storage.exists(stored)).toBe(true);
    }
  });

  test('of the same name do not meet', async () => {
    const [a, b] = await Promise.all([
      storage.save('same.txt', Buffer.from('a')),
      storage.save('same.txt', Buffer.from('b')),
    ]);
    expect([(await read(a)).toString(), (await read(b)).toString()]).toEqual(['a', 'b']);
  });

  test.each<[string, () => Parameters<Storage['save']>[1], string]>([
    ['nothing', () => Buffer.alloc(0), ''],
    ['an empty stream', () => Readable.from([]), ''],
    ['a part of a larger array', () => new Uint8Array(Buffer.from('0123456789')).subarray(3, 6), '345'],
    ['a stream of text', () => Readable.from(['Grü', 'ße']), 'Grüße'],
    [
      'a generator',
      async function* () {
        yield Buffer.from('one ');
        yield 'two';
      } as unknown as () => AsyncIterable<string>,
      'one two',
    ],
    ['a web stream', () => new Blob(['web']).stream() as unknown as AsyncIterable<Uint8Array>, 'web'],
  ])('may be %s', async (_what, content, expected) => {
    const stored = await storage.save('content.txt', content());
    expect((await read(stored)).toString()).toBe(expected);
    expect(await storage.exists(stored)).toBe(true);
    expect(await storage.withLocalFile(stored, (file) => readFile(file, 'utf8'))).toBe(expected);
  });

  test('of several parts come back whole', async () => {
    const parts = Array.from({ length: 13 }, () => randomBytes(1_000_003));
    const stored = await storage.save('large.bin', Readable.from(parts));
    expect((await read(stored)).equals(Buffer.concat(parts))).toBe(true);
  });

  test.each([0, 12])('whose stream fails after %d MB leave nothing, and its own error', async (megabytes) => {
    const before = (await everything()).sort();
    const failure = Object.assign(new Error('the client hung up'), { code: 'ENOENT' });
    async function* failing() {
      for (let i = 0; i < megabytes; i++) yield randomBytes(1_000_000);
      throw failure;
    }
    await expect(storage.save('broken.pdf', failing())).rejects.toBe(failure);
    expect((await everything()).sort()).toEqual(before);
  });

  test('of something else than bytes are refused', async () => {
    const before = await everything();
    await expect(storage.save('x', Readable.from([1, 2]) as Readable)).rejects.toThrow(
      'expected a stream of bytes or text, found one of number',
    );
    await expect(storage.save('x', Buffer.from('x'), { contentType: 'text/html\r\nX: y' })).rejects.toThrow(
      'expected a content type',
    );
    expect(await everything()).toEqual(before);
  });

  test('that are not there are said to be so', async () => {
    expect(await storage.exists(missing())).toBe(false);
    expect(await faultOf(storage.open(missing()))).toBe('not-found');
    expect(await faultOf(storage.withLocalFile(missing(), async () => undefined))).toBe('not-found');
    expect(await faultOf(storage.downloadToTemp(missing()))).toBe('not-found');
    await expect(storage.open(missing())).rejects.toThrow(/expected a file at .*none.pdf, found none/);
    expect(await temporary()).toEqual([]);
  });

  test('are deleted, and again to no effect', async () => {
    const stored = await storage.save('gone.txt', Buffer.from('x'));
    await storage.delete(stored);
    expect(await storage.exists(stored)).toBe(false);
    await storage.delete(stored);
    await storage.delete(missing());
  });

  test.each([
    '',
    '../secret.txt',
    '../../etc/passwd',
    'a/../../secret.txt',
    'a/./b',
    'a//b',
    '..\\secret.txt',
    'a\u0000.txt',
    '.hidden',
    'folder/',
    '%2e%2e/..',
  ])('are not looked for at %j', async (relative) => {
    const stored = `${start()}${relative}`;
    for (const attempt of [
      () => storage.open(stored),
      () => storage.exists(stored),
      () => storage.delete(stored),
      () => storage.withLocalFile(stored, async () => undefined),
      () => storage.downloadToTemp(stored),
    ])
      expect(await faultOf(attempt())).toBe('refused-path');
  });

  test.each([
    '/etc/passwd',
    'etc/passwd',
    's3://',
    's3://other-bucket/resumes/a.pdf',
    'https://example.com/a',
    '',
  ])('are not looked for at %j, which is no path of it', async (stored) => {
    expect(await faultOf(storage.open(stored))).toBe('refused-path');
    expect(await faultOf(storage.delete(stored))).toBe('refused-path');
    expect(await faultOf(storage.url(stored, 60))).toMatch(/refused-path|nothing failed/);
  });

  test('are lent as local files, and no copy stays, also when their reader fails', async () => {
    const stored = await storage.save('cv.pdf', Buffer.from('content'));
    let lent = '';
    expect(
      await storage.withLocalFile(stored, async (file) => {
        lent = file;
        expect(file).toMatch(/_cv\.pdf$/);
        return readFile(file, 'utf8');
      }),
    ).toBe('content');
    expect(await temporary()).toEqual([]);
    await expect(
      storage.withLocalFile(stored, async () => {
        throw new Error('the parser crashed');
      }),
    ).rejects.toThrow('the parser crashed');
    expect(await temporary()).toEqual([]);
    expect(lent).not.toBe('');
    expect(await storage.exists(stored)).toBe(true);
  });

  test('are copied for those who change them', async () => {
    const stored = await storage.save('cv.pdf', Buffer.from('content'));
    const copy = await storage.downloadToTemp(stored);
    await writeFile(copy.file, 'changed');
    expect((await read(stored)).toString()).toBe('content');
    await copy.remove();
    await copy.remove();
    expect(existsSync(copy.file)).toBe(false);
    expect(await temporary()).toEqual([]);
  });

  test('have no address for no time, or for longer than one may be signed', async () => {
    const stored = await storage.save('cv.pdf', Buffer.from('x'));
    for (const seconds of [0, -1, 1.5, Number.NaN, 604_801])
      await expect(storage.url(stored, seconds)).rejects.toThrow('expected 1 to 604800 seconds');
  });
});
