import { request } from 'node:http';
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { Signer } from '@aws-sdk/rds-signer';
import { Sha256 } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import { sha256Hex } from '../../../../scripts/local/aws/sigv4';
import { allow, deny } from '../../../support/decisions';
import { ACCOUNT, CREDENTIALS, REGION, ROLE, type RunningEndpoint, startEndpoint } from './running-endpoint';

let aws: RunningEndpoint;

beforeAll(async () => {
  aws = await startEndpoint();
  await aws.s3.createBucket({ name: 'documents' });
  await aws.secrets.createSecret({ name: 'secret', properties: { SecretString: 'x' } });
});
afterEach(() => {
  aws.offset = 0;
  aws.decide = async () => allow;
});
afterAll(() => aws.stop());

async function withS3<T>(change: object, work: (client: S3Client) => Promise<T>): Promise<T> {
  const client = new S3Client({ ...aws.client, ...change });
  try {
    return await work(client);
  } finally {
    client.destroy();
  }
}
const put = (client: S3Client) =>
  client.send(new PutObjectCommand({ Bucket: 'documents', Key: 'key', Body: 'x' }));
const secret = new GetSecretValueCommand({ SecretId: 'secret' });

describe('a caller is refused', () => {
  test.each<[string, object, string]>([
    ['with an unknown access key', { accessKeyId: 'AKIAUNKNOWN' }, 'InvalidAccessKeyId'],
    ['with a wrong secret', { secretAccessKey: 'wrong' }, 'SignatureDoesNotMatch'],
    ['with another session token', { sessionToken: 'other' }, 'InvalidToken'],
    ['without its session token', { sessionToken: undefined }, 'InvalidToken'],
  ])('%s, by S3 and by the JSON services', async (_name, change, name) => {
    const credentials = { ...CREDENTIALS, ...change };
    await withS3({ credentials }, (client) => expect(put(client)).rejects.toMatchObject({ name }));
    const secrets = new SecretsManagerClient({ ...aws.client, credentials });
    await expect(secrets.send(secret)).rejects.toMatchObject({ name });
    secrets.destroy();
  });

  test('for another region, and when the clock is 16 minutes off', async () => {
    await withS3({ region: 'eu-west-1' }, (client) =>
      expect(put(client)).rejects.toMatchObject({ name: 'AuthorizationHeaderMalformed' }),
    );
    aws.offset = 16 * 60_000;
    await withS3({}, (client) => expect(put(client)).rejects.toMatchObject({ name: 'RequestTimeTooSkewed' }));
  });

  test('by the authorizer, which is told who does what on which resource', async () => {
    aws.decide = async ({ action }) =>
      action === 's3:PutObject' || action === 'secretsmanager:GetSecretValue' ? deny : allow;
    aws.asked.length = 0;
    await withS3({}, async (client) => {
      await expect(put(client)).rejects.toMatchObject({
        name: 'AccessDenied',
        $metadata: { httpStatusCode: 403 },
        message: expect.stringContaining('s3:PutObject'),
      });
      await client.send(new ListObjectsV2Command({ Bucket: 'documents', Prefix: 'p/', Delimiter: '/' }));
    });
    const secrets = new SecretsManagerClient(aws.client);
    await expect(secrets.send(secret)).rejects.toMatchObject({
      name: 'AccessDeniedException',
      $metadata: { httpStatusCode: 400 },
    });
    secrets.destroy();
    const own = { 'aws:SourceIp': '127.0.0.1', 'aws:UserAgent': expect.stringContaining('aws-sdk-js') };
    const ofS3 = {
      ...own,
      's3:authType': 'REST-HEADER',
      's3:signatureAge': expect.stringMatching(/^\d+$/),
      's3:signatureversion': 'AWS4-HMAC-SHA256',
      's3:TlsVersion': '1.3',
      's3:x-amz-content-sha256': expect.any(String),
    };
    expect(aws.asked).toEqual([
      {
        principal: ROLE,
        session: { name: 'local' },
        service: 's3',
        action: 's3:PutObject',
        resource: 'arn:aws:s3:::documents/key',
        conditions: ofS3,
      },
      {
        principal: ROLE,
        session: { name: 'local' },
        service: 's3',
        action: 's3:ListBucket',
        resource: 'arn:aws:s3:::documents',
        conditions: { ...ofS3, 's3:prefix': 'p/', 's3:delimiter': '/' },
      },
      {
        principal: ROLE,
        session: { name: 'local' },
        service: 'secretsmanager',
        action: 'secretsmanager:GetSecretValue',
        resource: aws.secrets.arnOf('secret'),
        conditions: {
          ...own,
          'secretsmanager:SecretId': aws.secrets.arnOf('secret'),
          'secretsmanager:VersionStage': 'AWSCURRENT',
        },
      },
    ]);
    await withS3({}, (client) =>
      expect(client.send(new HeadObjectCommand({ Bucket: 'documents', Key: 'key' }))).rejects.toMatchObject({
        name: 'NotFound',
      }),
    );
  });

  test('a missing object is 403 to those who may not list the bucket', async () => {
    const get = new GetObjectCommand({ Bucket: 'documents', Key: 'missing' });
    await withS3({}, (client) => expect(client.send(get)).rejects.toMatchObject({ name: 'NoSuchKey' }));
    aws.decide = async ({ action }) => (action === 's3:ListBucket' ? deny : allow);
    await withS3({}, (client) => expect(client.send(get)).rejects.toMatchObject({ name: 'AccessDenied' }));
  });
});

