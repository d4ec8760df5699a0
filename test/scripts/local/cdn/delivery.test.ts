/** The storage stack as it ships, with photos, on the local engines: its function makes the keys, its CDN serves. */
import { createPublicKey } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CfnResource, CustomResource } from 'aws-cdk-lib';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { build } from 'esbuild';
import { photoSigner } from '../../../../lambdas/shared/signed-url';
import { environments } from '../../../../lib/config/environments';
import type { EnvironmentConfig } from '../../../../lib/config/schema';
import { StorageStack } from '../../../../lib/stacks/storage';
import { readAssembly } from '../../../../scripts/local/assembly';
import type { Behavior } from '../../../../scripts/local/cdn/distribution';
import { startCdn } from '../../../../scripts/local/cdn/server';
import { type Certificates, ensureCertificates } from '../../../../scripts/local/certificates';
import { findUnsupported } from '../../../../scripts/local/deployment';
import { registry } from '../../../../scripts/local/resources/registry';
import type { TlsServer } from '../../../../scripts/local/tls-server';
import { type RunningEndpoint, startEndpoint } from '../aws/running-endpoint';
import {
  type DeployedApp,
  deployApp,
  removeTemporaryDirectories,
  synthesizeApp,
  synthesizeStack,
  temporaryDirectory,
} from '../deployed-app';

const { local } = environments as { local: EnvironmentConfig };
const publicFile = '<svg xmlns="http://www.w3.org/2000/svg"/>';
const photo = Buffer.from('RIFF0000WEBP, with a few bytes more');
let assembly: string;
let running: Running;
let certificates: Certificates;
let now = Date.parse('2026-11-26T12:00:00Z');

interface Running {
  readonly aws: RunningEndpoint;
  readonly app: DeployedApp;
  readonly cdn: TlsServer;
  readonly s3: S3Client;
  readonly logs: string[];
  stop(): Promise<void>;
}

/** The real function, as the build bundles it. */
async function bundles(): Promise<string> {
  const directory = temporaryDirectory();
  await build({
    entryPoints: ['lambdas/signing-key/handler.ts'],
    outfile: join(directory, 'signing-key', 'index.js'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
  });
  return directory;
}

async function start(stateDirectory: string): Promise<Running> {
  let aws: RunningEndpoint | undefined;
  const app = await deployApp(assembly, async (_functions, roles) => {
    aws = await startEndpoint({ principals: roles.principals, stateDirectory });
    return aws;
  });
  const { delivery } = app.system.declared;
  const [distribution] = delivery.distributions;
  if (!aws || !distribution) throw new Error('the stack has no distribution');
  const logs: string[] = [];
  const cdn = await startCdn({
    port: 0,
    tls: certificates,
    delivery,
    distribution,
    s3: aws.s3,
    authorize: app.system.accessControl.authorize,
    log: (line) => logs.push(line),
    now: () => now,
  });
  const s3 = new S3Client({
    ...aws.client,
    credentials: app.system.roles.credentials('arn:aws:iam::000000000000:role/worker') as never,
  });
  const { close } = aws;
  return {
    aws,
    app,
    cdn,
    s3,
    logs,
    stop: async () => {
      s3.destroy();
      await cdn.close();
      await close();
      await app.close();
    },
  };
}

const outputs = (): Record<string, string> => Object.values(running.app.deployed.outputs)[0] ?? {};
const put = (bucket: string, Key: string, Body: string | Buffer, ContentType: string) => {
  const CacheControl = Key.startsWith('photos/') ? 'max-age=3600, s-maxage=2592000, immutable' : undefined;
  return running.s3.send(
    new PutObjectCommand({ Bucket: outputs()[bucket], Key, Body, ContentType, CacheControl }),
  );
};

/** Of a key by its name in the configuration, read as a function reads it. */
function signerOf(name: string) {
  const secret = running.aws.secrets.list().find((known) => known.name.includes(name.replace('-', '')));
  const [keyPairId = ''] = [...running.app.system.declared.delivery.publicKeys].flatMap(([id, pem]) =>
    pem === publicKeyOf(secret?.arn ?? '') ? [id] : [],
  );
  return photoSigner({
    cdnUrl: running.cdn.url,
    keyPairId,
    readKey: async () => JSON.parse(running.aws.secrets.read(secret?.arn ?? '')),
    now: () => new Date(now),
  });
}

function publicKeyOf(arn: string): string {
  const { privateKey } = JSON.parse(running.aws.secrets.read(arn)) as { privateKey: string };
  return createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString();
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const fetched = (url: string, options: { method?: string; headers?: Record<string, string> } = {}) =>
  new Promise<Answer>((resolve, reject) => {
    const address = new URL(url, running.cdn.url);
    // Not the URL: it would be normalized, and paths are tried here that a browser does not send.
    const path = url.startsWith('https') ? url.slice(address.origin.length) : url;
    const { port } = running.cdn;
    request({ host: 'localhost', port, path, ca: certificates.ca, ...options }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }),
      );
    })
      .on('error', reject)
      .end();
  });
