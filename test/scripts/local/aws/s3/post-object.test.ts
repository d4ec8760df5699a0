import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { GetObjectCommand, HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { createPresignedPost, type PresignedPostOptions } from '@aws-sdk/s3-presigned-post';
import { allow, deny } from '../../../../support/decisions';
import { CREDENTIALS, type RunningEndpoint, startEndpoint } from '../running-endpoint';

let aws: RunningEndpoint;
let s3: S3Client;
const Bucket = 'uploads';
const Key = 'quarantine/user-1/upload 1+ü.pdf';

beforeAll(async () => {
  aws = await startEndpoint();
  s3 = new S3Client(aws.client);
  await aws.s3.createBucket({
    name: Bucket,
    properties: {
      CorsConfiguration: {
        CorsRules: [
          {
            AllowedOrigins: ['http://localhost:3000'],
            AllowedMethods: ['POST', 'PUT'],
            AllowedHeaders: ['content-*'],
            ExposedHeaders: ['ETag'],
            MaxAge: 3600,
          },
        ],
      },
    },
  });
});
afterEach(() => {
  aws.offset = 0;
  aws.decide = async () => allow;
});
afterAll(async () => {
  s3.destroy();
  await aws.stop();
});

interface Change {
  fields?: Record<string, string>;
  remove?: string[];
  body?: string | Uint8Array<ArrayBuffer>;
  fileName?: string;
  options?: Partial<PresignedPostOptions>;
  headers?: Record<string, string>;
  bucket?: string;
}

/** Posts a form as a browser would: 1 to 100 bytes of PDF, unless changed. */
async function post({
  fields = {},
  remove = [],
  body = '%PDF-',
  fileName = 'cv.pdf',
  options = {},
  headers = {},
  bucket,
}: Change = {}) {
  const form = await createPresignedPost(s3, {
    Bucket,
    Key,
    Expires: 300,
    Fields: { 'Content-Type': 'application/pdf' },
    Conditions: [['content-length-range', 1, 100]],
    ...options,
  });
  const data = new FormData();
  for (const [name, value] of Object.entries({ ...form.fields, ...fields }))
    if (!remove.includes(name)) data.append(name, value);
  data.append('file', new Blob([body], { type: 'text/html' }), fileName);
  const response = await fetch(bucket ? form.url.replace(Bucket, bucket) : form.url, {
    method: 'POST',
    body: data,
    headers,
    redirect: 'manual',
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const staged = () => readdir(path.join(aws.directory, 's3', Bucket, 'staging'));

describe('a form that keeps to its policy', () => {
  test('stores the object under the signed key with the signed type, not the file part’s', async () => {
    const answer = await post();
    expect(answer.status).toBe(204);
    expect(answer.headers.get('etag')).toMatch(/^"[0-9a-f]{32}"$/);
    const got = await s3.send(new GetObjectCommand({ Bucket, Key }));
    expect(await got.Body?.transformToString()).toBe('%PDF-');
    expect(got.ContentType).toBe('application/pdf');
    expect(aws.logs.at(-2)).toMatch(/PostObject arn:aws:s3:::uploads\/quarantine.* 204 .* by documents$/);
  });

  test.each([1, 100])('may hold %d byte: both ends of the range are allowed', async (size) => {
    expect((await post({ body: 'x'.repeat(size) })).status).toBe(204);
  });

  test('answers as success_action_status says', async () => {
    const options = { Fields: { 'Content-Type': 'application/pdf', success_action_status: '201' } };
    const answer = await post({ options });
    expect(answer.status).toBe(201);
    expect(answer.text).toContain('<PostResponse');
    expect(answer.text).toContain(`<Key>${Key}</Key>`);
  });

  test('redirects as success_action_redirect says', async () => {
    const options = {
      Fields: {
        'Content-Type': 'application/pdf',
        success_action_redirect: 'http://localhost:3000/done?x=1',
      },
    };
    const answer = await post({ options });
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toMatch(
      /^http:\/\/localhost:3000\/done\?x=1&bucket=uploads&key=quarantine/,
    );
  });

  test('may leave the end of the key and the metadata to the form', async () => {
    const options: Partial<PresignedPostOptions> = {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: S3's own placeholder
      Key: 'free/${filename}',
      Conditions: [['starts-with', '$x-amz-meta-note', 'a']],
    };
    const answer = await post({ options, fields: { 'x-amz-meta-note': 'abc' }, fileName: 'naïve name.pdf' });
    expect(answer.status).toBe(204);
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'free/naïve name.pdf' }));
    expect(head.Metadata).toEqual({ note: 'abc' });
  });

  test('streams a large file to disk', async () => {
    const size = 12 * 1024 ** 2;
    const options: Partial<PresignedPostOptions> = { Conditions: [['content-length-range', size, size]] };
    expect((await post({ options, body: new Uint8Array(size) })).status).toBe(204);
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key }))).ContentLength).toBe(size);
    expect(await staged()).toEqual([]);
  });

  test('gets the headers of the bucket’s CORS rule, as errors do', async () => {
    const headers = { origin: 'http://localhost:3000' };
    for (const answer of [await post({ headers }), await post({ headers, body: 'x'.repeat(101) })]) {
      expect(answer.headers.get('access-control-allow-origin')).toBe('http://localhost:3000');
      expect(answer.headers.get('access-control-expose-headers')).toBe('ETag');
    }
    expect(
      (await post({ headers: { origin: 'http://evil.example' } })).headers.get('access-control-allow-origin'),
    ).toBeNull();
  });
});

