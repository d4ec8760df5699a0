import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { ObjectEvent } from '../../../../../scripts/local/aws/s3/engine';
import { allow, deny } from '../../../../support/decisions';
import { type RunningEndpoint, startEndpoint } from '../running-endpoint';

let aws: RunningEndpoint;
let s3: S3Client;
const Bucket = 'documents';

beforeAll(async () => {
  aws = await startEndpoint();
  s3 = new S3Client(aws.client);
  await aws.s3.createBucket({ name: Bucket });
  await aws.s3.createBucket({
    name: 'versions',
    properties: { VersioningConfiguration: { Status: 'Enabled' } },
  });
});
afterAll(async () => {
  s3.destroy();
  await aws.stop();
});

const put = (Key: string, Body: string | Uint8Array = 'content', more = {}) =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const text = async (Key: string, more = {}) => {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, ...more }));
  return Body?.transformToString();
};
const code = (name: string) => expect.objectContaining({ name });

describe('an object', () => {
  test('comes back with its bytes, headers, metadata, md5 ETag and checksum', async () => {
    const bytes = randomBytes(100_000);
    const stored = await put('a/b.pdf', bytes, {
      ContentType: 'application/pdf',
      CacheControl: 'no-store',
      ContentDisposition: 'attachment',
      Metadata: { Owner: 'user-1' },
    });
    const md5 = createHash('md5').update(bytes).digest('hex');
    expect(stored.ETag).toBe(`"${md5}"`);
    expect(stored.ChecksumCRC32).toMatch(/^.{8}$/);
    const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'a/b.pdf' }));
    expect(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(bytes)).toBe(true);
    expect(got).toMatchObject({
      ContentType: 'application/pdf',
      CacheControl: 'no-store',
      ContentDisposition: 'attachment',
      ContentLength: 100_000,
      Metadata: { owner: 'user-1' },
      ServerSideEncryption: 'AES256',
      ChecksumCRC32: stored.ChecksumCRC32,
    });
    expect(got.VersionId).toBeUndefined();
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'a/b.pdf' }));
    expect(head).toMatchObject({ ContentLength: 100_000, ETag: stored.ETag });
  });

  test('may be empty', async () => {
    await put('empty', new Uint8Array());
    expect(await text('empty')).toBe('');
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key: 'empty' }))).ContentLength).toBe(0);
  });

  test.each([
    'spaces and + plus & amp',
    'ünï/🦀/日本語.pdf',
    '../../../etc/passwd',
    './a/../b//c/',
    '/leading',
    'percent%20%2F%',
    'quotes\'"()!*~',
    'line\nbreak\ttab',
    '\u202Ertl',
    '?query=1#hash',
    'x'.repeat(1024),
  ])('may be called %j, and no key becomes a path on disk', async (Key) => {
    await put(Key, Key);
    expect(await text(Key)).toBe(Key);
    await s3.send(new DeleteObjectCommand({ Bucket, Key }));
    await expect(text(Key)).rejects.toEqual(code('NoSuchKey'));
    const files = await readdir(path.join(aws.directory, 's3', Bucket, 'objects'));
    expect(files.every((file) => /^[0-9a-f]{32}\.(json|data)$/.test(file))).toBe(true);
  });

  test('may not have a key over 1024 bytes', async () => {
    await expect(put('é'.repeat(513))).rejects.toEqual(code('KeyTooLongError'));
  });

  test.each(['CRC32', 'CRC32C', 'SHA1', 'SHA256'] as const)(
    'is checked against the %s the client sends',
    async (ChecksumAlgorithm) => {
      await put('checked', 'checked content', { ChecksumAlgorithm });
      await put('checked-stream', undefined, {
        Body: Readable.from([Buffer.from('streamed '), Buffer.from('content')]),
        ContentLength: 16,
        ChecksumAlgorithm,
      });
      expect(await text('checked-stream')).toBe('streamed content');
      const wrong = {
        [`Checksum${ChecksumAlgorithm}`]: Buffer.alloc(
          ChecksumAlgorithm === 'SHA256' ? 32 : ChecksumAlgorithm === 'SHA1' ? 20 : 4,
        ).toString('base64'),
      };
      await expect(put('checked', 'other', wrong)).rejects.toEqual(code('BadDigest'));
      expect(await text('checked')).toBe('checked content');
    },
  );

  test('is refused when its Content-MD5 is wrong', async () => {
    await expect(put('md5', 'content', { ContentMD5: Buffer.alloc(16).toString('base64') })).rejects.toEqual(
      code('BadDigest'),
    );
    await expect(text('md5')).rejects.toEqual(code('NoSuchKey'));
  });

  test('is read in ranges', async () => {
    await put('range', '0123456789');
    const range = (Range: string) => text('range', { Range });
    expect(await range('bytes=0-3')).toBe('0123');
    expect(await range('bytes=7-')).toBe('789');
    expect(await range('bytes=-2')).toBe('89');
    expect(await range('bytes=5-100')).toBe('56789');
    expect(
      (await s3.send(new GetObjectCommand({ Bucket, Key: 'range', Range: 'bytes=2-4' }))).ContentRange,
    ).toBe('bytes 2-4/10');
    await expect(range('bytes=10-')).rejects.toEqual(code('InvalidRange'));
  });

  test('is read on conditions', async () => {
    const { ETag } = await put('conditional');
    const past = new Date(Date.now() - 60_000);
    const future = new Date(Date.now() + 60_000);
    expect(await text('conditional', { IfMatch: ETag, IfModifiedSince: past })).toBe('content');
    await expect(text('conditional', { IfNoneMatch: ETag })).rejects.toMatchObject({
      $metadata: { httpStatusCode: 304 },
    });
    await expect(text('conditional', { IfModifiedSince: future })).rejects.toMatchObject({
      $metadata: { httpStatusCode: 304 },
    });
    await expect(text('conditional', { IfMatch: '"other"' })).rejects.toMatchObject({
      $metadata: { httpStatusCode: 412 },
    });
    await expect(text('conditional', { IfUnmodifiedSince: past })).rejects.toMatchObject({
      $metadata: { httpStatusCode: 412 },
    });
  });

  test('is created once when many create it with If-None-Match', async () => {
    const attempts = await Promise.allSettled(
      Array.from({ length: 10 }, (_, i) => put('once', `content ${i}`, { IfNoneMatch: '*' })),
    );
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const attempt of attempts)
      if (attempt.status === 'rejected') expect(attempt.reason).toEqual(code('PreconditionFailed'));
    const winner = attempts.findIndex(({ status }) => status === 'fulfilled');
    expect(await text('once')).toBe(`content ${winner}`);
  });

  test('is replaced with If-Match only while it is the same', async () => {
    const first = await put('same', 'one');
    await put('same', 'two', { IfMatch: first.ETag });
    await expect(put('same', 'three', { IfMatch: first.ETag })).rejects.toEqual(code('PreconditionFailed'));
    await expect(put('absent', 'x', { IfMatch: first.ETag })).rejects.toEqual(code('NoSuchKey'));
    expect(await text('same')).toBe('two');
  });

  test('is whole after concurrent puts: the bytes of one of them', async () => {
    const bodies = Array.from({ length: 8 }, (_, i) => `${i}`.repeat(50_000));
    await Promise.all(bodies.map((body) => put('contended', body)));
    expect(bodies.includes((await text('contended')) ?? '')).toBe(true);
    const listed = await s3.send(new ListObjectVersionsCommand({ Bucket, Prefix: 'contended' }));
    expect(listed.Versions).toHaveLength(1);
  });
});

