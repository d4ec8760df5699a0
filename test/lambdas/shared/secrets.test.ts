import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { environmentTarget } from '../../../lambdas/shared/database';
import { ownerTarget, readSecret, urlTarget } from '../../../lambdas/shared/secrets';
import { allowAll } from '../../../scripts/local/aws/authorization';
import { type AwsEndpoint, startAwsEndpoint } from '../../../scripts/local/aws/endpoint';

describe('the secret of an external database', () => {
  it('is a URL, whose sslmode cannot switch the verification of certificates off', () => {
    const url = 'postgresql://us%40er:p%3Ass@db.example:6543/na%20me?sslmode=disable';
    expect(urlTarget({ url })).toEqual({
      host: 'db.example',
      port: 6543,
      database: 'na me',
      user: 'us@er',
      password: 'p:ss',
    });
  });

  it('may name the authority of a provider with its own', () => {
    expect(urlTarget({ url: 'postgres://u:p@db.example/n', ca: 'PEM' })).toMatchObject({
      port: 5432,
      ca: 'PEM',
    });
  });

  it.each([
    [{}],
    [null],
    [{ url: 'hunter2' }],
    [{ url: 'mysql://u:hunter2@h/n' }],
    [{ url: 'postgres://h/n' }],
    [{ url: 'postgres://u:hunter2@h' }],
  ])('is refused without being shown: %#', (secret) => {
    expect(() => urlTarget(secret)).toThrow('expected the database secret to be');
    expect(() => urlTarget(secret)).not.toThrow('hunter2');
  });
});

describe('the secret of an owner', () => {
  it('is what RDS keeps', () => {
    const secret = { username: 'u', password: 'p', host: 'h', port: 5432, dbname: 'n', engine: 'postgres' };
    expect(ownerTarget(secret)).toEqual({ user: 'u', password: 'p', host: 'h', port: 5432, database: 'n' });
  });

  it('may be a URL as well', () => {
    expect(ownerTarget({ url: 'postgres://u:p@h/n' })).toMatchObject({ user: 'u', host: 'h' });
  });
});

describe('reading a secret', () => {
  let aws: AwsEndpoint;
  let directory: string;
  let calls = 0;
  const saved = { ...process.env };

  beforeAll(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'landfall-secrets-'));
    const principal = { secretAccessKey: 'secret', roleArn: 'arn:aws:iam::123456789012:role/f' };
    aws = await startAwsEndpoint({
      port: 0,
      stateDirectory: directory,
      region: 'us-east-1',
      accountId: '123456789012',
      principals: new Map([['AKIATEST', principal]]),
      authorize: (request) => {
        calls += 1;
        return allowAll(request);
      },
      log: () => undefined,
    });
    Object.assign(process.env, {
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'AKIATEST',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_ENDPOINT_URL: aws.url,
    });
  });

  afterAll(async () => {
    process.env = saved;
    await aws.close();
    await rm(directory, { recursive: true, force: true });
  });

  const create = async (name: string, SecretString: string) =>
    (await aws.secrets.createSecret({ name, properties: { SecretString } })).arn;

  it('asks once in five minutes, and again when asked for a fresh one', async () => {
    const arn = await create('kept', '{"a":1}');
    calls = 0;
    expect([await readSecret(arn), await readSecret(arn)]).toEqual([{ a: 1 }, { a: 1 }]);
    expect(calls).toBe(1);
    await readSecret(arn, { fresh: true });
    expect(calls).toBe(2);
    jest.useFakeTimers({
      now: Date.now() + 5 * 60_000,
      doNotFake: ['nextTick', 'setImmediate', 'setTimeout', 'performance'],
    });
    await readSecret(arn);
    jest.useRealTimers();
    expect(calls).toBe(3);
  });

  it('does not remember a failure', async () => {
    const arn = await create('broken', 'no json with hunter2');
    const failed = (await readSecret(arn).catch((error: unknown) => error)) as Error;
    expect(failed.message).toBe(`expected a JSON object in the secret ${arn}`);
    expect(failed.message).not.toContain('hunter2');
    await create('broken', '{"fixed":true}');
    expect(await readSecret(arn)).toEqual({ fixed: true });
  });

  it('makes the target of an external database, in the application’s role', async () => {
    const arn = await create('external', '{"url":"postgres://owner:p@db.example/n"}');
    expect(await environmentTarget({ DATABASE_SECRET_ARN: arn })()).toMatchObject({
      user: 'owner',
      role: 'app',
    });
    expect(
      await environmentTarget({ DATABASE_SECRET_ARN: arn, DATABASE_USER: 'maintenance' })(),
    ).toMatchObject({ role: 'maintenance' });
  });
});
