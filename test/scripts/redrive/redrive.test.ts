import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type Message, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Shell } from '../../../scripts/migrate/command';
import { command } from '../../../scripts/redrive/command';
import { allow, deny } from '../../support/decisions';
import { soaking } from '../../support/soak';
import { runHere, spawnLandfall } from '../landfall-command';
import {
  ACCOUNT,
  CREDENTIALS,
  REGION,
  type RunningEndpoint,
  startEndpoint,
} from '../local/aws/running-endpoint';

let aws: RunningEndpoint;
let client: SQSClient;
let directory: string;
let env: Record<string, string>;

const urlOf = (name: string) => aws.sqs.urlOf(aws.sqs.queue(name));

beforeEach(async () => {
  [aws, directory] = await Promise.all([
    startEndpoint(),
    mkdtemp(path.join(os.tmpdir(), 'landfall-redrive-')),
  ]);
  client = new SQSClient(aws.client);
  await aws.sqs.createQueue({ name: 'documents-dead' });
  await aws.sqs.createQueue({
    name: 'documents',
    properties: {
      RedrivePolicy: {
        deadLetterTargetArn: `arn:aws:sqs:${REGION}:${ACCOUNT}:documents-dead`,
        maxReceiveCount: 8,
      },
    },
  });
  const outputs = `documents-worker=${urlOf('documents')},photos-worker=${urlOf('documents')}`;
  await writeFile(
    path.join(directory, 'outputs.json'),
    JSON.stringify({ 'landfall-dev-processing': { WorkerQueues: outputs } }),
  );
  env = {
    AWS_ENDPOINT_URL: aws.url,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    AWS_SESSION_TOKEN: CREDENTIALS.sessionToken,
  };
});

afterEach(async () => {
  client.destroy();
  await aws.stop();
  await rm(directory, { recursive: true, force: true });
});

const worker = ['documents-worker', '--environment', 'dev', '--outputs'];
const run = (args: readonly string[], shell: Partial<Shell> = {}) =>
  runHere(command, [...worker, path.join(directory, 'outputs.json'), ...args], env, shell);

const bodyOf = (n: number) =>
  JSON.stringify({ source: 'aws.s3', detail: { object: { key: `users/u/resumes/${n}.pdf` } } });

/** As a worker gives a file up; without a reason as SQS moves what no worker could handle. */
async function giveUp(n: number, reason?: string, extra: Record<string, string> = {}): Promise<void> {
  const written = {
    ...(reason && {
      'landfall-reason': reason,
      'landfall-error': `it is ${reason}`,
      'landfall-key': `key-${n}`,
    }),
    ...extra,
  };
  await client.send(
    new SendMessageCommand({
      QueueUrl: urlOf('documents-dead'),
      MessageBody: bodyOf(n),
      MessageAttributes: Object.fromEntries(
        Object.entries(written).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
      ),
    }),
  );
}

/** Everything that is visible in a queue, and then hidden for a second. */
async function messagesOf(name: string): Promise<Message[]> {
  const all: Message[] = [];
  for (;;) {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: urlOf(name),
        MaxNumberOfMessages: 10,
        VisibilityTimeout: 30,
        MessageAttributeNames: ['All'],
      }),
    );
    if (Messages.length === 0) return all;
    all.push(...Messages);
  }
}
const bodies = async (name: string) => (await messagesOf(name)).map(({ Body }) => Body).sort();