test('a read during overwrites and deletes gets one whole object, or none', async () => {
  let writing = true;
  const bodies = Array.from({ length: 4 }, (_, i) => `${i}`.repeat(30_000 + i));
  const write = async () => {
    try {
      for (let i = 0; i < 30; i++) {
        await put('busy', bodies[i % 4]);
        if (i % 5 === 4) await s3.send(new DeleteObjectCommand({ Bucket, Key: 'busy' }));
      }
    } finally {
      writing = false;
    }
  };
  const read = async () => {
    while (writing) {
      const body = await text('busy').catch((error) => error.name);
      expect(bodies.includes(body) || body).toEqual(bodies.includes(body) ? true : 'NoSuchKey');
      const copy = new CopyObjectCommand({ Bucket, Key: 'busy copy', CopySource: `${Bucket}/busy` });
      const copied = await s3.send(copy).then(
        () => 'copied',
        (error) => error.name,
      );
      expect(['copied', 'NoSuchKey']).toContain(copied);
    }
  };
  await put('busy', bodies[0]);
  await Promise.all([write(), read(), read()]);
});

describe('CopyObject', () => {
  test('copies bytes and metadata, or replaces the metadata', async () => {
    await put('source +ü', 'copied', { ContentType: 'text/plain', Metadata: { a: '1' } });
    const CopySource = `${Bucket}/${encodeURIComponent('source +ü')}`;
    await s3.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource }));
    expect(await s3.send(new HeadObjectCommand({ Bucket, Key: 'copy' }))).toMatchObject({
      ContentType: 'text/plain',
      Metadata: { a: '1' },
    });
    await s3.send(
      new CopyObjectCommand({
        Bucket,
        Key: 'copy',
        CopySource,
        MetadataDirective: 'REPLACE',
        ContentType: 'text/html',
        Metadata: { b: '2' },
      }),
    );
    expect(await s3.send(new HeadObjectCommand({ Bucket, Key: 'copy' }))).toMatchObject({
      ContentType: 'text/html',
      Metadata: { b: '2' },
    });
    expect(await text('copy')).toBe('copied');
  });

  test('copies only what was checked', async () => {
    const { ETag } = await put('checked-source', 'good');
    await put('checked-source', 'evil');
    const copy = new CopyObjectCommand({
      Bucket,
      Key: 'target',
      CopySource: `${Bucket}/checked-source`,
      CopySourceIfMatch: ETag,
    });
    await expect(s3.send(copy)).rejects.toEqual(code('PreconditionFailed'));
    await expect(text('target')).rejects.toEqual(code('NoSuchKey'));
  });

  test('refuses an object onto itself without a change, and a missing source', async () => {
    await put('self');
    const onto = (CopySource: string) => s3.send(new CopyObjectCommand({ Bucket, Key: 'self', CopySource }));
    await expect(onto(`${Bucket}/self`)).rejects.toEqual(code('InvalidRequest'));
    await expect(onto(`${Bucket}/missing`)).rejects.toEqual(code('NoSuchKey'));
  });

  test('asks for GetObject of the source and PutObject of the target', async () => {
    await put('from');
    aws.asked.length = 0;
    await s3.send(new CopyObjectCommand({ Bucket, Key: 'to', CopySource: `${Bucket}/from` }));
    expect(aws.asked.map(({ action, resource }) => `${action} ${resource}`).sort()).toEqual([
      's3:GetObject arn:aws:s3:::documents/from',
      's3:PutObject arn:aws:s3:::documents/to',
    ]);
  });
});