describe('a form is refused', () => {
  const large = 'x'.repeat(101);
  test.each<[string, Change, number, string[]]>([
    [
      'a byte over the range',
      { body: large },
      400,
      ['EntityTooLarge', '<ProposedSize>101<', '<MaxSizeAllowed>100<'],
    ],
    [
      'far over the range',
      { body: new Uint8Array(20 * 1024 ** 2) },
      400,
      ['EntityTooLarge', `<ProposedSize>${20 * 1024 ** 2}<`],
    ],
    ['under the range', { body: '' }, 400, ['EntityTooSmall', '<ProposedSize>0<', '<MinSizeAllowed>1<']],
    [
      'with another type',
      { fields: { 'Content-Type': 'text/html' } },
      403,
      ['AccessDenied', '$Content-Type', 'application/pdf'],
    ],
    ['with another key', { fields: { key: 'users/other/file.pdf' } }, 403, ['AccessDenied', '$key']],
    [
      'with a field the policy does not name',
      { fields: { 'x-amz-meta-admin': 'yes' } },
      403,
      ['AccessDenied', 'Extra input fields: x-amz-meta-admin'],
    ],
    [
      'with an acl the policy does not name',
      { fields: { acl: 'public-read' } },
      403,
      ['Extra input fields: acl'],
    ],
    ['without its type', { remove: ['Content-Type'] }, 403, ['AccessDenied', '$Content-Type']],
    ['without a policy', { remove: ['Policy'] }, 403, ['AccessDenied']],
    ['without a signature', { remove: ['X-Amz-Signature'] }, 400, ['InvalidArgument', 'x-amz-signature']],
    [
      'with a tampered signature',
      { fields: { 'X-Amz-Signature': '0'.repeat(64) } },
      403,
      ['SignatureDoesNotMatch'],
    ],
    [
      'with a policy of its own',
      {
        fields: {
          Policy: Buffer.from('{"expiration":"2999-01-01T00:00:00Z","conditions":[]}').toString('base64'),
        },
      },
      403,
      ['SignatureDoesNotMatch'],
    ],
    ['with another session token', { fields: { 'X-Amz-Security-Token': 'other' } }, 403, ['InvalidToken']],
    [
      'with an unknown access key',
      { fields: { 'X-Amz-Credential': 'AKIAOTHER/20130524/us-east-1/s3/aws4_request' } },
      400,
      ['x-amz-date'],
    ],
    [
      'with a field that does not exist here',
      { fields: { tagging: '<Tagging/>' } },
      501,
      ['NotImplemented', 'field tagging'],
    ],
    [
      'with a line break in its metadata',
      {
        fields: { 'x-amz-meta-note': 'a\r\nset-cookie: x' },
        options: { Conditions: [['starts-with', '$x-amz-meta-note', '']] },
      },
      400,
      ['InvalidArgument', 'x-amz-meta-note'],
    ],
    ['for another bucket', { bucket: 'absent' }, 404, ['NoSuchBucket']],
  ])('%s', async (_name, change, status, texts) => {
    const answer = await post(change);
    expect(answer.text).toEqual(expect.stringContaining(texts[0] as string));
    for (const text of texts) expect(answer.text).toContain(text);
    expect(answer.status).toBe(status);
    expect(await staged()).toEqual([]);
  });

  test('when its policy has expired', async () => {
    aws.offset = 301_000;
    const answer = await post();
    expect(answer.status).toBe(403);
    expect(answer.text).toContain('Policy expired');
  });

  test('when the role that signed it may not put the object', async () => {
    aws.decide = async ({ action }) => (action === 's3:PutObject' ? deny : allow);
    const answer = await post();
    expect(answer.status).toBe(403);
    expect(answer.text).toContain('is not authorized to perform: s3:PutObject');
  });

  test('when it does not say how long it is', async () => {
    const body = new Blob(['--b--']).stream();
    const headers = { 'content-type': 'multipart/form-data; boundary=b' };
    const init = { method: 'POST', body, headers, duplex: 'half' } as RequestInit;
    expect((await fetch(`${aws.url}/${Bucket}`, init)).status).toBe(411);
  });

  test('when it is no multipart form', async () => {
    const response = await fetch(`${aws.url}/${Bucket}`, { method: 'POST', body: 'text' });
    expect(response.status).toBe(412);
    const broken = await fetch(`${aws.url}/${Bucket}`, {
      method: 'POST',
      body: 'text',
      headers: { 'content-type': 'multipart/form-data; boundary=x' },
    });
    expect(broken.status).toBe(400);
  });
});

