import { createHash, randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { type RunningEndpoint, startEndpoint } from '../running-endpoint';

let aws: RunningEndpoint;
let s3: S3Client;
const Bucket = 'documents';
const MiB = 1024 ** 2;

beforeAll(async () => {
  aws = await startEndpoint();
  s3 = new S3Client(aws.client);
  await aws.s3.createBucket({ name: Bucket });
});
afterAll(async () => {
  s3.destroy();
  await aws.stop();
});

const begin = async (Key: string, more = {}) => {
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key, ...more }));
  const target = { Bucket, Key, UploadId };
  return {
    target,
    part: (PartNumber: number, Body: Uint8Array | string) =>
      s3.send(new UploadPartCommand({ ...target, PartNumber, Body })),
    complete: (Parts: { PartNumber: number; ETag?: string | undefined }[], options = {}) =>
      s3.send(new CompleteMultipartUploadCommand({ ...target, MultipartUpload: { Parts }, ...options })),
  };
};
const bytesOf = async (Key: string) => {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
};
const uploads = () => readdir(path.join(aws.directory, 's3', Bucket, 'uploads'));

test('the SDK uploads a stream in parts and reads back every byte', async () => {
  const bytes = randomBytes(11 * MiB);
  const upload = new Upload({
    client: s3,
    params: { Bucket, Key: 'big ü', Body: Readable.from([bytes]), ContentType: 'application/pdf' },
    partSize: 5 * MiB,
  });
  const result = await upload.done();
  expect(result.ETag).toMatch(/^"[0-9a-f]{32}-3"$/);
  expect((await bytesOf('big ü')).equals(bytes)).toBe(true);
  expect(await uploads()).toEqual([]);
});

test('the ETag is the md5 of the parts’ md5s, and parts may come in any order', async () => {
  const { part, complete, target } = await begin('ordered');
  const first = randomBytes(5 * MiB);
  const [two, one] = await Promise.all([part(2, 'end'), part(1, first)]);
  const listed = await s3.send(new ListPartsCommand(target));
  expect(listed.Parts?.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([
    [1, 5 * MiB],
    [2, 3],
  ]);
  const { ETag } = await complete([
    { PartNumber: 1, ETag: one.ETag },
    { PartNumber: 2, ETag: two.ETag },
  ]);
  const md5 = (data: Uint8Array | string) => createHash('md5').update(data).digest();
  expect(ETag).toBe(`"${md5(Buffer.concat([md5(first), md5('end')])).toString('hex')}-2"`);
  expect((await bytesOf('ordered')).equals(Buffer.concat([first, Buffer.from('end')]))).toBe(true);
});

test('an upload is refused with a small part, a wrong ETag, a wrong order or a missing part', async () => {
  const { part, complete } = await begin('refused');
  const [a, b] = [await part(1, 'small'), await part(2, 'last')];
  const [one, two] = [
    { PartNumber: 1, ETag: a.ETag },
    { PartNumber: 2, ETag: b.ETag },
  ];
  await expect(complete([one, two])).rejects.toMatchObject({ name: 'EntityTooSmall' });
  await expect(complete([{ ...one, ETag: b.ETag }])).rejects.toMatchObject({ name: 'InvalidPart' });
  await expect(complete([{ PartNumber: 3, ETag: a.ETag }])).rejects.toMatchObject({ name: 'InvalidPart' });
  await expect(complete([two, one])).rejects.toMatchObject({ name: 'InvalidPartOrder' });
  await complete([one]);
  await expect(complete([one])).rejects.toMatchObject({ name: 'NoSuchUpload' });
});

test('If-None-Match holds at completion: the second of two uploads loses and may be aborted', async () => {
  const [first, second] = [await begin('once'), await begin('once')];
  const [a, b] = [await first.part(1, 'a'), await second.part(1, 'b')];
  await first.complete([{ PartNumber: 1, ETag: a.ETag }], { IfNoneMatch: '*' });
  await expect(
    second.complete([{ PartNumber: 1, ETag: b.ETag }], { IfNoneMatch: '*' }),
  ).rejects.toMatchObject({ name: 'PreconditionFailed' });
  expect((await bytesOf('once')).toString()).toBe('a');
  await s3.send(new AbortMultipartUploadCommand(second.target));
  await expect(second.part(2, 'x')).rejects.toMatchObject({ name: 'NoSuchUpload' });
});

test.each([
  ['COMPOSITE', /^.{8}-1$/],
  ['FULL_OBJECT', /^.{8}$/],
] as const)('a %s checksum covers the object', async (ChecksumType, pattern) => {
  const { part, complete } = await begin(`checksum ${ChecksumType}`, {
    ChecksumAlgorithm: 'CRC32',
    ChecksumType,
  });
  const { ETag, ChecksumCRC32 } = await part(1, 'content');
  const done = await complete([{ PartNumber: 1, ETag }]);
  expect(done.ChecksumCRC32).toMatch(pattern);
  if (ChecksumType === 'FULL_OBJECT') expect(done.ChecksumCRC32).toBe(ChecksumCRC32);
});

test('parts survive a restart', async () => {
  const { part, target } = await begin('resumed');
  const { ETag } = await part(1, 'before');
  const again = await aws.restart();
  const client = new S3Client(again.client);
  const open = await client.send(new ListMultipartUploadsCommand({ Bucket, Prefix: 'resumed' }));
  expect(open.Uploads?.map(({ UploadId }) => UploadId)).toEqual([target.UploadId]);
  await client.send(
    new CompleteMultipartUploadCommand({ ...target, MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] } }),
  );
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'resumed' }));
  expect(await Body?.transformToString()).toBe('before');
  client.destroy();
  await again.close();
});
