import { stat } from 'node:fs/promises';
import path from 'node:path';
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetRandomPasswordCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { type RunningEndpoint, startEndpoint } from './running-endpoint';

let aws: RunningEndpoint;
let client: SecretsManagerClient;

beforeAll(async () => {
  aws = await startEndpoint();
  client = new SecretsManagerClient(aws.client);
});
afterAll(async () => {
  client.destroy();
  await aws.stop();
});

const get = (SecretId: string, more = {}) => client.send(new GetSecretValueCommand({ SecretId, ...more }));
const generate = (name: string, GenerateSecretString: object) =>
  aws.secrets.createSecret({ name, properties: { GenerateSecretString } });

describe('a declared secret', () => {
  test('is generated from its template, and stays as it is when it is declared again', async () => {
    const properties = {
      SecretStringTemplate: '{"username":"landfall"}',
      GenerateStringKey: 'password',
      ExcludeCharacters: ' %+~`#$&*()|[]{}:;<>?!\'/@"\\',
      PasswordLength: 30,
    };
    const { arn } = await generate('owner', properties);
    expect(arn).toMatch(/^arn:aws:secretsmanager:us-east-1:000000000000:secret:owner-[A-Za-z0-9]{6}$/);
    const { SecretString, ARN, VersionStages } = await get(arn);
    const value = JSON.parse(SecretString ?? '') as { username: string; password: string };
    expect(value.username).toBe('landfall');
    expect(value.password).toMatch(/^[A-Za-z0-9,.=^_-]{30}$/);
    expect({ ARN, VersionStages }).toEqual({ ARN: arn, VersionStages: ['AWSCURRENT'] });
    await generate('owner', properties);
    expect((await get('owner')).SecretString).toBe(SecretString);
  });

  test('takes members of its attachment, which survive the next declaration', async () => {
    await generate('attached', { SecretStringTemplate: '{"username":"u"}', GenerateStringKey: 'password' });
    await aws.secrets.merge('attached', { host: 'localhost', port: 4002 });
    await generate('attached', { SecretStringTemplate: '{"username":"u"}', GenerateStringKey: 'password' });
    expect(JSON.parse(aws.secrets.read('attached'))).toEqual({
      username: 'u',
      password: expect.any(String),
      host: 'localhost',
      port: 4002,
    });
  });

  test('follows a changed SecretString, and otherwise what callers put', async () => {
    const declare = (SecretString: string) =>
      aws.secrets.createSecret({ name: 'fixed', properties: { SecretString } });
    await declare('one');
    await client.send(new PutSecretValueCommand({ SecretId: 'fixed', SecretString: 'by hand' }));
    await declare('one');
    expect(aws.secrets.read('fixed')).toBe('by hand');
    await declare('two');
    expect(aws.secrets.read('fixed')).toBe('two');
  });

  test('with a property that cannot run here is refused by name', async () => {
    await expect(
      aws.secrets.createSecret({ name: 'replicated', properties: { ReplicaRegions: [] } }),
    ).rejects.toThrow(/replicated.*\n.*ReplicaRegions/s);
  });
});

describe('generated passwords', () => {
  test.each<[object, RegExp]>([
    [{ PasswordLength: 8, ExcludePunctuation: true }, /^[A-Za-z0-9]{8}$/],
    [{ ExcludeLowercase: true, ExcludeUppercase: 'true', ExcludePunctuation: 'true' }, /^\d{32}$/],
    [
      { PasswordLength: '4', RequireEachIncludedType: true },
      /^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)(?=.*[^A-Za-z0-9]).{4}$/,
    ],
  ])('keep to %j', async (rules, pattern) => {
    for (let i = 0; i < 20; i++) {
      await generate(`rules ${JSON.stringify(rules)} ${i}`.replace(/[^\w]/g, '-'), rules);
      expect(aws.secrets.read(`rules ${JSON.stringify(rules)} ${i}`.replace(/[^\w]/g, '-'))).toMatch(pattern);
    }
  });

  test('come by the API, too', async () => {
    const { RandomPassword } = await client.send(
      new GetRandomPasswordCommand({ PasswordLength: 20, ExcludePunctuation: true }),
    );
    expect(RandomPassword).toMatch(/^[A-Za-z0-9]{20}$/);
  });
});

