import { createHmac } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { build } from '../../scripts/build';
import { type AwsEndpoint, startAwsEndpoint } from '../../scripts/local/aws/endpoint';
import { type OidcIssuer, startOidcIssuer } from '../../scripts/local/aws/oidc-issuer';
import { ensureCertificates } from '../../scripts/local/certificates';
import { type PostgresServer, startPostgres } from '../../scripts/local/postgres/server';
import { type RedisServer, startRedis } from '../../scripts/local/redis/server';
import { proxyEvent } from '../support/api';
import { sqlDirectory } from '../support/database';
import { allowAll } from '../support/decisions';
import { invokeBundle, invokeBundleInTurn } from '../support/function-process';

/** The bundles as they are deployed, against engines that check certificates, IAM tokens and signatures. */
let directory: string;
let aws: AwsEndpoint;
let postgres: PostgresServer;
let redis: RedisServer;
let issuer: OidcIssuer;
let base: Record<string, string>;
const closing: (() => Promise<unknown>)[] = [];

const credentials = { accessKeyId: 'ASIAFUNCTION', secretAccessKey: 'secret', sessionToken: 'session/+=' };
const masterPassword = 'owner-password';
const bundle = (name: string) => path.join(directory, 'lambdas', name);

beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'landfall-bundles-'));
  const [{ caFile, cert, key }] = await Promise.all([
    ensureCertificates(path.join(directory, 'certificates')),
    build({ quiet: true, outdir: directory }),
  ]);
  const tls = { cert, key };
  const roleArn = 'arn:aws:iam::123456789012:role/function';
  aws = await startAwsEndpoint({
    port: 0,
    stateDirectory: path.join(directory, 'aws'),
    region: 'us-east-1',
    accountId: '123456789012',
    principals: new Map([[credentials.accessKeyId, { ...credentials, roleArn }]]),
    authorize: allowAll,
    log: () => undefined,
  });
  // PGlite has the extensions the bootstrap asks for.
  postgres = await startPostgres({
    tls,
    template: path.resolve(__dirname, '../../node_modules/.cache/landfall/postgres.tar.gz'),
    authenticate: async (user, password): Promise<boolean> =>
      user === 'landfall'
        ? password === masterPassword
        : aws.verifyToken(user, password, 'rds', `localhost:${postgres.port}`, ['*']),
  });
  redis = await startRedis({
    tls,
    authenticate: (user, password) => aws.verifyToken(user, password, 'elasticache', 'landfall-cache', ['*']),
  });
  issuer = await startOidcIssuer({ port: 0, tls, audience: 'landfall', stateDirectory: directory });
  closing.push(
    () => issuer.close(),
    () => redis.close(),
    () => postgres.close(),
    () => aws.close(),
    () => rm(directory, { recursive: true, force: true }),
  );
  base = {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    AWS_ENDPOINT_URL: aws.url,
    NODE_EXTRA_CA_CERTS: caFile,
    LANDFALL_VERSION: '1.2.3',
  };
});

afterAll(async () => {
  for (const close of closing) await close();
});

const databaseEnvironment = () => ({
  DATABASE_HOST: 'localhost',
  DATABASE_PORT: String(postgres.port),
  DATABASE_NAME: 'landfall',
  DATABASE_USER: 'app',
});

const cacheEnvironment = () => ({
  CACHE_HOST: 'localhost',
  CACHE_PORT: String(redis.port),
  CACHE_USER: 'app',
  CACHE_NAME: 'landfall-cache',
});

const getHealth = proxyEvent({ method: 'GET', resource: '/health' });

