import { createPrivateKey, createPublicKey } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { answer } from '../../../lambdas/signing-key/answer';
import type { Response } from '../../../lambdas/signing-key/respond';
import { respond } from '../../../lambdas/signing-key/respond';
import { oncePermitted, secretKeyStore } from '../../../lambdas/signing-key/secret-key-store';
import { type RunningEndpoint, startEndpoint } from '../../scripts/local/aws/running-endpoint';

let aws: RunningEndpoint;
let client: SecretsManagerClient;
const logged: unknown[] = [];
const deps = {
  storeOf: (id: string) => secretKeyStore(client, id),
  log: (...line: unknown[]) => void logged.push(line),
};

beforeAll(async () => {
  aws = await startEndpoint();
  client = new SecretsManagerClient(aws.client);
});
afterAll(async () => {
  client.destroy();
  await aws.stop();
});

let count = 0;
const emptySecret = async (): Promise<string> => {
  const { arn } = await aws.secrets.createSecret({ name: `key-${++count}` });
  return arn;
};
const request = (SecretId: string, more: object = {}) => ({
  RequestType: 'Create',
  StackId: 'stack',
  RequestId: 'request',
  LogicalResourceId: 'Pair',
  ResourceProperties: { ServiceToken: 'arn', SecretId },
  ...more,
});
const storedIn = async (SecretId: string): Promise<string> => {
  const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId }));
  return SecretString;
};

describe('a creation', () => {
  test('puts an RSA key of 2048 bits into the secret and answers the public half of exactly this key', async () => {
    const secret = await emptySecret();
    const response = await answer(request(secret), deps);
    expect(response).toEqual({
      Status: 'SUCCESS',
      PhysicalResourceId: secret,
      StackId: 'stack',
      RequestId: 'request',
      LogicalResourceId: 'Pair',
      Data: { PublicKey: expect.stringMatching(/^-----BEGIN PUBLIC KEY-----\n/) },
    });
    const { privateKey } = JSON.parse(await storedIn(secret)) as { privateKey: string };
    expect(createPrivateKey(privateKey).asymmetricKeyDetails).toMatchObject({ modulusLength: 2048 });
    expect(createPublicKey(privateKey).export({ type: 'spki', format: 'pem' })).toBe(
      response.Data?.PublicKey,
    );
  });

  test('that is repeated, and an update, answer the same key', async () => {
    const secret = await emptySecret();
    const first = await answer(request(secret), deps);
    const before = await storedIn(secret);
    expect(await answer(request(secret), deps)).toEqual(first);
    const update = request(secret, { RequestType: 'Update', PhysicalResourceId: secret });
    expect((await answer(update, deps)).Data).toEqual(first.Data);
    expect(await storedIn(secret)).toBe(before);
  });

  test('that runs five times at once answers one key, the one in the secret', async () => {
    const secret = await emptySecret();
    const responses = await Promise.all(Array.from({ length: 5 }, () => answer(request(secret), deps)));
    const { privateKey } = JSON.parse(await storedIn(secret)) as { privateKey: string };
    const expected = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' });
    expect(responses.map(({ Data }) => Data?.PublicKey)).toEqual(Array(5).fill(expected));
  });

  test('of another secret makes another key', async () => {
    const [one, two] = await Promise.all([
      answer(request(await emptySecret()), deps),
      answer(request(await emptySecret()), deps),
    ]);
    expect(one.Data?.PublicKey).not.toBe(two.Data?.PublicKey);
  });

  test('leaves the private key out of the answer and the log', async () => {
    const secret = await emptySecret();
    const response = await answer(request(secret), deps);
    expect(JSON.stringify([response, logged, aws.logs])).not.toContain('PRIVATE KEY');
  });
});