const codeOf = ({ status, body }: Answer) => `${status} ${/<Code>(.*)<\/Code>/.exec(body.toString())?.[1]}`;

beforeAll(async () => {
  const assetsDirectory = await bundles();
  certificates = await ensureCertificates(temporaryDirectory());
  assembly = synthesizeApp((app) => {
    new StorageStack(app, 'landfall-local-storage', {
      env: { region: 'us-east-1' },
      storage: { ...local.storage, signingKeys: ['2027-02', '2026-11'] },
      photos: true,
      removal: 'destroy',
      logRetentionDays: 7,
      encryption: {},
      assetsDirectory,
    });
  });
  running = await start(temporaryDirectory());
  await put('PublicBucketName', 'logo.svg', publicFile, 'image/svg+xml');
  await put('PublicBucketName', 'index.html', 'home', 'text/html');
  await put('PhotosBucketName', 'photos/u/p/large.webp', photo, 'image/webp');
  await put('PhotosBucketName', 'photos/u/p/ä b.webp', photo, 'image/webp');
  for (const prefix of ['originals', 'quarantine'])
    await put('PhotosBucketName', `${prefix}/u/p`, 'secret', 'image/jpeg');
});
afterAll(async () => {
  await running.stop();
  removeTemporaryDirectories();
});

describe('public files', () => {
  test('are served to anybody, with their type and the security headers', async () => {
    const { status, headers, body } = await fetched('/logo.svg');
    expect({ status, body: body.toString() }).toEqual({ status: 200, body: publicFile });
    expect(headers).toMatchObject({
      'content-type': 'image/svg+xml',
      'content-security-policy': "default-src 'none'; img-src 'self'; sandbox",
      'strict-transport-security': 'max-age=63072000; includeSubDomains',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'strict-origin-when-cross-origin',
    });
    expect(headers['cache-control']).toBeUndefined();
  });

  test('begin at the default root object', async () => {
    expect((await fetched('/')).body.toString()).toBe('home');
  });

  test('that are missing look as if they were forbidden, because CloudFront may not list the bucket', async () => {
    expect(codeOf(await fetched('/absent.png'))).toBe('403 AccessDenied');
  });

  test('are only read', async () => {
    expect((await fetched('/logo.svg', { method: 'PUT' })).status).toBe(403);
    expect((await fetched('/logo.svg', { method: 'DELETE' })).status).toBe(403);
    expect((await fetched('/logo.svg')).status).toBe(200);
  });

  test('ignore a query, which no template forwards', async () => {
    expect((await fetched('/logo.svg?versionId=x&response-content-type=text/html')).headers).toMatchObject({
      'content-type': 'image/svg+xml',
    });
  });
});