/** Signs a request by the SDK's signer, then lets the test change it. */
async function send(
  method: string,
  path: string,
  body: string,
  headers: Record<string, string>,
  sent: Partial<{ body: string; headers: Record<string, string> }> = {},
) {
  const signer = new SignatureV4({
    service: headers['x-amz-target'] ? 'secretsmanager' : 's3',
    region: REGION,
    credentials: CREDENTIALS,
    sha256: Sha256,
    uriEscapePath: false,
  });
  const host = `127.0.0.1:${aws.port}`;
  const signed = await signer.sign({
    method,
    protocol: 'http:',
    hostname: '127.0.0.1',
    port: aws.port,
    path,
    query: {},
    headers: { host, ...headers },
    body,
  });
  return new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
    const outgoing = request(
      { host: '127.0.0.1', port: aws.port, method, path, headers: { ...signed.headers, ...sent.headers } },
      async (response) => {
        let text = '';
        for await (const part of response) text += part;
        resolve({ status: response.statusCode, text });
      },
    );
    outgoing.on('error', reject).end(sent.body ?? body);
  });
}

describe('a body is held to what was signed', () => {
  test('its hash', async () => {
    const headers = { 'x-amz-content-sha256': sha256Hex('good'), 'content-length': '4' };
    expect((await send('PUT', '/documents/hash', 'good', headers)).status).toBe(200);
    const evil = await send('PUT', '/documents/hash', 'good', headers, { body: 'evil' });
    expect(evil).toMatchObject({ status: 400, text: expect.stringContaining('XAmzContentSHA256Mismatch') });
    const target = {
      'x-amz-target': 'secretsmanager.ListSecrets',
      'content-type': 'application/x-amz-json-1.1',
    };
    expect((await send('POST', '/', '{}', target)).status).toBe(200);
    expect(await send('POST', '/', '{}', target, { body: '{} ' })).toMatchObject({
      status: 403,
      text: expect.stringContaining('SignatureDoesNotMatch'),
    });
  });

  test('its chunks and their trailing checksum', async () => {
    const crc = 'DUoRhQ=='; // crc32 of "hello world"
    const frame = (data: string, checksum: string) =>
      `${data.length.toString(16)}\r\n${data}\r\n0\r\nx-amz-checksum-crc32:${checksum}\r\n\r\n`;
    const upload = (body: string, length: number) =>
      send('PUT', '/documents/chunked', body, {
        'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
        'x-amz-decoded-content-length': String(length),
        'x-amz-trailer': 'x-amz-checksum-crc32',
        'content-encoding': 'aws-chunked',
        'content-length': String(body.length),
      });
    expect((await upload(frame('hello world', crc), 11)).status).toBe(200);
    await withS3({}, async (client) => {
      const got = await client.send(new GetObjectCommand({ Bucket: 'documents', Key: 'chunked' }));
      expect([await got.Body?.transformToString(), got.ContentEncoding]).toEqual(['hello world', undefined]);
    });
    expect((await upload(frame('hello worle', crc), 11)).text).toContain('BadDigest');
    expect((await upload(frame('hello world', crc), 12)).text).toContain('IncompleteBody');
    expect(
      (await upload(frame('hello world', crc).replace(/x-amz-checksum.*\r\n\r\n/, '\r\n'), 11)).text,
    ).toContain('MalformedTrailerError');
  });
});

describe('what is not there', () => {
  test.each([
    [
      'another service',
      {
        authorization: `AWS4-HMAC-SHA256 Credential=${CREDENTIALS.accessKeyId}/20260101/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=0`,
      },
      'sts',
    ],
    ['another target', { 'x-amz-target': 'AmazonSNS.Publish' }, 'AmazonSNS.Publish'],
  ])('%s is a 501 that names it', async (_name, headers, name) => {
    const response = await fetch(aws.url, { method: 'POST', headers, body: '{}' });
    expect(response.status).toBe(501);
    expect(await response.json()).toEqual({
      __type: 'NotImplemented',
      message: expect.stringContaining(name),
    });
    expect(aws.logs.some((line) => line.includes('does not implement') && line.includes(name))).toBe(true);
  });

  test.each(['/%', '/documents/%ff%', '//', '/?%'])(
    'a strange path %s is an answer, not a crash',
    async (path) => {
      const status = await new Promise((resolve) => {
        request({ host: '127.0.0.1', port: aws.port, path }, (response) => {
          response.resume();
          resolve(response.statusCode);
        }).end();
      });
      expect(status).toBeGreaterThanOrEqual(400);
    },
  );
});