describe('migrations', () => {
  const ownerSecret = async (name: string, changed: object = {}): Promise<string> => {
    const owner = {
      username: 'landfall',
      password: masterPassword,
      host: 'localhost',
      port: postgres.port,
      dbname: 'landfall',
    };
    const SecretString = JSON.stringify({ ...owner, ...changed });
    return (await aws.secrets.createSecret({ name, properties: { SecretString } })).arn;
  };

  // The files of the repository, which the bundle has to carry.
  const labels = readdirSync(sqlDirectory)
    .map((file) => file.replace('.sql', ''))
    .sort();
  const version = labels.length;

  it('brings a database with all extensions to the newest version, by the owner’s secret, and again to no effect', async () => {
    const environment = { ...base, DATABASE_SECRET_ARN: await ownerSecret('owner') };
    const first = await invokeBundle(bundle('migrations'), environment);
    expect(first).toMatchObject({ result: { applied: labels, version } });
    expect(await invokeBundle(bundle('migrations'), environment)).toMatchObject({
      result: { applied: [], version },
    });
    expect(first.log).not.toContain(masterPassword);
  });

  it('takes the place of the database from its environment, as a secret managed by RDS holds none', async () => {
    const SecretString = JSON.stringify({ username: 'landfall', password: masterPassword });
    const { arn } = await aws.secrets.createSecret({ name: 'rds!db', properties: { SecretString } });
    const environment = { ...base, ...databaseEnvironment(), DATABASE_SECRET_ARN: arn };
    expect(await invokeBundle(bundle('migrations'), environment)).toMatchObject({ result: { version } });
  });

  it('fails the deployment when the password is wrong, without telling it', async () => {
    const environment = {
      ...base,
      DATABASE_SECRET_ARN: await ownerSecret('wrong', { password: 'not-the-password' }),
    };
    const outcome = await invokeBundle(bundle('migrations'), environment);
    expect(outcome.error).toMatch(/password/);
    expect(JSON.stringify(outcome)).not.toContain('not-the-password');
  });

  it('refuses a server whose certificate it does not trust', async () => {
    const untrusting = { ...base, NODE_EXTRA_CA_CERTS: '', DATABASE_SECRET_ARN: await ownerSecret('owner') };
    expect((await invokeBundle(bundle('migrations'), untrusting)).error).toMatch(/certificate/);
  });

  it('names a secret that is missing', async () => {
    const outcome = await invokeBundle(bundle('migrations'), { ...base, DATABASE_SECRET_ARN: 'absent' });
    expect(outcome.error).toMatch(/expected the secret absent to have AWSCURRENT, found no such secret/);
    expect((await invokeBundle(bundle('migrations'), base)).error).toMatch('DATABASE_SECRET_ARN');
  });
});

describe('health', () => {
  it('logs in to database and cache with IAM tokens', async () => {
    const environment = { ...base, ...databaseEnvironment(), ...cacheEnvironment() };
    const { result } = await invokeBundle(bundle('health'), environment, getHealth);
    expect(result).toMatchObject({
      statusCode: 200,
      body: JSON.stringify({ status: 'ok', version: '1.2.3', checks: { database: 'ok', cache: 'ok' } }),
    });
  });

  it('answers 503 when its role may not log in, without a word about hosts', async () => {
    const strange = { AWS_SECRET_ACCESS_KEY: 'of somebody else' };
    const environment = { ...base, ...databaseEnvironment(), ...cacheEnvironment(), ...strange };
    const { result, log } = await invokeBundle(bundle('health'), environment, getHealth);
    const { statusCode, body } = result as { statusCode: number; body: string };
    expect(statusCode).toBe(503);
    expect(JSON.parse(body).error.details.checks).toEqual({ database: 'unreachable', cache: 'unreachable' });
    expect(body).not.toMatch(/localhost|127\.0|password/);
    expect(log).toContain('WRONGPASS');
    // The driver of the cache hands a refused command over with its arguments; here that is the token.
    expect(log).not.toMatch(/X-Amz-(?:Signature|Security-Token)/i);
  });

  it('does not trust a server whose certificate nobody signed for it', async () => {
    const untrusting = { ...base, NODE_EXTRA_CA_CERTS: '', ...databaseEnvironment(), ...cacheEnvironment() };
    const { result } = await invokeBundle(bundle('health'), untrusting, getHealth);
    expect(result).toMatchObject({ statusCode: 503 });
  });

  it('does without a cache where there is none', async () => {
    const { result } = await invokeBundle(bundle('health'), { ...base, ...databaseEnvironment() }, getHealth);
    expect(JSON.parse((result as { body: string }).body).checks.cache).toBe('off');
  });

  it('reaches an external database by its secret', async () => {
    const SecretString = JSON.stringify({
      url: `postgresql://landfall:${masterPassword}@localhost:${postgres.port}/landfall?sslmode=disable`,
    });
    const { arn } = await aws.secrets.createSecret({ name: 'external', properties: { SecretString } });
    const { result, log } = await invokeBundle(
      bundle('health'),
      { ...base, DATABASE_SECRET_ARN: arn },
      getHealth,
    );
    // On RDS the owner may not become the application's role, so this secret is refused: by Postgres, not by us.
    expect(result).toMatchObject({ statusCode: 503 });
    expect(log).toContain('permission denied to set role');
    expect(log).not.toContain(masterPassword);
  });
});