describe('photos', () => {
  const large = () => signerOf('2027-02').sign('photos/u/p/large.webp');

  test('are served to whoever has their address, for the browser that asked to keep', async () => {
    const { url } = await large();
    const { status, headers, body } = await fetched(url);
    expect({ status, body }).toEqual({ status: 200, body: photo });
    expect(headers).toMatchObject({
      'content-type': 'image/webp',
      'content-length': String(photo.length),
      'cache-control': 'max-age=3600, s-maxage=2592000, immutable',
      'x-content-type-options': 'nosniff',
      etag: expect.stringMatching(/^"[0-9a-f]{32}"$/),
    });
  });

  test('are served under names that have to be encoded', async () => {
    const { url } = await signerOf('2027-02').sign('photos/u/p/ä b.webp');
    expect((await fetched(url)).body).toEqual(photo);
  });

  test('are served with every key that is configured, and with no other', async () => {
    expect((await fetched((await large()).url)).status).toBe(200);
    const { url } = await signerOf('2026-11').sign('photos/u/p/large.webp');
    expect((await fetched(url)).status).toBe(200);
    const unknown = url.replace(/Key-Pair-Id=\w+/, 'Key-Pair-Id=K0000000000000');
    expect(codeOf(await fetched(unknown))).toBe('403 InvalidKey');
  });

  test('are served by cookies of their folder', async () => {
    const { cookies } = await signerOf('2027-02').signFolder('photos/u/p/');
    const cookie = Object.entries(cookies)
      .map(([name, value]) => `${name}=${value}`)
      .join('; ');
    expect((await fetched('/photos/u/p/large.webp', { headers: { cookie } })).status).toBe(200);
    expect(codeOf(await fetched('/photos/u/q/large.webp', { headers: { cookie } }))).toBe('403 AccessDenied');
  });

  test('without a signature are refused in the words of CloudFront', async () => {
    const answer = await fetched('/photos/u/p/large.webp');
    expect(answer.status).toBe(403);
    expect(answer.headers).toMatchObject({ 'content-type': 'text/xml', 'x-cache': 'Error from cloudfront' });
    // A browser that kept the refusal would show it for as long as the photo.
    expect(answer.headers['cache-control']).toBeUndefined();
    expect(answer.body.toString()).toMatch(
      /^<\?xml version="1.0" encoding="UTF-8"\?>\s*<Error><Code>MissingKey<\/Code><Message>Missing Key-Pair-Id query parameter or cookie value<\/Message><\/Error>$/,
    );
  });

  test('are refused an hour later', async () => {
    const { url } = await large();
    const before = now;
    now += 3_600_000;
    const answer = await fetched(url).finally(() => {
      now = before;
    });
    expect(codeOf(answer)).toBe('403 AccessDenied');
  });

  test('that were deleted are refused like those that never were', async () => {
    await put('PhotosBucketName', 'photos/u/gone.webp', photo, 'image/webp');
    const { url } = await signerOf('2027-02').sign('photos/u/gone.webp');
    expect((await fetched(url)).status).toBe(200);
    const Bucket = outputs().PhotosBucketName;
    await running.s3.send(new DeleteObjectCommand({ Bucket, Key: 'photos/u/gone.webp' }));
    expect(codeOf(await fetched(url))).toBe('403 AccessDenied');
  });

  test('come in parts, and not at all to whoever has them', async () => {
    const { url } = await large();
    const part = await fetched(url, { headers: { range: 'bytes=4-7' } });
    expect({ status: part.status, body: part.body }).toEqual({ status: 206, body: photo.subarray(4, 8) });
    expect(part.headers['content-range']).toBe(`bytes 4-7/${photo.length}`);
    expect(codeOf(await fetched(url, { headers: { range: 'bytes=900-' } }))).toBe('416 InvalidRange');
    const { headers } = await fetched(url, { method: 'HEAD' });
    const again = await fetched(url, { headers: { 'if-none-match': headers.etag ?? '' } });
    expect({ status: again.status, body: again.body.length }).toEqual({ status: 304, body: 0 });
    expect((await fetched(url, { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
  });

  test('answer HEAD with what GET would have, without the body', async () => {
    const { url } = await large();
    const { status, headers, body } = await fetched(url, { method: 'HEAD' });
    expect({ status, length: headers['content-length'], body: body.length }).toEqual({
      status: 200,
      length: String(photo.length),
      body: 0,
    });
  });
});

describe('what is not under photos/', () => {
  test.each(['originals/u/p', 'quarantine/u/p'])('%s is reached by no path and no signature', async (key) => {
    const signer = signerOf('2027-02');
    expect((await fetched(`/${key}`)).status).toBe(403);
    expect((await fetched((await signer.sign(key)).url)).status).toBe(403);
    // The policy of the bucket refuses what the pattern of the behavior lets through.
    const { cookies } = await signer.signFolder('photos/');
    const headers = {
      cookie: Object.entries(cookies)
        .map(([name, value]) => `${name}=${value}`)
        .join('; '),
    };
    for (const path of [
      `/photos/../${key}`,
      `/photos/..%2F${key}`,
      `/photos//../../${key}`,
      `/${key}?/photos/`,
    ])
      expect((await fetched(path, { headers })).status).toBe(403);
  });

  test('is refused by the policy of the bucket even to a behavior that would serve it', async () => {
    const { declared } = running.app.system;
    const [distribution] = declared.delivery.distributions;
    if (!distribution) throw new Error('no distribution');
    const [photos] = distribution.behaviors;
    const careless = {
      ...distribution,
      behaviors: [{ ...photos, pathPattern: '*', trustedKeyGroups: [] } as Behavior],
    };
    const open = await startCdn({
      port: 0,
      tls: certificates,
      delivery: declared.delivery,
      distribution: careless,
      s3: running.aws.s3,
      authorize: running.app.system.accessControl.authorize,
      log: () => undefined,
    });
    const before = running;
    running = { ...running, cdn: open };
    const [original, served] = [await fetched('/originals/u/p'), await fetched('/photos/u/p/large.webp')];
    running = before;
    await open.close();
    expect([codeOf(original), served.status]).toEqual(['403 AccessDenied', 200]);
  });
});

test('the address of the files is an output, as functions and applications get it', () => {
  expect(outputs().CdnUrl).toBe('https://localhost:4005');
});

test('the log has no query, which would open files for an hour', async () => {
  await fetched((await signerOf('2027-02').sign('photos/u/p/large.webp')).url);
  expect(running.logs.join('\n')).not.toMatch(/Signature|Key-Pair-Id/);
});

test('after a restart the keys are the same, and what was signed before is valid', async () => {
  const { url } = await signerOf('2027-02').sign('photos/u/p/large.webp');
  const { directory } = running.aws;
  const keys = new Map(running.app.system.declared.delivery.publicKeys);
  await running.stop();
  running = await start(directory);
  expect(running.app.system.declared.delivery.publicKeys).toEqual(keys);
  const path = url.slice(new URL(url).origin.length);
  const { host } = new URL(url);
  expect((await fetched(path, { headers: { host } })).status).toBe(200);
});

test('what the handlers do not know is refused by name', () => {
  const unknown = synthesizeStack((stack) => {
    const resource = (id: string, type: string, properties: object) =>
      new CfnResource(stack, id, { type: `AWS::CloudFront::${type}`, properties: properties as never });
    resource('Files', 'Distribution', {
      DistributionConfig: {
        Enabled: true,
        CustomErrorResponses: [],
        Origins: [
          { Id: 'o', DomainName: 'x', CustomOriginConfig: {}, S3OriginConfig: { OriginAccessIdentity: '' } },
        ],
        DefaultCacheBehavior: { TargetOriginId: 'o', FunctionAssociations: [] },
        CacheBehaviors: [{ PathPattern: 'a', TrustedSigners: ['self'] }],
      },
    });
    resource('Api', 'Distribution', { DistributionConfig: { Origins: [{ DomainName: 'api.example.com' }] } });
    resource('Headers', 'ResponseHeadersPolicy', {
      ResponseHeadersPolicyConfig: { CorsConfig: {}, SecurityHeadersConfig: { XSSProtection: {} } },
    });
    resource('Access', 'OriginAccessControl', { OriginAccessControlConfig: { SigningBehavior: 'never' } });
    resource('Key', 'PublicKey', { PublicKeyConfig: { Wings: 2 } });
    resource('Group', 'KeyGroup', { KeyGroupConfig: { Wings: 2 } });
  });
  expect(findUnsupported(readAssembly(unknown), registry).map((fault) => fault.replace(/^\S+ /, ''))).toEqual(
    [
      'Files in example: property DistributionConfig.CustomErrorResponses is not supported.',
      'Files in example: property DefaultCacheBehavior.FunctionAssociations is not supported.',
      'Files in example: property CacheBehaviors[].TrustedSigners is not supported.',
      'Files in example: property Origins[].CustomOriginConfig is not supported.',
      'Api in example: an origin is expected to be a bucket read by origin access control.',
      'Headers in example: property ResponseHeadersPolicyConfig.CorsConfig is not supported.',
      'Headers in example: property SecurityHeadersConfig.XSSProtection is not supported.',
      'Access in example: SigningBehavior "never" is not supported, only "always".',
      'Key in example: property PublicKeyConfig.Wings is not supported.',
      'Group in example: property KeyGroupConfig.Wings is not supported.',
    ],
  );
});

test('a key that cannot be made stops the start with the reason of its function', async () => {
  const broken = synthesizeStack((stack) => {
    const code = Code.fromInline(
      'exports.handler = async () => ({ Status: "FAILED", PhysicalResourceId: "x", Reason: "no secret today" });',
    );
    const handler = new LambdaFunction(stack, 'Maker', {
      runtime: Runtime.NODEJS_22_X,
      handler: 'index.handler',
      code,
    });
    new CustomResource(stack, 'Pair', {
      resourceType: 'Custom::SigningKey',
      serviceToken: handler.functionArn,
      properties: { SecretId: 'secret' },
    });
  });
  await expect(deployApp(broken)).rejects.toThrow(/Custom::SigningKey Pair.*no secret today/);
});