describe('a failure names the secret and the reason', () => {
  test('when there is no such secret', async () => {
    expect(
      await answer(request('arn:aws:secretsmanager:us-east-1:000000000000:secret:absent-AbCdEf'), deps),
    ).toMatchObject({
      Status: 'FAILED',
      PhysicalResourceId: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:absent-AbCdEf',
      Reason:
        "No signing key in arn:aws:secretsmanager:us-east-1:000000000000:secret:absent-AbCdEf: Secrets Manager can't find the specified secret.",
    });
  });

  test('when the secret holds something else, which is not shown and not overwritten', async () => {
    const { arn } = await aws.secrets.createSecret({
      name: 'taken',
      properties: { SecretString: '{"privateKey":"hunter2"}' },
    });
    const response = await answer(request(arn), deps);
    expect(response).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringContaining('add another name to storage.signingKeys'),
    });
    expect(response.Reason).not.toContain('hunter2');
    expect(await storedIn(arn)).toContain('hunter2');
  });

  test('when the event makes no sense', async () => {
    expect(await answer({ RequestType: 'Create', LogicalResourceId: 'Pair' }, deps)).toMatchObject({
      Status: 'FAILED',
      LogicalResourceId: 'Pair',
      Reason: expect.stringContaining('with the property SecretId'),
    });
    expect(await answer(undefined, deps)).toMatchObject({ Status: 'FAILED' });
  });
});

test('a deletion succeeds and touches nothing: the secret goes by its own policy', async () => {
  const secret = await emptySecret();
  await answer(request(secret), deps);
  const before = await storedIn(secret);
  const response = await answer(
    request(secret, { RequestType: 'Delete', PhysicalResourceId: 'what-it-was-called' }),
    deps,
  );
  expect(response).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'what-it-was-called' });
  expect(await storedIn(secret)).toBe(before);
});

describe('CloudFormation', () => {
  const received: { method?: string | undefined; type?: string | undefined; body: Response }[] = [];
  let failures = 0;
  const server = createServer((message, response) => {
    const parts: Buffer[] = [];
    message.on('data', (part: Buffer) => parts.push(part));
    message.on('end', () => {
      response.statusCode = failures-- > 0 ? 503 : 200;
      response.end();
      if (response.statusCode === 200)
        received.push({
          method: message.method,
          type: message.headers['content-type'],
          body: JSON.parse(Buffer.concat(parts).toString()),
        });
    });
  });
  let url: string;
  beforeAll(async () => {
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/answer?X-Amz-Signature=hunter2`;
  });
  afterAll(() => new Promise((done) => server.close(done)));
  beforeEach(() => {
    received.length = 0;
    failures = 0;
  });

  test.each([
    ['success', async () => request(await emptySecret()), 'SUCCESS'],
    [
      'failure',
      async () => request('arn:aws:secretsmanager:us-east-1:000000000000:secret:absent-AbCdEf'),
      'FAILED',
    ],
    ['event without sense', async () => ({ RequestType: 'Create' }), 'FAILED'],
  ])(
    'hears of every %s, in a request with the headers that its address is signed for',
    async (_, event, status) => {
      const response = await answer({ ...(await event()), ResponseURL: url }, deps);
      expect(received).toEqual([
        { method: 'PUT', type: undefined, body: expect.objectContaining({ Status: status }) },
      ]);
      expect(received[0]?.body).toEqual(JSON.parse(JSON.stringify(response)));
    },
  );

  const response = { Status: 'SUCCESS', PhysicalResourceId: 'id' } as const;

  test('is asked again while it does not answer', async () => {
    failures = 2;
    await respond(url, response, 1);
    expect(received).toHaveLength(1);
  });

  test('is given up in the end, without showing the address, which is a credential', async () => {
    failures = Number.POSITIVE_INFINITY;
    const given = respond(url, response, 1);
    await expect(given).rejects.toThrow('found status 503 at attempt 4');
    await expect(given).rejects.not.toThrow('hunter2');
  });
});

describe('a permission that is not there yet', () => {
  const denied = Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' });

  test('is waited for', async () => {
    const work = jest.fn().mockRejectedValueOnce(denied).mockResolvedValueOnce('key');
    await expect(oncePermitted(work, { attempts: 3, pauseMs: 1 })).resolves.toBe('key');
  });

  test('is not waited for forever, and nothing else is waited for', async () => {
    const never = jest.fn().mockRejectedValue(denied);
    await expect(oncePermitted(never, { attempts: 3, pauseMs: 1 })).rejects.toBe(denied);
    expect(never).toHaveBeenCalledTimes(3);
    const broken = jest.fn().mockRejectedValue(new Error('broken'));
    await expect(oncePermitted(broken, { attempts: 3, pauseMs: 1 })).rejects.toThrow('broken');
    expect(broken).toHaveBeenCalledTimes(1);
  });
});
