import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { CREDENTIALS, type RunningEndpoint, startEndpoint } from '../running-endpoint';

let aws: RunningEndpoint;
let s3: S3Client;
const Bucket = 'documents';

beforeAll(async () => {
  aws = await startEndpoint();
  s3 = new S3Client({ ...aws.client, requestChecksumCalculation: 'WHEN_REQUIRED' });
  const CorsRules = [
    {
      AllowedOrigins: ['https://*.example.com', 'http://localhost:3000'],
      AllowedMethods: ['GET', 'PUT'],
      AllowedHeaders: ['content-type', 'x-amz-*'],
      MaxAge: 3600,
    },
  ];
  await aws.s3.createBucket({ name: Bucket, properties: { CorsConfiguration: { CorsRules } } });
  await aws.s3.createBucket({ name: 'no-cors' });
  await s3.send(
    new PutObjectCommand({ Bucket, Key: 'a ü+b.pdf', Body: 'content', ContentType: 'application/pdf' }),
  );
});
afterEach(() => {
  aws.offset = 0;
});
afterAll(async () => {
  s3.destroy();
  await aws.stop();
});

const getUrl = (more = {}, expiresIn = 3600) =>
  getSignedUrl(s3, new GetObjectCommand({ Bucket, Key: 'a ü+b.pdf', ...more }), { expiresIn });

describe('a presigned GET', () => {
  test('downloads with the disposition that was signed', async () => {
    const response = await fetch(
      await getUrl({
        ResponseContentDisposition: 'attachment; filename="cv.pdf"; filename*=UTF-8\'\'c%20v.pdf',
        ResponseContentType: 'application/octet-stream',
      }),
    );
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('content');
    expect(response.headers.get('content-disposition')).toBe(
      'attachment; filename="cv.pdf"; filename*=UTF-8\'\'c%20v.pdf',
    );
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
  });

  test('refuses a disposition that cannot be a header', async () => {
    const response = await fetch(
      await getUrl({ ResponseContentDisposition: 'attachment; filename="日本.pdf"' }),
    );
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('ISO-8859-1');
    expect((await fetch(await getUrl({ ResponseContentDisposition: 'a\r\nset-cookie: x' }))).status).toBe(
      400,
    );
  });

  test('ends when it expires', async () => {
    const url = await getUrl({}, 60);
    aws.offset = 59_000;
    expect((await fetch(url)).status).toBe(200);
    aws.offset = 61_000;
    const late = await fetch(url);
    expect(late.status).toBe(403);
    expect(await late.text()).toContain('Request has expired');
  });

  test.each<[string, (url: string) => string, string]>([
    ['another key', (url) => url.replace('.pdf', '.pdx'), 'SignatureDoesNotMatch'],
    [
      'a longer life',
      (url) => url.replace('X-Amz-Expires=3600', 'X-Amz-Expires=36000'),
      'SignatureDoesNotMatch',
    ],
    ['another disposition', (url) => `${url}&response-content-disposition=inline`, 'SignatureDoesNotMatch'],
    ['a changed signature', (url) => url.replace(/Signature=../, 'Signature=00'), 'SignatureDoesNotMatch'],
    [
      'no signature',
      (url) => url.replace(/X-Amz-Signature=[0-9a-f]+/, ''),
      'AuthorizationQueryParametersError',
    ],
    ['no session token', (url) => url.replace(/X-Amz-Security-Token=[^&]+&/, ''), 'InvalidToken'],
    ['nothing signed at all', (url) => url.split('?')[0] as string, 'AccessDenied'],
  ])('is refused with %s', async (_name, change, expected) => {
    const response = await fetch(change(await getUrl()));
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(await response.text()).toContain(`<Code>${expected}</Code>`);
  });

  test('allows no other method', async () => {
    expect((await fetch(await getUrl(), { method: 'DELETE' })).status).toBe(403);
    expect((await fetch(await getUrl(), { method: 'PUT', body: 'x' })).status).toBe(403);
    await s3.send(new HeadObjectCommand({ Bucket, Key: 'a ü+b.pdf' }));
  });
});