describe('listing', () => {
  beforeAll(async () => {
    await aws.s3.createBucket({ name: 'listing' });
    const keys = ['a', 'b/1', 'b/2', 'b/c/3', 'd ü', 'e', '\u{1F980}', '\uFF5E'];
    await Promise.all(
      keys.map((Key) => s3.send(new PutObjectCommand({ Bucket: 'listing', Key, Body: Key }))),
    );
  });
  const list = (more = {}) => s3.send(new ListObjectsV2Command({ Bucket: 'listing', ...more }));

  test('is in the order of UTF-8 bytes', async () => {
    const { Contents = [], KeyCount } = await list();
    expect(Contents.map(({ Key }) => Key)).toEqual([
      'a',
      'b/1',
      'b/2',
      'b/c/3',
      'd ü',
      'e',
      '\uFF5E',
      '\u{1F980}',
    ]);
    expect(KeyCount).toBe(8);
  });

  test('rolls keys up at the delimiter, below a prefix', async () => {
    expect((await list({ Delimiter: '/' })).CommonPrefixes).toEqual([{ Prefix: 'b/' }]);
    const below = await list({ Delimiter: '/', Prefix: 'b/' });
    expect(below.Contents?.map(({ Key }) => Key)).toEqual(['b/1', 'b/2']);
    expect(below.CommonPrefixes).toEqual([{ Prefix: 'b/c/' }]);
  });

  test.each([1, 2, 3])('is the same in pages of %d', async (MaxKeys) => {
    const seen: (string | undefined)[] = [];
    let ContinuationToken: string | undefined;
    do {
      const page = await list({ MaxKeys, Delimiter: '/', ContinuationToken });
      seen.push(
        ...(page.Contents ?? []).map(({ Key }) => Key),
        ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix),
      );
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken);
    expect(seen.sort()).toEqual(['a', 'b/', 'd ü', 'e', '\u{1F980}', '\uFF5E'].sort());
  });

  test('starts after a key', async () => {
    expect((await list({ StartAfter: 'd ü', MaxKeys: 1 })).Contents?.[0]?.Key).toBe('e');
  });

  test('passes the prefix to the authorizer', async () => {
    aws.asked.length = 0;
    await list({ Prefix: 'b/' });
    expect(aws.asked).toEqual([
      expect.objectContaining({
        action: 's3:ListBucket',
        resource: 'arn:aws:s3:::listing',
        conditions: expect.objectContaining({ 's3:prefix': 'b/' }),
      }),
    ]);
  });

  test('names buckets that exist, and those alone', async () => {
    const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
    expect(Buckets.map(({ Name }) => Name)).toEqual(['documents', 'listing', 'versions']);
    await s3.send(new HeadBucketCommand({ Bucket }));
    await expect(list({ Bucket: 'absent' })).rejects.toEqual(code('NoSuchBucket'));
  });
});

