import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CognitoIdentityProviderClient, SignUpCommand } from '@aws-sdk/client-cognito-identity-provider';
import { DynamoDBClient, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { declareQueues, type Started, table } from './crashing-endpoint';
import { CREDENTIALS, REGION, startEndpoint } from './running-endpoint';

let directory: string;
let child: ChildProcess | undefined;

beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'landfall-crash-'));
});
afterAll(async () => {
  child?.kill('SIGKILL');
  await rm(directory, { recursive: true, force: true });
});

async function startChild(): Promise<Started> {
  child = spawn(
    process.execPath,
    ['--import', 'tsx', path.join(__dirname, 'crashing-endpoint.ts'), directory],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NODE_OPTIONS: '', NODE_NO_WARNINGS: '1' },
    },
  );
  if (!child.stdout) throw new Error('no output');
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return JSON.parse(line.toString()) as Started;
}

const md5 = (data: Uint8Array) => createHash('md5').update(data).digest('hex');

test('whatever was acknowledged before a kill -9 is whole afterwards, and nothing half-written shows', async () => {
  /** Key to the digests acknowledged for it; the last one is current. */
  const objects = new Map<string, string>();
  const users: string[] = [];
  const secrets: string[] = [];
  /** Transactions sent, with whether they were acknowledged. */
  const pairs = new Map<string, boolean>();
  /** Bodies of messages sent, with whether their deletion was asked for. */
  const messages = new Map<string, boolean>();
  let acknowledged = 0;
  let poolId = '';
  for (let round = 0; round < 3; round++) {
    const started = await startChild();
    poolId = started.poolId;
    const options = { endpoint: started.url, region: REGION, credentials: CREDENTIALS, maxAttempts: 1 };
    const [s3, cognito, vault, dynamodb, sqs] = [
      new S3Client(options),
      new CognitoIdentityProviderClient(options),
      new SecretsManagerClient(options),
      new DynamoDBClient(options),
      new SQSClient(options),
    ];
    let stopped = false;
    const writer = async (name: string, write: (i: number) => Promise<unknown>) => {
      for (let i = 0; !stopped; i++) {
        try {
          await write(i);
        } catch (error) {
          if (!stopped) throw new Error(`${name}: ${(error as Error).message}`, { cause: error });
        }
      }
    };
    const put = async (Bucket: string, Key: string) => {
      const Body = randomBytes(1 + Math.floor(Math.random() * 200_000));
      const id = `${Bucket}/${Key}`;
      await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
      objects.set(id, md5(Body));
      acknowledged++;
    };
    const writing = Promise.all([
      writer('new objects', (i) => put('plain', `new ${round} ${i}`)),
      writer('versions', (i) => put('versions', `key ${i % 3}`)),
      writer('users', async (i) => {
        const Username = `user-${round}-${i}`;
        await cognito.send(
          new SignUpCommand({ ClientId: started.clientId, Username, Password: 'Correct-horse-1' }),
        );
        users.push(Username);
      }),
      writer('secrets', async (i) => {
        const Name = `secret-${round}-${i}`;
        await vault.send(new CreateSecretCommand({ Name, SecretString: Name }));
        secrets.push(Name);
      }),
      writer('messages', async (i) => {
        const MessageBody = `message ${round} ${i}`;
        const QueueUrl = `${started.url}/000000000000/work`;
        await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
        messages.set(MessageBody, false);
        const { Messages = [] } = await sqs.send(
          new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
        );
        const [first] = Messages;
        if (i % 2 === 0 || !first?.Body) return;
        messages.set(first.Body, true);
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: first.ReceiptHandle }));
      }),
      writer('transactions', async (i) => {
        const pair = `${round}-${i}`;
        pairs.set(pair, false);
        const TransactItems = ['left', 'right'].map((side) => ({
          Put: { TableName: table.name, Item: { pk: { S: `${side} ${pair}` } } },
        }));
        await dynamodb.send(new TransactWriteItemsCommand({ TransactItems }));
        pairs.set(pair, true);
      }),
    ]);
    // By progress, not by the clock: the machine may be busy. The kill itself may fall anywhere.
    const wanted = { writes: acknowledged + 15, users: users.length + 1 };
    const progress = async () => {
      while (acknowledged < wanted.writes || users.length < wanted.users) await delay(5);
    };
    await Promise.race([progress(), writing]);
    await delay(Math.random() * 50);
    stopped = true;
    const exited = once(child as ChildProcess, 'exit');
    child?.kill('SIGKILL');
    await Promise.all([writing, exited]);
    for (const client of [s3, cognito, vault, dynamodb, sqs]) client.destroy();
  }

  const aws = await startEndpoint({ stateDirectory: directory });
  const s3 = new S3Client(aws.client);
  for (const Bucket of ['plain', 'versions']) {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
    for (const { Key = '', ETag } of Contents) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      expect(`"${md5((await Body?.transformToByteArray()) ?? new Uint8Array())}"`).toBe(ETag);
    }
    const files = await readdir(path.join(directory, 's3', Bucket, 'objects'));
    const stems = new Set(files.filter((file) => file.endsWith('.json')).map((file) => file.slice(0, 32)));
    expect(files.filter((file) => !stems.has(file.slice(0, 32)) || file.endsWith('.tmp'))).toEqual([]);
    expect(await readdir(path.join(directory, 's3', Bucket, 'staging'))).toEqual([]);
  }
  for (const [id, digest] of objects) {
    const [Bucket = '', Key = ''] = id.split(/\/(.*)/s);
    const versions = aws.s3.bucket(Bucket).store.versions(Key);
    // A version written but not yet acknowledged may be newer; the acknowledged one must be there.
    expect(versions.map(({ etag }) => etag)).toContain(digest);
  }
  await aws.cognito.createUserPool({ key: 'pool' });
  for (const name of users) expect(aws.cognito.pool(poolId).find(name)).toBeDefined();
  for (const name of secrets) expect(aws.secrets.read(name)).toBe(name);
  await aws.dynamodb.createTable(table);
  for (const [pair, acknowledged] of pairs) {
    const read = ['left', 'right'].map((side) => ({
      TableName: table.name,
      Key: { pk: { S: `${side} ${pair}` } },
    }));
    const found = (await aws.dynamodb.read(read)).map((answer) => 'Item' in answer);
    // Both or neither; acknowledged, both.
    expect(found).toEqual(acknowledged ? [true, true] : [found[0], found[0]]);
  }
  await declareQueues(aws);
  const bodies = (name: string) => aws.sqs.messages(aws.sqs.queue(name)).map(({ message }) => message.body);
  const kept = [...bodies('work'), ...bodies('dead')];
  // In one of the two, once: a kill between the queues neither loses nor doubles a message.
  expect(new Set(kept).size).toBe(kept.length);
  for (const [body, deleted] of messages) if (!deleted) expect(kept).toContain(body);
  const told = bodies('objects').map((body) => JSON.parse(body).detail.object['version-id'] as string);
  for (const [id, digest] of objects) {
    const [Bucket = '', Key = ''] = id.split(/\/(.*)/s);
    if (Bucket !== 'versions') continue;
    const version = aws.s3
      .bucket(Bucket)
      .store.versions(Key)
      .find(({ etag }) => etag === digest);
    expect(told).toContain(version?.versionId);
  }
  const everything = await readdir(directory, { recursive: true });
  expect(everything.filter((file) => file.endsWith('.tmp'))).toEqual([]);
  s3.destroy();
  await aws.stop();
}, 60_000);