describe('an IAM token as password', () => {
  const host = 'localhost:4002';
  const resources = [`arn:aws:rds-db:${REGION}:${ACCOUNT}:dbuser:db-1/app`];
  const rdsToken = (change = {}) =>
    new Signer({
      hostname: 'localhost',
      port: 4002,
      username: 'app',
      region: REGION,
      credentials: CREDENTIALS,
      ...change,
    }).getAuthToken();

  test('of RDS opens the database to its user, for 15 minutes', async () => {
    const token = await rdsToken();
    expect(await aws.verifyToken('app', token, 'rds', host, resources)).toBe(true);
    expect(await aws.verifyToken('maintenance', token, 'rds', host, resources)).toBe(false);
    expect(await aws.verifyToken('app', token, 'rds', 'localhost:5432', resources)).toBe(false);
    expect(await aws.verifyToken('app', token, 'elasticache', host, resources)).toBe(false);
    aws.offset = 899_000;
    expect(await aws.verifyToken('app', token, 'rds', host, resources)).toBe(true);
    aws.offset = 902_000;
    expect(await aws.verifyToken('app', token, 'rds', host, resources)).toBe(false);
  });

  test.each<[string, (token: string) => string]>([
    ['a changed signature', (token) => token.replace(/Signature=.../, 'Signature=000')],
    ['another user', (token) => token.replace('DBUser=app', 'DBUser=maintenance')],
    ['a longer life', (token) => token.replace('Expires=900', 'Expires=901')],
    ['nothing like a token', () => 'password'],
    ['an empty text', () => ''],
  ])('of RDS with %s opens nothing', async (_name, change) => {
    const token = change(await rdsToken());
    expect(await aws.verifyToken('app', token, 'rds', host, resources)).toBe(false);
    expect(await aws.verifyToken('maintenance', token, 'rds', host, resources)).toBe(false);
  });

  test('is refused when signed by a stranger, or by a role that may not connect', async () => {
    expect(
      await aws.verifyToken(
        'app',
        await rdsToken({ credentials: { ...CREDENTIALS, secretAccessKey: 'x' } }),
        'rds',
        host,
        resources,
      ),
    ).toBe(false);
    aws.decide = async ({ action, resource }) =>
      action === 'rds-db:connect' && resource.endsWith('dbuser:db-1/app') ? deny : allow;
    expect(await aws.verifyToken('app', await rdsToken(), 'rds', host, resources)).toBe(false);
    expect(aws.asked.at(-1)).toMatchObject({ principal: ROLE, action: 'rds-db:connect' });
  });

  test('of ElastiCache opens the cache to its user', async () => {
    const signer = new SignatureV4({
      service: 'elasticache',
      region: REGION,
      credentials: CREDENTIALS,
      sha256: Sha256,
    });
    const presigned = await signer.presign(
      {
        method: 'GET',
        protocol: 'http:',
        hostname: 'landfall-cache',
        path: '/',
        query: { Action: 'connect', User: 'app' },
        headers: { host: 'landfall-cache' },
      },
      { expiresIn: 900 },
    );
    const query = Object.entries(presigned.query ?? {}).map(
      ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`,
    );
    const token = `landfall-cache/?${query.join('&')}`;
    const cache = [
      `arn:aws:elasticache:${REGION}:${ACCOUNT}:replicationgroup:landfall-cache`,
      `arn:aws:elasticache:${REGION}:${ACCOUNT}:user:app`,
    ];
    expect(await aws.verifyToken('app', token, 'elasticache', 'landfall-cache', cache)).toBe(true);
    expect(await aws.verifyToken('admin', token, 'elasticache', 'landfall-cache', cache)).toBe(false);
    expect(await aws.verifyToken('app', token, 'elasticache', 'other-cache', cache)).toBe(false);
    expect(await aws.verifyToken('app', token, 'rds', 'landfall-cache', cache)).toBe(false);
  });
});

test('the endpoint listens on the loopback alone', async () => {
  const { networkInterfaces } = await import('node:os');
  const outside = Object.values(networkInterfaces())
    .flat()
    .find((address) => address?.family === 'IPv4' && !address.internal);
  if (!outside) return;
  await expect(fetch(`http://${outside.address}:${aws.port}/`)).rejects.toThrow();
});