describe('versioning', () => {
  const versioned = (Key: string, more = {}) => ({ Bucket: 'versions', Key, ...more });

  test('keeps what is overwritten and deleted, until a version is deleted', async () => {
    const one = await s3.send(new PutObjectCommand({ ...versioned('v'), Body: 'one' }));
    const two = await s3.send(new PutObjectCommand({ ...versioned('v'), Body: 'two' }));
    expect(one.VersionId).not.toBe(two.VersionId);
    const deleted = await s3.send(new DeleteObjectCommand(versioned('v')));
    expect(deleted).toMatchObject({ DeleteMarker: true, VersionId: expect.any(String) });
    await expect(s3.send(new GetObjectCommand(versioned('v')))).rejects.toEqual(code('NoSuchKey'));
    const old = await s3.send(new GetObjectCommand(versioned('v', { VersionId: one.VersionId })));
    expect(await old.Body?.transformToString()).toBe('one');
    const listed = await s3.send(new ListObjectVersionsCommand({ Bucket: 'versions', Prefix: 'v' }));
    expect(listed.Versions?.map(({ VersionId, IsLatest }) => [VersionId, IsLatest])).toEqual([
      [two.VersionId, false],
      [one.VersionId, false],
    ]);
    expect(listed.DeleteMarkers).toMatchObject([{ VersionId: deleted.VersionId, IsLatest: true }]);
    await s3.send(new DeleteObjectCommand(versioned('v', { VersionId: deleted.VersionId })));
    expect((await s3.send(new GetObjectCommand(versioned('v')))).VersionId).toBe(two.VersionId);
    await s3.send(new DeleteObjectCommand(versioned('v', { VersionId: two.VersionId })));
    expect((await s3.send(new GetObjectCommand(versioned('v')))).VersionId).toBe(one.VersionId);
    await expect(s3.send(new GetObjectCommand(versioned('v', { VersionId: two.VersionId })))).rejects.toEqual(
      code('NoSuchVersion'),
    );
  });

  test('DeleteObjects answers for each key', async () => {
    const Objects = ['x & y', '🦀'].map((Key) => ({ Key }));
    for (const { Key } of Objects) await put(Key);
    const result = await s3.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: [...Objects, { Key: 'never' }] } }),
    );
    expect(result.Deleted?.map(({ Key }) => Key)).toEqual(['x & y', '🦀', 'never']);
    aws.decide = async ({ resource }) => (resource.endsWith('/never') ? deny : allow);
    const partial = await s3.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'a' }, { Key: 'never' }] } }),
    );
    aws.decide = async () => allow;
    expect(partial.Deleted?.map(({ Key }) => Key)).toEqual(['a']);
    expect(partial.Errors).toMatchObject([{ Key: 'never', Code: 'AccessDenied' }]);
  });
});