describe('authorizer', () => {
  const methodArn = 'arn:aws:execute-api:us-east-1:123456789012:abc/prod/GET/documents';
  const askEach = (tokens: readonly string[], changed: Record<string, string> = {}) =>
    invokeBundleInTurn(
      bundle('authorizer'),
      {
        ...base,
        OIDC_ISSUER: issuer.issuer,
        OIDC_AUDIENCE: 'landfall',
        OIDC_ALGORITHMS: 'RS256,ES256',
        ...changed,
      },
      tokens.map((token) => ({ type: 'TOKEN', authorizationToken: `Bearer ${token}`, methodArn })),
    );
  const ask = async (token: string, changed?: Record<string, string>) => (await askEach([token], changed))[0];
  const person = { sub: 'someone', email: 'user@example.com' };

  it('accepts a token of the issuer, found by its discovery document', async () => {
    expect((await ask(issuer.issue(person)))?.result).toMatchObject({
      principalId: 'someone',
      context: { iss: issuer.issuer, sub: 'someone', email: 'user@example.com' },
    });
  });

  it('refuses everything else with the one word API Gateway understands', async () => {
    const good = issuer.issue(person);
    const [header = '', payload = '', signature = ''] = good.split('.');
    const unsigned = Buffer.from('{"alg":"none","kid":"x"}').toString('base64url');
    const forged = Buffer.from(
      JSON.stringify({ ...JSON.parse(Buffer.from(payload, 'base64url').toString()), sub: 'admin' }),
    ).toString('base64url');
    const tokens = [
      issuer.issue({ ...person, expiresIn: -10 }),
      issuer.issue({ ...person, audience: 'another-app' }),
      `${header}.${forged}.${signature}`,
      `${unsigned}.${payload}.`,
      `${unsigned}.${payload}.${signature}`,
      `${header}.${payload}.${signature.slice(0, -4)}AAAA`,
      'garbage',
    ];
    // The good one among them shows that the others are refused for what they are.
    const outcomes = await askEach([...tokens, good]);
    expect(outcomes.map(({ error }) => error)).toEqual([...tokens.map(() => 'Unauthorized'), undefined]);
    for (const token of tokens) expect(outcomes[0]?.log).not.toContain(token);
    expect((await ask(good, { OIDC_ISSUER: `${issuer.issuer}/other` }))?.error).toBe('Unauthorized');
  });

  it('accepts a token of the shared secret in Secrets Manager, where that is allowed', async () => {
    const secret = 'the-shared-secret-of-an-old-project';
    const { arn } = await aws.secrets.createSecret({
      name: 'issuer/shared-secret',
      properties: { SecretString: JSON.stringify({ secret }) },
    });
    const exp = Math.floor(Date.now() / 1000) + 60;
    const [head, body] = [
      { alg: 'HS256' },
      { iss: issuer.issuer, aud: 'landfall', sub: 'someone', exp, app_metadata: { role: 'admin' } },
    ].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
    const mac = createHmac('sha256', secret).update(`${head}.${body}`).digest('base64url');
    const token = `${head}.${body}.${mac}`;
    const allowed = { OIDC_SHARED_SECRET_ARN: arn };
    const [outcome] = await askEach([token], allowed);
    expect(outcome?.result).toMatchObject({
      principalId: 'someone',
      context: { claims: JSON.stringify({ app_metadata: { role: 'admin' } }) },
    });
    expect(outcome?.log).not.toContain(secret);
    expect((await ask(token))?.error).toBe('Unauthorized');
    // The issuer's own keys are as good as before.
    expect((await ask(issuer.issue(person), allowed))?.result).toMatchObject({ principalId: 'someone' });
  });

  it('does not start with an issuer that is not https', async () => {
    await expect(ask('a.b.c', { OIDC_ISSUER: 'http://issuer.example' })).rejects.toThrow('OIDC_ISSUER');
  });
});