test('fields after the file do not count', async () => {
  const form = await createPresignedPost(s3, { Bucket, Key: 'late', Expires: 300 });
  const data = new FormData();
  for (const [name, value] of Object.entries(form.fields)) data.append(name, value);
  data.append('file', new Blob(['x']), 'f');
  data.append('key', 'elsewhere');
  expect((await fetch(form.url, { method: 'POST', body: data })).status).toBe(204);
  await s3.send(new HeadObjectCommand({ Bucket, Key: 'late' }));
});

test('a client that goes away leaves nothing behind, and the endpoint goes on', async () => {
  const form = await createPresignedPost(s3, { Bucket, Key: 'gone', Expires: 300 });
  const parts = Object.entries(form.fields).map(
    ([name, value]) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const file = '--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n';
  const socket = connect(aws.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(
    `POST /${Bucket} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000000\r\n\r\n`,
  );
  socket.write(`${parts.join('')}${file}${'x'.repeat(50_000)}`);
  const until = async (holds: () => Promise<boolean>) => {
    for (let i = 0; i < 200 && !(await holds()); i++) await new Promise((resolve) => setTimeout(resolve, 10));
  };
  await until(async () => (await staged()).length > 0);
  socket.destroy();
  await until(async () => (await staged()).length === 0);
  expect(await staged()).toEqual([]);
  await expect(s3.send(new HeadObjectCommand({ Bucket, Key: 'gone' }))).rejects.toMatchObject({
    name: 'NotFound',
  });
  expect((await post()).status).toBe(204);
});

test('the log never holds a signature, a token or a policy', () => {
  expect(aws.logs.join('\n')).not.toContain(CREDENTIALS.sessionToken);
  expect(aws.logs.join('\n')).not.toMatch(/signature=/i);
});
