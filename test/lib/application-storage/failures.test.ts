import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { S3Client } from '@aws-sdk/client-s3';
import { createStorage, openStorage, type Storage } from '../../../lib/application-storage/src';
import { translatedFromDisk } from '../../../lib/application-storage/src/disk';
import { allow, deny } from '../../support/decisions';
import { startTestBucket, type TestBucket } from '../../support/object-store';

let root: string;
let bucket: TestBucket;
const closing: (() => void)[] = [];

beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'landfall-storage-'));
  bucket = await startTestBucket();
});
afterEach(() => {
  for (const close of closing.splice(0)) close();
  bucket.authorize = async () => allow;
});
afterAll(async () => {
  await bucket.close();
  await rm(root, { recursive: true, force: true });
});

const onS3 = (more: Partial<Parameters<typeof openStorage>[0]> = {}): Storage =>
  openStorage({ backend: 's3', bucket: bucket.name, client: bucket.client, ...more });
const onDisk = (uploadDir: string): Storage => openStorage({ backend: 'disk', uploadDir });
const folder = async (name: string): Promise<string> => {
  const made = path.join(root, name);
  await mkdir(made, { recursive: true });
  return made;
};

describe('the environment', () => {
  it.each([[{}], [{ USE_S3: 'false' }], [{ USE_S3: '0', S3_BUCKET_NAME: 'files' }], [{ USE_S3: '' }]])(
    'says disk: %j',
    async (env) => {
      const uploadDir = await folder('env');
      const stored = await createStorage({ ...env, UPLOAD_DIR: uploadDir }).save('a.txt', Buffer.from('x'));
      expect(stored).toMatch(/^uploads\//);
      expect(await readdir(uploadDir)).toContain(stored.slice('uploads/'.length));
    },
  );

  it.each([
    [{ USE_S3: 'yes please' }, 'expected USE_S3 to be true or false, found "yes please"'],
    [{ USE_S3: 'true' }, 'expected S3_BUCKET_NAME beside USE_S3=true'],
    [
      { USE_S3: 'true', S3_BUCKET_NAME: '', UPLOAD_DIR: 'uploads' },
      'expected S3_BUCKET_NAME beside USE_S3=true',
    ],
    [{ USE_S3: 'true', S3_BUCKET_NAME: 's3://files/' }, 'the name of a bucket alone'],
  ])('that does not fit is an error, and never the disk instead: %j', (env, message) => {
    expect(() => createStorage(env)).toThrow(message);
  });

  it('says S3, which is not asked before the first file', async () => {
    const storage = createStorage({ USE_S3: 'TRUE', S3_BUCKET_NAME: 'files', AWS_REGION: 'eu-central-1' });
    await expect(storage.open('s3://others/resumes/a')).rejects.toThrow('s3://files/resumes/');
    storage.close();
  });
});

describe('while files move from disk to S3', () => {
  it('a storage on S3 reads, copies and deletes the old ones where UPLOAD_DIR is named', async () => {
    const uploadDir = await folder('moving');
    await writeFile(path.join(uploadDir, 'abc123.pdf'), 'old');
    const storage = onS3({ uploadDir });
    expect(await text((await storage.open('uploads/abc123.pdf')).stream)).toBe('old');
    expect(await storage.withLocalFile('uploads/abc123.pdf', async (file) => file)).toBe(
      path.join(uploadDir, 'abc123.pdf'),
    );
    expect(await storage.url('uploads/abc123.pdf', 60)).toBeUndefined();
    const { stream, contentType } = await storage.open('uploads/abc123.pdf');
    const stored = await storage.save('abc123.pdf', stream, { contentType });
    expect(stored).toMatch(/^s3:/);
    await storage.delete('uploads/abc123.pdf');
    expect(await readdir(uploadDir)).toEqual([]);
  });

  it('and refuses them where it is not, by naming it', async () => {
    await expect(onS3().open('uploads/abc123.pdf')).rejects.toThrow(
      /found "uploads\/abc123.pdf": set UPLOAD_DIR/,
    );
  });

  it('a storage on disk reads what is in the bucket that is named, and no other', async () => {
    const stored = await onS3().save('a.txt', Buffer.from('in S3'));
    const uploadDir = await folder('back');
    const named = openStorage({ backend: 'disk', uploadDir, bucket: bucket.name, client: bucket.client });
    expect(await text((await named.open(stored)).stream)).toBe('in S3');
    expect(await named.save('b.txt', Buffer.from('x'))).toMatch(/^uploads\//);
    await expect(onDisk(uploadDir).open(stored)).rejects.toThrow('set S3_BUCKET_NAME');
    await expect(named.open('s3://other-bucket/resumes/a.txt')).rejects.toThrow(
      `expected a path that starts with s3://${bucket.name}/resumes/`,
    );
    await expect(named.open(`s3://${bucket.name}/exports/a.txt`)).rejects.toMatchObject({
      fault: 'refused-path',
    });
  });

  it('paths with the folder’s own name are found, as applications have stored them', async () => {
    const uploadDir = await folder('data/files');
    await writeFile(path.join(uploadDir, 'a.txt'), 'x');
    expect(await text((await onDisk(`${uploadDir}/`).open(`${uploadDir}/a.txt`)).stream)).toBe('x');
    await expect(onDisk(uploadDir).open(`${uploadDir}/../secret`)).rejects.toMatchObject({
      fault: 'refused-path',
    });
  });
});

describe('on disk', () => {
  it('a link leads nowhere, at the end or on the way', async () => {
    const uploadDir = await folder('links');
    const outside = await folder('outside');
    await writeFile(path.join(outside, 'secret.txt'), 'secret');
    await symlink(path.join(outside, 'secret.txt'), path.join(uploadDir, 'link.txt'));
    await symlink(outside, path.join(uploadDir, 'way'));
    const storage = onDisk(uploadDir);
    for (const stored of ['uploads/link.txt', 'uploads/way/secret.txt'])
      await expect(storage.open(stored)).rejects.toMatchObject({ fault: 'refused-path' });
    await expect(storage.delete('uploads/way/secret.txt')).rejects.toMatchObject({ fault: 'refused-path' });
    expect(await readdir(outside)).toEqual(['secret.txt']);
  });

  it('a folder is no file', async () => {
    await folder('folders/inside');
    expect(await onDisk(path.join(root, 'folders')).exists('uploads/inside')).toBe(false);
  });

  it('files below folders of the past are found', async () => {
    await writeFile(path.join(await folder('nested/2024'), 'a.txt'), 'x');
    expect(await onDisk(path.join(root, 'nested')).exists('uploads/2024/a.txt')).toBe(true);
  });

  it('files are for their owner only', async () => {
    const uploadDir = path.join(root, 'private');
    const stored = await onDisk(uploadDir).save('a.txt', Buffer.from('x'));
    const { stat } = await import('node:fs/promises');
    expect((await stat(uploadDir)).mode & 0o777).toBe(0o700);
    expect((await stat(path.join(uploadDir, stored.slice(8)))).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['ENOSPC', 'full', /free some space, set UPLOAD_DIR to a larger disk/],
    ['EDQUOT', 'full', /Nothing was stored/],
    ['EACCES', 'denied', /give the folder to the user that runs this process/],
    ['EROFS', 'denied', /set UPLOAD_DIR to a folder that is writable/],
  ])('%s says what to do', (code, fault, message) => {
    const error = Object.assign(new Error(code), { code });
    expect(translatedFromDisk(error, 'a.txt', '/data')).toMatchObject({
      fault,
      message: expect.stringMatching(message),
    });
  });

  it('a folder that may not be written says so', async () => {
    const uploadDir = await folder('read-only');
    await chmod(uploadDir, 0o500);
    const isSuperuser = process.geteuid?.() === 0;
    // The superuser may write everywhere.
    if (isSuperuser) process.seteuid?.(65_534);
    const saved = onDisk(uploadDir).save('a.txt', Buffer.from('x'));
    await expect(saved.finally(() => isSuperuser && process.seteuid?.(0))).rejects.toMatchObject({
      fault: 'denied',
      message: expect.stringContaining('found EACCES'),
    });
  });

  it('a folder that cannot be made says so, and nothing goes elsewhere', async () => {
    await writeFile(path.join(root, 'a-file'), '');
    await expect(
      onDisk(path.join(root, 'a-file/uploads')).save('a.txt', Buffer.from('x')),
    ).rejects.toMatchObject({ fault: 'configuration' });
  });
});

describe('on S3', () => {
  it('an address answers the file as a download under the name its user gave', async () => {
    const storage = onS3();
    const stored = await storage.save("My résumé's.pdf", Buffer.from('content'));
    const address = (await storage.url(stored, 60)) ?? '';
    const response = await fetch(address);
    expect([response.status, await response.text()]).toEqual([200, 'content']);
    expect(response.headers.get('content-disposition')).toBe(
      `attachment; filename*=UTF-8''${encodeURIComponent('My_résumé_s.pdf')}`,
    );
    expect(new URL(address).searchParams.get('X-Amz-Expires')).toBe('60');
  });

  it('a bucket that is not there is named, whatever is asked', async () => {
    const storage = openStorage({ backend: 's3', bucket: 'no-such-bucket', client: bucket.client });
    const stored = 's3://no-such-bucket/resumes/a.txt';
    for (const attempt of [
      () => storage.save('a.txt', Buffer.from('x')),
      () => storage.open(stored),
      () => storage.exists(stored),
    ])
      await expect(attempt()).rejects.toThrow(
        /expected the bucket no-such-bucket, found no such bucket: create it, or correct S3_BUCKET_NAME/,
      );
  });

  it('a denied call names the permissions, and is no missing file', async () => {
    const storage = onS3();
    const stored = await storage.save('a.txt', Buffer.from('x'));
    bucket.authorize = async () => deny;
    for (const attempt of [
      () => storage.save('a.txt', Buffer.from('x')),
      () => storage.open(stored),
      () => storage.exists(stored),
      () => storage.delete(stored),
    ])
      await expect(attempt()).rejects.toMatchObject({
        fault: 'denied',
        message: expect.stringContaining('s3:GetObject, s3:PutObject, s3:DeleteObject'),
      });
  });

  const withCredentials = (credentials: {
    accessKeyId: string;
    secretAccessKey: string;
    sessionToken?: string;
  }) => {
    const client = new S3Client({
      endpoint: bucket.aws.url,
      region: 'us-east-1',
      credentials,
      maxAttempts: 1,
    });
    closing.push(() => client.destroy());
    return onS3({ client });
  };

  it.each([
    ['an unknown key', { accessKeyId: 'AKIAUNKNOWN', secretAccessKey: 'hunter2' }],
    ['a wrong secret', { accessKeyId: 'ASIATEST', secretAccessKey: 'hunter2', sessionToken: 'session' }],
  ])('%s is a matter of credentials, which are not shown', async (_what, credentials) => {
    const error = await withCredentials(credentials)
      .exists(`s3://${bucket.name}/resumes/a`)
      .catch((caught: Error) => caught);
    expect(error).toMatchObject({ fault: 'credentials' });
    expect(`${(error as Error).message}`).toContain('AWS_ACCESS_KEY_ID');
    expect(JSON.stringify(error)).not.toContain('hunter2');
  });

  /** What the local S3 does not say. */
  async function answering(status: number, code: string): Promise<Storage> {
    const server: Server = createServer((request, response) => {
      request.resume();
      response.writeHead(status, { 'content-type': 'application/xml' });
      response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const client = new S3Client({
      endpoint: `http://127.0.0.1:${port}`,
      forcePathStyle: true,
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      maxAttempts: 1,
    });
    closing.push(() => {
      client.destroy();
      server.closeAllConnections();
      server.close();
    });
    return onS3({ client });
  }

  it.each([
    [400, 'ExpiredToken', 'credentials', 'aws sso login'],
    [301, 'PermanentRedirect', 'configuration', 'aws s3api get-bucket-location'],
    [400, 'AuthorizationHeaderMalformed', 'configuration', 'AWS_REGION'],
    [503, 'SlowDown', 'unavailable', 'try again'],
    [500, 'InternalError', 'unavailable', 'found InternalError'],
  ])('%d %s says what to do', async (status, code, fault, message) => {
    const storage = await answering(status, code);
    await expect(storage.open(`s3://${bucket.name}/resumes/a`)).rejects.toMatchObject({
      fault,
      message: expect.stringContaining(message),
    });
  });

  it('a service that nobody reaches is unavailable, and the file does not go to the disk', async () => {
    const uploadDir = await folder('not-instead');
    const client = new S3Client({
      endpoint: 'http://127.0.0.1:9',
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      maxAttempts: 1,
    });
    closing.push(() => client.destroy());
    await expect(onS3({ client, uploadDir }).save('a.txt', Buffer.from('x'))).rejects.toMatchObject({
      fault: 'unavailable',
    });
    expect(await readdir(uploadDir)).toEqual([]);
  });

  it('a file that stops in the middle is an error, not a shorter file', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('half');
      setTimeout(() => response.destroy(), 50);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const client = new S3Client({
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      forcePathStyle: true,
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      maxAttempts: 1,
    });
    closing.push(() => {
      client.destroy();
      server.closeAllConnections();
      server.close();
    });
    const temporaryFolder = await folder('interrupted');
    const storage = onS3({ client, temporaryFolder });
    const stored = `s3://${bucket.name}/resumes/a`;
    await expect(storage.open(stored).then(({ stream }) => buffer(stream))).rejects.toThrow();
    await expect(storage.downloadToTemp(stored)).rejects.toThrow();
    expect(await readdir(temporaryFolder)).toEqual([]);
  });
});
