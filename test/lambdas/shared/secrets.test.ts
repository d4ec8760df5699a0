import {
  CreateSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import * as z from 'zod';
import { environmentTarget, openDatabase } from '../../../lambdas/shared/database';
import { openSecrets } from '../../../lambdas/shared/secrets';
import { type RunningEndpoint, startEndpoint } from '../../scripts/local/aws/running-endpoint';
import { allow, deny } from '../../support/decisions';

const minute = 60_000;
const password = z.object({ password: z.string().min(1) }).describe('{"password": "..."}');

let aws: RunningEndpoint;
let client: SecretsManagerClient;
let now: number;
let secrets: ReturnType<typeof openSecrets>;
const saved = { ...process.env };

beforeAll(async () => {
  aws = await startEndpoint();
  client = new SecretsManagerClient(aws.client);
});
beforeEach(() => {
  now = Date.parse('2026-03-01T12:00:00Z');
  secrets = openSecrets({ clock: () => new Date(now) });
  aws.decide = async () => allow;
  aws.asked.length = 0;
  Object.assign(process.env, {
    AWS_REGION: aws.client.region,
    AWS_ACCESS_KEY_ID: aws.client.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: aws.client.credentials.secretAccessKey,
    AWS_SESSION_TOKEN: aws.client.credentials.sessionToken,
    AWS_ENDPOINT_URL: aws.url,
  });
});
afterAll(async () => {
  process.env = saved;
  client.destroy();
  await aws.stop();
});

let created = 0;
/** A secret of its own for every test; answers its ARN and the id of its version. */
async function create(SecretString: string | undefined): Promise<{ arn: string; first: string }> {
  const Name = `secret-${++created}`;
  const { ARN = '', VersionId = '' } = await client.send(new CreateSecretCommand({ Name, SecretString }));
  return { arn: ARN, first: VersionId };
}
const put = async (arn: string, value: object | string, VersionStages?: string[]): Promise<string> => {
  const SecretString = typeof value === 'string' ? value : JSON.stringify(value);
  const command = new PutSecretValueCommand({ SecretId: arn, SecretString, VersionStages });
  return (await client.send(command)).VersionId ?? '';
};
const moveCurrent = (arn: string, from: string, to: string) =>
  client.send(
    new UpdateSecretVersionStageCommand({
      SecretId: arn,
      VersionStage: 'AWSCURRENT',
      RemoveFromVersionId: from,
      MoveToVersionId: to,
    }),
  );
const reads = () => aws.asked.filter(({ action }) => action === 'secretsmanager:GetSecretValue').length;
const takeDown = () => {
  process.env.AWS_ENDPOINT_URL = 'http://127.0.0.1:9';
};
const failure = async (promise: Promise<unknown>): Promise<Error & { fault?: string }> =>
  promise.then(
    () => new Error('nothing failed'),
    (error) => error as Error,
  );

describe('a value', () => {
  it('serves for five minutes and is then read anew', async () => {
    const { arn } = await create('{"password":"one"}');
    expect(await secrets.json(arn, password)).toEqual({ password: 'one' });
    await put(arn, { password: 'two' });
    now += 5 * minute - 1;
    expect(await secrets.json(arn, password)).toEqual({ password: 'one' });
    expect(reads()).toBe(1);
    now += 1;
    expect(await secrets.json(arn, password)).toEqual({ password: 'two' });
    expect(reads()).toBe(2);
  });

  it('is no older than five minutes because the clock was set back', async () => {
    const { arn } = await create('one');
    await secrets.text(arn);
    now -= 60 * minute;
    await secrets.text(arn);
    expect(reads()).toBe(2);
  });

  it('is asked for once by fifty readers at the same time, also when it has expired', async () => {
    const { arn } = await create('one');
    const fifty = () => Promise.all(Array.from({ length: 50 }, () => secrets.text(arn)));
    expect(new Set(await fifty())).toEqual(new Set(['one']));
    expect(reads()).toBe(1);
    now += 6 * minute;
    await fifty();
    expect(reads()).toBe(2);
  });

  it('may be text that is no JSON', async () => {
    const { arn } = await create('{not json');
    expect(await secrets.text(arn)).toBe('{not json');
  });

  it('is found by stage and by version, each kept for itself', async () => {
    const { arn, first } = await create('one');
    const second = await put(arn, 'two');
    const third = await put(arn, 'three', ['AWSPENDING']);
    for (let i = 0; i < 2; i++) {
      expect(await secrets.text(arn)).toBe('two');
      expect(await secrets.text(arn, { stage: 'AWSCURRENT' })).toBe('two');
      expect(await secrets.text(arn, { stage: 'AWSPREVIOUS' })).toBe('one');
      expect(await secrets.text(arn, { stage: 'AWSPENDING' })).toBe('three');
      expect(await secrets.text(arn, { versionId: first })).toBe('one');
      expect(await secrets.text(arn, { versionId: second })).toBe('two');
      expect(await secrets.text(arn, { versionId: third })).toBe('three');
    }
    expect(reads()).toBe(6);
  });

  it('is read anew on demand', async () => {
    const { arn } = await create('{"password":"one"}');
    await secrets.json(arn, password);
    await put(arn, { password: 'two' });
    expect(await secrets.refresh(arn, password)).toEqual({ password: 'two' });
    expect(await secrets.json(arn, password)).toEqual({ password: 'two' });
    expect(reads()).toBe(2);
  });
});

describe('what cannot be read is an error that names the secret and the fix', () => {
  it('when it is absent', async () => {
    const error = await failure(secrets.text('secret-absent'));
    expect(error).toMatchObject({ name: 'SecretError', fault: 'absent' });
    expect(error.message).toMatch(
      /expected the secret secret-absent to have AWSCURRENT.*aws secretsmanager describe-secret/,
    );
  });

  it('when it has no value yet, or not that version', async () => {
    const { arn: declared } = await aws.secrets.createSecret({ name: 'declared-only' });
    expect(await failure(secrets.text(declared))).toMatchObject({ fault: 'absent' });
    const { arn } = await create('one');
    expect((await failure(secrets.text(arn, { stage: 'AWSPENDING' }))).message).toContain(
      'to have AWSPENDING',
    );
  });

  it('when the role may not', async () => {
    const { arn } = await create('one');
    aws.decide = async ({ action }) => (action === 'secretsmanager:GetSecretValue' ? deny : allow);
    const error = await failure(secrets.text(arn));
    expect(error).toMatchObject({ fault: 'denied' });
    expect(error.message).toContain(`to read the secret ${arn}, found 400 AccessDeniedException`);
    expect(error.message).toContain('needs secretsmanager:GetSecretValue');
    expect(reads()).toBe(1);
  });

  it('when it is empty: bytes are no text', async () => {
    const { ARN = '' } = await client.send(
      new CreateSecretCommand({ Name: 'bytes', SecretBinary: new Uint8Array([1, 2]) }),
    );
    expect(await failure(secrets.text(ARN))).toMatchObject({ fault: 'empty' });
    const { arn } = await create('');
    expect(await failure(secrets.text(arn))).toMatchObject({ fault: 'empty' });
  });

  it.each([
    ['no JSON', 'hunter2 {'],
    ['JSON of another shape', '{"hunter2":"hunter2"}'],
    ['JSON of another shape', '{"password":""}'],
    ['JSON of another shape', 'null'],
  ])('when it is %s, without a word of its content', async (found, value) => {
    const { arn } = await create(value);
    const error = await failure(secrets.json(arn, password));
    expect(error.message).toContain(`expected {"password": "..."} in the secret ${arn}, found ${found}`);
    expect(error.message).toContain('put-secret-value');
    expect(`${error.message}${error.stack}${JSON.stringify(error)}${error.cause}`).not.toContain('hunter2');
  });

  it('and never what a variable of the environment says', async () => {
    const { arn } = await create('');
    process.env.PASSWORD = 'fallback';
    process.env[arn] = 'fallback';
    await expect(secrets.text(arn)).rejects.toMatchObject({ fault: 'empty' });
    delete process.env.PASSWORD;
    delete process.env[arn];
  });

  it('and is not remembered', async () => {
    const { arn } = await create('no json');
    await failure(secrets.json(arn, password));
    await put(arn, { password: 'one' });
    expect(await secrets.refresh(arn, password)).toEqual({ password: 'one' });
    await failure(secrets.text('secret-late'));
    await client.send(new CreateSecretCommand({ Name: 'secret-late', SecretString: 'here' }));
    expect(await secrets.text('secret-late')).toBe('here');
  });
});

describe('while Secrets Manager is down', () => {
  it('a value younger than five minutes serves, and an older one does not', async () => {
    const { arn } = await create('one');
    await secrets.text(arn);
    takeDown();
    now += 5 * minute - 1;
    expect(await secrets.text(arn)).toBe('one');
    now += 1;
    const error = await failure(secrets.text(arn));
    expect(error).toMatchObject({ fault: 'unavailable' });
    expect(error.message).toContain(`with the secret ${arn}, found no answer`);
    process.env.AWS_ENDPOINT_URL = aws.url;
    expect(await secrets.text(arn)).toBe('one');
  });

  it('a refresh fails, and leaves what is still young', async () => {
    const { arn } = await create('{"password":"one"}');
    await secrets.json(arn, password);
    takeDown();
    await expect(secrets.refresh(arn, password)).rejects.toMatchObject({ fault: 'unavailable' });
    expect(await secrets.json(arn, password)).toEqual({ password: 'one' });
  });
});

describe('a secret that is refused', () => {
  /** Something that takes one password. */
  class Door {
    asked = 0;
    constructor(public password: string) {}
    enter = async (given: { password: string }): Promise<string> => {
      this.asked += 1;
      if (given.password !== this.password) throw new Error('wrong password');
      return 'inside';
    };
  }
  const isWrong = (error: unknown) => error instanceof Error && error.message === 'wrong password';
  const enter = (arn: string, door: Door) => secrets.withSecret(arn, password, door.enter, isWrong);

  it('is read anew once, and used again', async () => {
    const { arn } = await create('{"password":"one"}');
    const door = new Door('one');
    expect(await enter(arn, door)).toBe('inside');
    await put(arn, { password: 'two' });
    door.password = 'two';
    expect(await enter(arn, door)).toBe('inside');
    expect([reads(), door.asked]).toEqual([2, 3]);
  });

  it('is followed through every step of a rotation', async () => {
    const { arn, first } = await create('{"password":"one"}');
    const door = new Door('one');
    const version = await put(arn, { password: 'two' }, ['AWSPENDING']);
    expect(await enter(arn, door)).toBe('inside');
    // The other side has the new password already, and AWSCURRENT is still the old one.
    door.password = 'two';
    expect(await enter(arn, door)).toBe('inside');
    expect(reads()).toBe(3);
    // Until the rotation ends, what is known is enough.
    expect(await enter(arn, door)).toBe('inside');
    expect(reads()).toBe(3);
    await moveCurrent(arn, first, version);
    now += 5 * minute;
    door.asked = 0;
    expect(await enter(arn, door)).toBe('inside');
    expect([reads(), door.asked]).toEqual([4, 1]);
  });

  it('costs two reads in thirty seconds, however many requests fail on it', async () => {
    const { arn } = await create('{"password":"wrong"}');
    const door = new Door('right');
    for (let i = 0; i < 50; i++) await expect(enter(arn, door)).rejects.toThrow('wrong password');
    // The first reading, AWSCURRENT anew, and AWSPENDING.
    expect([reads(), door.asked]).toEqual([3, 50]);
    await put(arn, { password: 'right' });
    await expect(enter(arn, door)).rejects.toThrow('wrong password');
    now += 30_000;
    expect(await enter(arn, door)).toBe('inside');
    expect(reads()).toBe(4);
  });

  it('is read anew once for fifty that are refused at the same time', async () => {
    const { arn } = await create('{"password":"one"}');
    const door = new Door('one');
    await enter(arn, door);
    await put(arn, { password: 'two' });
    door.password = 'two';
    const entered = await Promise.all(Array.from({ length: 50 }, () => enter(arn, door)));
    expect(new Set(entered)).toEqual(new Set(['inside']));
    expect(reads()).toBe(2);
  });

  it('is not tried again when something else failed', async () => {
    const { arn } = await create('{"password":"one"}');
    const use = jest.fn().mockRejectedValue(new Error('the network is down'));
    await expect(secrets.withSecret(arn, password, use, isWrong)).rejects.toThrow('the network is down');
    expect([use.mock.calls.length, reads()]).toEqual([1, 1]);
  });

  it('fails closed when Secrets Manager is down or says no, and asks it no more than once in that time', async () => {
    const { arn } = await create('{"password":"one"}');
    const door = new Door('one');
    await enter(arn, door);
    door.password = 'two';
    aws.decide = async () => deny;
    await expect(enter(arn, door)).rejects.toMatchObject({ fault: 'denied' });
    const before = reads();
    await expect(enter(arn, door)).rejects.toThrow('wrong password');
    expect(reads()).toBe(before);
  });

  it('is not replaced by a new value of another shape', async () => {
    const { arn } = await create('{"password":"one"}');
    const door = new Door('two');
    await enter(arn, new Door('one'));
    await put(arn, 'hunter2');
    await expect(enter(arn, door)).rejects.toMatchObject({ fault: 'malformed' });
  });
});

describe('the target of an external database', () => {
  it('is in the application’s role, or in the one of the environment', async () => {
    const { arn } = await create('{"url":"postgres://owner:p@db.example/n"}');
    expect(await environmentTarget({ DATABASE_SECRET_ARN: arn })()).toMatchObject({
      user: 'owner',
      role: 'app',
    });
    expect(
      await environmentTarget({ DATABASE_SECRET_ARN: arn, DATABASE_USER: 'maintenance' })(),
    ).toMatchObject({ role: 'maintenance' });
  });

  it('that Secrets Manager does not tell is a database that cannot be reached; one that is not there is our fault', async () => {
    const { arn } = await create('{"url":"postgres://owner:p@db.example/n"}');
    takeDown();
    await expect(openDatabase(environmentTarget({ DATABASE_SECRET_ARN: arn })).ping()).rejects.toMatchObject({
      name: 'ApiError',
      code: 'unavailable',
    });
    process.env.AWS_ENDPOINT_URL = aws.url;
    await expect(
      openDatabase(environmentTarget({ DATABASE_SECRET_ARN: 'absent' })).ping(),
    ).rejects.toMatchObject({ name: 'SecretError', fault: 'absent' });
  });

  it('has a successor when it was refused and the secret is another by now', async () => {
    const { arn } = await create('{"url":"postgres://owner:one@db.example/n"}');
    const target = await environmentTarget({ DATABASE_SECRET_ARN: arn })();
    await put(arn, { url: 'postgres://owner:two@db.example/n' });
    expect(await target.whenRefused?.()).toMatchObject({ password: 'two', role: 'app' });
  });
});