describe('without --execute', () => {
  it('lists what there is, and leaves all of it where it was, to be seen by others', async () => {
    await giveUp(1, 'crashed');
    await giveUp(2);
    const { code, stdout } = await run(['--json']);
    expect(code).toBe(0);
    const { letters, ...summary } = JSON.parse(stdout);
    expect(summary).toEqual({
      queue: 'documents-worker',
      source: urlOf('documents'),
      deadLetters: urlOf('documents-dead'),
      execute: false,
      interrupted: false,
      found: 2,
      moved: 0,
      others: 0,
      again: 0,
    });
    expect(letters).toHaveLength(2);
    expect(letters).toContainEqual({
      id: expect.any(String),
      reason: 'crashed',
      error: 'it is crashed',
      key: 'key-1',
      sentAt: expect.any(String),
      ageSeconds: expect.any(Number),
      receives: 1,
    });
    expect(letters).toContainEqual(
      expect.objectContaining({ reason: null, error: null, key: 'users/u/resumes/2.pdf' }),
    );
    expect(await bodies('documents-dead')).toEqual([bodyOf(1), bodyOf(2)]);
    expect(await bodies('documents')).toEqual([]);
  });

  it('prints a table for people, in which a file name cannot steer their terminal', async () => {
    const error = `a\n\tlong ${'error '.repeat(50)}`;
    await giveUp(1, 'internal', { 'landfall-key': 'users/\u202eevil', 'landfall-error': error });
    const { stdout } = await run([]);
    expect(stdout).toContain('1 dead letter in documents-dead');
    expect(stdout).toMatch(/REASON +AGE +RECEIVED +KEY +ERROR/);
    expect(stdout).toMatch(/internal +\d+ s +1 +users\/ evil +a long error error [error ]{0,110}…\n/);
    expect(stdout).toContain('Nothing was moved. --execute does it.');
  });

  it('says so when there is nothing', async () => {
    expect(await run([])).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing to move') });
  });
});

describe('with --execute', () => {
  it('moves all back, marked, with their own attributes and without those of their death', async () => {
    for (let n = 1; n <= 23; n++) await giveUp(n, 'unavailable', { trace: 'kept' });
    const { code, stdout } = await run(['--execute']);
    expect(code).toBe(0);
    expect(stdout).toContain('23 of 23 dead letters of documents-dead moved back to documents');
    expect(await bodies('documents-dead')).toEqual([]);
    const back = await messagesOf('documents');
    expect(back.map(({ Body }) => Body).sort()).toEqual(
      Array.from({ length: 23 }, (_, n) => bodyOf(n + 1)).sort(),
    );
    for (const { MessageAttributes = {} } of back) {
      expect(Object.keys(MessageAttributes).sort()).toEqual(['landfall-redrive', 'trace']);
      expect(MessageAttributes['landfall-redrive']?.StringValue).toMatch(/^\d{4}-\d\d-\d\dT/);
    }
    expect(await run(['--execute'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^0 of 0 /) });
    expect(await bodies('documents')).toEqual([]);
  });

  it('moves those with a reason, or without any, and leaves the others visible', async () => {
    await giveUp(1, 'crashed');
    await giveUp(2, 'internal');
    await giveUp(3);
    expect(await run(['--execute', '--reason', 'crashed'])).toMatchObject({ code: 0 });
    expect(await bodies('documents')).toEqual([bodyOf(1)]);
    expect(await run(['--execute', '--reason', 'none'])).toMatchObject({ code: 0 });
    expect(await bodies('documents')).toEqual([bodyOf(3)]);
    expect(await bodies('documents-dead')).toEqual([bodyOf(2)]);
  });

  it('moves at most --limit', async () => {
    for (let n = 1; n <= 5; n++) await giveUp(n, 'crashed');
    expect(await run(['--execute', '--limit', '2'])).toMatchObject({ code: 0 });
    expect(await bodies('documents')).toHaveLength(2);
    expect(await bodies('documents-dead')).toHaveLength(3);
  });

  it('ends when what it moves fails again at once', async () => {
    for (let n = 1; n <= 3; n++) await giveUp(n, 'crashed');
    let returning = Promise.resolve();
    aws.decide = async ({ action, resource }) => {
      // A worker that gives up whatever comes back, before the command looks again.
      if (action === 'sqs:DeleteMessage' && resource.endsWith('documents-dead')) {
        returning = returning.then(() => giveUp(1, 'crashed'));
        await returning;
      }
      return allow;
    };
    const { code, stdout } = await run(['--execute', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ moved: 3, again: 3 });
  });

  it('can be interrupted: what is moved stays moved, and the rest is given back', async () => {
    for (let n = 1; n <= 8; n++) await giveUp(n, 'crashed');
    const interruption = new AbortController();
    let deletions = 0;
    aws.decide = async ({ action }) => {
      if (action === 'sqs:DeleteMessage' && ++deletions === 3) interruption.abort();
      return allow;
    };
    const { code } = await run(['--execute'], { interrupted: interruption.signal });
    expect(code).toBe(130);
    expect(await bodies('documents')).toHaveLength(3);
    expect(await bodies('documents-dead')).toHaveLength(5);
  });

  // Calls of the process are counted here; between any two of them it may die.
  const points = soaking ? Array.from({ length: 16 }, (_, index) => index + 1) : [2, 3, 4, 7, 10];
  it.each(points)(
    'loses nothing when it is killed at its call %d, and a second run finishes the work',
    async (point) => {
      const all = Array.from({ length: 6 }, (_, n) => bodyOf(n)).sort();
      for (let n = 0; n < 6; n++) await giveUp(n, 'crashed');
      let calls = 0;
      const child = spawnLandfall(
        ['redrive', ...worker, path.join(directory, 'outputs.json'), '--execute'],
        env,
      );
      aws.decide = async () => {
        calls += 1;
        if (calls === point) child.kill('SIGKILL');
        return allow;
      };
      const { code } = await child.ended;
      if (calls >= point) expect(code).toBeNull();
      aws.decide = async () => allow;
      // What the dead process had looked at shows again.
      aws.offset += 130_000;
      const there = new Set([...(await bodies('documents')), ...(await bodies('documents-dead'))]);
      expect([...there].sort()).toEqual(all);
      aws.offset += 130_000;
      expect(await run(['--execute'])).toMatchObject({ code: 0 });
      aws.offset += 130_000;
      expect([...new Set(await bodies('documents'))]).toEqual(all);
      expect(await bodies('documents-dead')).toEqual([]);
    },
  );
});