describe('versions', () => {
  test('move AWSCURRENT to the newest value and AWSPREVIOUS to the one before', async () => {
    const { ARN, VersionId } = await client.send(
      new CreateSecretCommand({ Name: 'app/versions', SecretString: 'one' }),
    );
    await client.send(new PutSecretValueCommand({ SecretId: ARN, SecretString: 'two' }));
    expect((await get('app/versions')).SecretString).toBe('two');
    expect((await get('app/versions', { VersionStage: 'AWSPREVIOUS' })).SecretString).toBe('one');
    expect((await get('app/versions', { VersionId })).SecretString).toBe('one');
    expect((await get((ARN ?? '').slice(0, -7))).SecretString).toBe('two');
    await expect(get('app/versions', { VersionStage: 'OTHER' })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  test('are pending until the rotation makes them current', async () => {
    const first = await client.send(new CreateSecretCommand({ Name: 'rotated', SecretString: 'old' }));
    const pending = await client.send(
      new PutSecretValueCommand({ SecretId: 'rotated', SecretString: 'new', VersionStages: ['AWSPENDING'] }),
    );
    expect((await get('rotated')).SecretString).toBe('old');
    const move = { SecretId: 'rotated', VersionStage: 'AWSCURRENT', MoveToVersionId: pending.VersionId };
    await expect(client.send(new UpdateSecretVersionStageCommand(move))).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
    await client.send(new UpdateSecretVersionStageCommand({ ...move, RemoveFromVersionId: first.VersionId }));
    expect((await get('rotated')).SecretString).toBe('new');
    const described = await client.send(new DescribeSecretCommand({ SecretId: 'rotated' }));
    expect(described.VersionIdsToStages).toEqual({
      [first.VersionId as string]: ['AWSPREVIOUS'],
      [pending.VersionId as string]: ['AWSPENDING', 'AWSCURRENT'],
    });
  });

  test('hold bytes as well as text', async () => {
    await client.send(new CreateSecretCommand({ Name: 'binary', SecretBinary: new Uint8Array([0, 255]) }));
    expect((await get('binary')).SecretBinary).toEqual(new Uint8Array([0, 255]));
  });

  test('are put once per client token', async () => {
    await client.send(new CreateSecretCommand({ Name: 'token', SecretString: 'one' }));
    const put = (SecretString: string) =>
      client.send(
        new PutSecretValueCommand({ SecretId: 'token', SecretString, ClientRequestToken: 'a'.repeat(32) }),
      );
    expect((await put('two')).VersionId).toBe((await put('two')).VersionId);
    await expect(put('three')).rejects.toMatchObject({ name: 'ResourceExistsException' });
  });
});

test('unknown secrets, names taken and unknown parameters are AWS’s errors', async () => {
  await expect(get('absent')).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    $metadata: { httpStatusCode: 400 },
  });
  await client.send(new CreateSecretCommand({ Name: 'taken', SecretString: 'x' }));
  await expect(
    client.send(new CreateSecretCommand({ Name: 'taken', SecretString: 'x' })),
  ).rejects.toMatchObject({ name: 'ResourceExistsException' });
  await expect(
    client.send(new ListSecretsCommand({ Filters: [{ Key: 'name', Values: ['x'] }] })),
  ).rejects.toThrow('the parameter Filters of secretsmanager ListSecrets');
  await expect(client.send(new RotateSecretCommand({ SecretId: 'taken' }))).rejects.toMatchObject({
    name: 'NotImplemented',
    $metadata: { httpStatusCode: 501 },
  });
  expect(aws.logs.join('\n')).toContain('does not implement secretsmanager RotateSecret');
});

test('secrets survive a restart, in a file only its owner can read, and never reach the log', async () => {
  await client.send(new CreateSecretCommand({ Name: 'kept', SecretString: 'very secret' }));
  expect((await stat(path.join(aws.directory, 'secrets.json'))).mode & 0o777).toBe(0o600);
  const again = await aws.restart();
  expect(again.secrets.read('kept')).toBe('very secret');
  await again.close();
  expect(aws.logs.join('\n')).not.toContain('very secret');
});

test('a rotation that is under way is still under way after a restart', async () => {
  const { ARN: arn, VersionId: old } = await client.send(
    new CreateSecretCommand({ Name: 'under-way', SecretString: 'old' }),
  );
  const { VersionId: pending } = await client.send(
    new PutSecretValueCommand({ SecretId: arn, SecretString: 'new', VersionStages: ['AWSPENDING'] }),
  );
  const again = await aws.restart();
  const restarted = new SecretsManagerClient(again.client);
  const read = async (VersionStage: string) =>
    (await restarted.send(new GetSecretValueCommand({ SecretId: arn, VersionStage }))).SecretString;
  expect([await read('AWSCURRENT'), await read('AWSPENDING')]).toEqual(['old', 'new']);
  await restarted.send(
    new UpdateSecretVersionStageCommand({
      SecretId: arn,
      VersionStage: 'AWSCURRENT',
      RemoveFromVersionId: old,
      MoveToVersionId: pending,
    }),
  );
  expect([await read('AWSCURRENT'), await read('AWSPREVIOUS')]).toEqual(['new', 'old']);
  restarted.destroy();
  await again.close();
});