describe('a presigned PUT', () => {
  const putUrl = (more = {}, options = {}) =>
    getSignedUrl(s3, new PutObjectCommand({ Bucket, Key: 'put', ...more }), { expiresIn: 300, ...options });

  test('stores what is sent, with the metadata that was signed', async () => {
    const url = await putUrl({ Metadata: { note: 'signed' } });
    const response = await fetch(url, {
      method: 'PUT',
      body: 'uploaded',
      headers: { 'content-type': 'text/plain' },
    });
    expect(response.status).toBe(200);
    expect(await s3.send(new HeadObjectCommand({ Bucket, Key: 'put' }))).toMatchObject({
      ContentLength: 8,
      ContentType: 'text/plain',
      Metadata: { note: 'signed' },
    });
  });

  test('holds the client to a signed type, length and checksum', async () => {
    const signed = { signableHeaders: new Set(['content-type', 'content-length']) };
    const url = await putUrl({ ContentType: 'application/pdf', ContentLength: 4 }, signed);
    const send = (body: string, type: string) =>
      fetch(url, { method: 'PUT', body, headers: { 'content-type': type } });
    expect((await send('%PDF', 'application/pdf')).status).toBe(200);
    expect((await send('%PDF', 'text/html')).status).toBe(403);
    expect((await send('%PDF-', 'application/pdf')).status).toBe(403);
    const checksum = await putUrl({ ChecksumSHA256: Buffer.alloc(32).toString('base64') });
    const wrong = await fetch(checksum, { method: 'PUT', body: 'other' });
    expect(wrong.status).toBe(400);
    expect(await wrong.text()).toContain('BadDigest');
  });

  test('refuses headers that nobody signed', async () => {
    const response = await fetch(await putUrl(), {
      method: 'PUT',
      body: 'x',
      headers: { 'x-amz-meta-role': 'admin' },
    });
    expect(response.status).toBe(403);
    expect(await response.text()).toContain('x-amz-meta-role');
  });

  test('needs a length', async () => {
    const body = new Blob(['x']).stream();
    const response = await fetch(await putUrl(), { method: 'PUT', body, duplex: 'half' } as RequestInit);
    expect(response.status).toBe(411);
  });
});

describe('a preflight', () => {
  const preflight = (bucket: string, origin: string, method = 'PUT', headers = 'content-type') =>
    fetch(`${aws.url}/${bucket}/any`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': method, 'access-control-request-headers': headers },
    });

  test('is answered by the rule of its origin', async () => {
    const response = await preflight(Bucket, 'https://app.example.com', 'PUT', 'Content-Type, x-amz-meta-a');
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'access-control-allow-origin': 'https://app.example.com',
      'access-control-allow-methods': 'GET, PUT',
      'access-control-allow-headers': 'content-type, x-amz-meta-a',
      'access-control-max-age': '3600',
      'access-control-allow-credentials': 'true',
    });
  });

  test.each([
    ['another origin', Bucket, 'https://example.org', 'PUT', 'content-type'],
    ['an origin that only ends alike', Bucket, 'https://evilexample.com', 'PUT', 'content-type'],
    ['another method', Bucket, 'http://localhost:3000', 'DELETE', 'content-type'],
    ['another header', Bucket, 'http://localhost:3000', 'PUT', 'authorization'],
    ['a bucket without rules', 'no-cors', 'http://localhost:3000', 'PUT', 'content-type'],
  ])('is refused for %s', async (_name, bucket, origin, method, headers) => {
    const response = await preflight(bucket, origin, method, headers);
    expect(response.status).toBe(403);
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });
});

test('a bucket is reached by virtual host, too', async () => {
  const client = new S3Client({ ...aws.client, endpoint: `http://localhost:${aws.port}` });
  const url = await getSignedUrl(client, new GetObjectCommand({ Bucket, Key: 'a ü+b.pdf' }));
  expect(new URL(url).host).toBe(`documents.localhost:${aws.port}`);
  // Names below localhost need not resolve here: the request goes to the address, with the host that was signed.
  const { request } = await import('node:http');
  const { pathname, search, host } = new URL(url);
  const status = await new Promise((resolve) => {
    request({ host: '127.0.0.1', port: aws.port, path: pathname + search, headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).end();
  });
  expect(status).toBe(200);
  client.destroy();
});

test('another account’s bucket is not ours', async () => {
  const head = new HeadObjectCommand({ Bucket, Key: 'a ü+b.pdf', ExpectedBucketOwner: '111111111111' });
  await expect(s3.send(head)).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
  expect(aws.logs.join('\n')).not.toContain(CREDENTIALS.secretAccessKey);
});