describe('a queue', () => {
  it('may be named by its URL', async () => {
    await giveUp(1);
    const { code, stdout } = await runHere(command, [urlOf('documents'), '--json'], env, {});
    expect({ code, found: JSON.parse(stdout).found }).toEqual({ code: 0, found: 1 });
  });

  it.each([
    [
      ['documents-work', '--environment', 'dev'],
      /no queue "documents-work" in dev; did you mean "documents-worker"\? Known: documents-worker, photos-worker/,
    ],
    [['documents-worker', '--environment', 'prod'], /no output WorkerQueues of landfall-prod-processing/],
    [['documents-worker'], /--environment is missing/],
    [[], /expected one queue/],
    [['a', 'b', '--environment', 'dev'], /expected one queue/],
    [['documents-worker', '--environment', 'dev', '--limit', '0'], /--limit: expected a whole number/],
    [['documents-worker', '--environment', 'dev', '--reason', 'Not a code'], /--reason: expected a code/],
    [['http://localhost/1/q', '--environment', 'dev'], /leave --environment/],
  ])('%j is refused as wrong usage', async (args, message) => {
    const outputs = args.includes('--environment') && !args[0]?.startsWith('http');
    const given = [...args, ...(outputs ? ['--outputs', path.join(directory, 'outputs.json')] : [])];
    await expect(runHere(command, given, env, {})).rejects.toThrow(message);
  });

  it('of an environment that is not deployed is refused with the way out', async () => {
    const args = ['documents-worker', '--environment', 'nowhere'];
    await expect(runHere(command, args, env, {})).rejects.toThrow(
      /outputs\.nowhere\.json does not exist.*npm run deploy -- nowhere/s,
    );
  });

  it('without dead letters of its own is refused', async () => {
    await expect(runHere(command, [urlOf('documents-dead')], env, {})).rejects.toThrow(
      'name the queue that they came from',
    );
  });

  it('that does not exist is refused with what to check', async () => {
    const url = urlOf('documents').replace(/documents$/, 'gone');
    await expect(runHere(command, [url], env, {})).rejects.toThrow(
      /There is no queue gone for these credentials/,
    );
  });

  it.each(['GetQueueAttributes', 'ReceiveMessage', 'SendMessage', 'DeleteMessage'])(
    'that may not be used says which action is missing: %s',
    async (action) => {
      await giveUp(1, 'crashed');
      aws.decide = async (request) => (request.action === `sqs:${action}` ? deny : allow);
      await expect(run(['--execute'])).rejects.toThrow(`The credentials need sqs:${action} on queue`);
      aws.decide = async () => allow;
      aws.offset += 130_000;
      const there = new Set([...(await bodies('documents')), ...(await bodies('documents-dead'))]);
      expect([...there]).toEqual([bodyOf(1)]);
    },
  );
});