test('events tell of every change after it is durable', async () => {
  const events: ObjectEvent[] = [];
  const end = aws.s3.onEvent((event) => {
    events.push(event);
  });
  await put('event ü', '12345');
  await s3.send(
    new CopyObjectCommand({
      Bucket,
      Key: 'event copy',
      CopySource: `${Bucket}/${encodeURIComponent('event ü')}`,
    }),
  );
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'event ü' }));
  await s3.send(new DeleteObjectCommand({ Bucket: 'versions', Key: 'never there' }));
  end();
  expect(events.map(({ type, key }) => `${type} ${key}`)).toEqual([
    'ObjectCreated:Put event ü',
    'ObjectCreated:Copy event copy',
    'ObjectRemoved:Delete event ü',
    'ObjectRemoved:DeleteMarkerCreated never there',
  ]);
  expect(events[0]).toMatchObject({
    bucket: Bucket,
    size: 5,
    requester: 'arn:aws:iam::000000000000:role/documents',
  });
  // Of one key, a later event has the greater one: the removal of an object too.
  expect((events[2]?.sequencer ?? '') > (events[0]?.sequencer ?? '')).toBe(true);
  expect((events[1]?.sequencer ?? '') > (events[0]?.sequencer ?? '')).toBe(true);
});

test('what is not implemented is an error that names it, and a log line', async () => {
  await expect(s3.send(new PutObjectAclCommand({ Bucket, Key: 'a', ACL: 'private' }))).rejects.toMatchObject({
    name: 'NotImplemented',
    message: expect.stringContaining('query parameter acl of S3 PutObject'),
  });
  await expect(put('locked', 'x', { ObjectLockMode: 'GOVERNANCE' })).rejects.toThrow(
    'x-amz-object-lock-mode of S3 PutObject',
  );
  await expect(put('tagged', 'x', { Tagging: 'a=b' })).rejects.toThrow('x-amz-tagging');
  expect(aws.logs.join('\n')).toContain('does not implement the header x-amz-object-lock-mode');
  await expect(
    aws.s3.createBucket({ name: 'website', properties: { WebsiteConfiguration: {} } }),
  ).rejects.toThrow('WebsiteConfiguration');
});

test('everything acknowledged is there after a restart, and nothing else', async () => {
  await put('kept', 'kept');
  const folder = path.join(aws.directory, 's3', Bucket, 'objects');
  const before = await readdir(folder);
  const again = await aws.restart();
  const client = new S3Client(again.client);
  const got = await client.send(new GetObjectCommand({ Bucket, Key: 'kept' }));
  expect(await got.Body?.transformToString()).toBe('kept');
  expect((await readdir(folder)).sort()).toEqual(before.sort());
  expect(await readFile(path.join(aws.directory, 's3', Bucket, 'bucket.json'), 'utf8')).toContain(Bucket);
  client.destroy();
  await again.close();
});
