import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { SQSEvent } from 'aws-lambda';
import type { SqsEngine } from '../../../scripts/local/aws/sqs/engine';
import type { Queue } from '../../../scripts/local/aws/sqs/queue-directory';
import { EventSources } from '../../../scripts/local/event-sources';
import { writeBootstrap } from '../../../scripts/local/lambda/bootstrap-file';
import type { FunctionDefinition } from '../../../scripts/local/lambda/definition';
import { Functions } from '../../../scripts/local/lambda/functions';
import type { EventSource } from '../../../scripts/local/system';
import { ACCOUNT, CREDENTIALS, REGION, type RunningEndpoint, startEndpoint } from './aws/running-endpoint';
import { codeDirectory, removeTemporaryDirectories, temporaryDirectory } from './deployed-app';

const functionArn = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:worker`;
const lines: string[] = [];
let aws: RunningEndpoint;
let functions: Functions;
let queue: Queue;
let file: string;
let running: EventSources[] = [];

/**
 * Notes every event it is given. What it does with a message is what the message says: ok, fail (it names it), throw,
 * crash, wait; `answer` is given as it is.
 */
const source = `const { appendFileSync } = require('node:fs');
exports.handler = async (event) => {
  const orders = event.Records.map(({ body }) => JSON.parse(body));
  const { file } = orders[0];
  appendFileSync(file, JSON.stringify(event) + '\\n');
  for (const { does } of orders) {
    if (does === 'throw') throw new Error('no such table');
    if (does === 'crash') process.exit(1);
    if (does === 'wait') await new Promise((done) => setTimeout(done, 300));
  }
  const answer = orders.find((order) => 'answer' in order);
  if (answer) return answer.answer;
  const failed = event.Records.filter((_, index) => orders[index].does === 'fail');
  return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
};`;

function open({ url }: RunningEndpoint, more: Partial<FunctionDefinition> = {}): Functions {
  const opened = new Functions({
    region: REGION,
    awsEndpointUrl: () => url,
    credentials: () => CREDENTIALS,
    facts: () => ({ caFile: '/local/ca.pem', database: { host: 'localhost', port: 4002 } }),
    bootstrapFile: writeBootstrap(temporaryDirectory()),
    home: '/nonexistent',
    log: () => undefined,
  });
  opened.add({
    name: 'worker',
    label: 'documents-worker',
    arn: functionArn,
    codeDirectory: codeDirectory(source),
    handler: 'index.handler',
    runtime: 'nodejs24.x',
    environment: {},
    timeoutSeconds: 10,
    memoryMiB: 256,
    roleArn: 'arn:aws:iam::000000000000:role/worker',
    logFormat: 'JSON',
    ...more,
  });
  return opened;
}

beforeEach(async () => {
  lines.length = 0;
  running = [];
  aws = await startEndpoint();
  functions = open(aws);
  await aws.sqs.createQueue({ name: 'dead' });
  queue = await aws.sqs.createQueue({
    name: 'work',
    properties: {
      VisibilityTimeout: 60,
      RedrivePolicy: { deadLetterTargetArn: `arn:aws:sqs:${REGION}:${ACCOUNT}:dead`, maxReceiveCount: 2 },
    },
  });
  file = path.join(temporaryDirectory(), 'events');
});
afterEach(async () => {
  await Promise.all(running.map((sources) => sources.stop()));
  await functions.close();
  await aws.stop();
});
afterAll(removeTemporaryDirectories);

const until = async (holds: () => boolean) => {
  while (!holds()) await delay(10);
};
const send = (...orders: object[]) =>
  aws.sqs.send(
    queue,
    orders.map((order) => ({ body: JSON.stringify({ file, ...order }) })),
  );
/** Batches the function was given. */
const events = (): SQSEvent[] => {
  try {
    return readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as SQSEvent);
  } catch {
    return [];
  }
};
const given = () => events().map(({ Records }) => Records.map(({ body }) => JSON.parse(body).n));
const counts = (of = queue) => aws.sqs.counts(of);

function start(more: Partial<EventSource> = {}, queues: SqsEngine = aws.sqs): EventSources {
  const one = { queueArn: queue.arn, functionArn, batchSize: 10, windowSeconds: 0, reportsFailures: true };
  const sources = new EventSources({
    sources: [{ ...one, ...more }],
    queues,
    functions,
    region: REGION,
    log: { say: (_source, line) => lines.push(line) },
  });
  running.push(sources);
  sources.start();
  return sources;
}

test('a function gets a message as on AWS, and what it did not name as failed is deleted', async () => {
  const [sent] = await aws.sqs.send(queue, [
    {
      body: JSON.stringify({ file }),
      attributes: {
        'landfall-redrive': { DataType: 'String', StringValue: '1' },
        raw: { DataType: 'Binary', BinaryValue: 'AAEC' },
      },
    },
  ]);
  start();
  await until(() => lines.length === 1);
  expect(events()).toEqual([
    {
      Records: [
        {
          messageId: sent?.id,
          receiptHandle: expect.any(String),
          body: JSON.stringify({ file }),
          attributes: {
            ApproximateReceiveCount: '1',
            SentTimestamp: expect.stringMatching(/^\d{13}$/),
            SenderId: expect.any(String),
            ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
          },
          messageAttributes: {
            'landfall-redrive': {
              stringValue: '1',
              stringListValues: [],
              binaryListValues: [],
              dataType: 'String',
            },
            raw: { binaryValue: 'AAEC', stringListValues: [], binaryListValues: [], dataType: 'Binary' },
          },
          md5OfMessageAttributes: expect.stringMatching(/^[0-9a-f]{32}$/),
          md5OfBody: expect.stringMatching(/^[0-9a-f]{32}$/),
          eventSource: 'aws:sqs',
          eventSourceARN: queue.arn,
          awsRegion: REGION,
        },
      ],
    },
  ]);
  expect(counts()).toEqual({ waiting: 0, inFlight: 0, delayed: 0 });
  expect(lines[0]).toMatch(/^queue documents-worker: 1 message, ok \(\d+ ms\)$/);
});

test('only the named messages of a batch come again, after their visibility timeout', async () => {
  await send({ n: 1 }, { n: 2, does: 'fail' }, { n: 3 });
  start();
  await until(() => lines.length === 1);
  expect(lines[0]).toMatch(/^queue documents-worker: 3 messages, 1 failed \(\d+ ms\)$/);
  expect(counts()).toEqual({ waiting: 0, inFlight: 1, delayed: 0 });
  aws.sqs.advance(60_000);
  await until(() => lines.length === 2);
  expect(given()).toEqual([[1, 2, 3], [2]]);
  expect(events()[1]?.Records[0]?.attributes.ApproximateReceiveCount).toBe('2');
});

test('a poison message among good ones ends in the dead-letter queue, and nothing else does', async () => {
  await send(...Array.from({ length: 30 }, (_, n) => ({ n, ...(n === 13 && { does: 'fail' }) })));
  start();
  await until(() => counts().waiting === 0 && counts().inFlight === 1);
  aws.sqs.advance(60_000);
  await until(() => lines.some((line) => line.startsWith('queue documents-worker: 1 message, 1 failed')));
  aws.sqs.advance(60_000);
  await until(() => counts(aws.sqs.queue('dead')).waiting === 1);
  expect(counts()).toEqual({ waiting: 0, inFlight: 0, delayed: 0 });
  const [letter] = aws.sqs.messages(aws.sqs.queue('dead'));
  expect(JSON.parse(letter?.message.body as string)).toMatchObject({ n: 13 });
  const times = new Map<number, number>();
  for (const n of given().flat()) times.set(n, (times.get(n) ?? 0) + 1);
  expect(times.size).toBe(30);
  for (const [n, count] of times) expect([n, count]).toEqual([n, n === 13 ? 2 : 1]);
});

test.each(['throw', 'crash'])(
  'when a function fails (%s), the whole batch stays hidden, then comes again',
  async (does) => {
    await send({ n: 1 }, { n: 2, does });
    start();
    await until(() => lines.length === 1);
    expect(lines[0]).toMatch(/2 messages, 2 failed \(\d+ ms\): (no such table|Runtime exited)/);
    await delay(100);
    expect(counts()).toEqual({ waiting: 0, inFlight: 2, delayed: 0 });
    expect(events()).toHaveLength(1);
    aws.sqs.advance(60_000);
    await until(() => lines.length === 2);
    expect(given()).toEqual([
      [1, 2],
      [1, 2],
    ]);
  },
);

test('a function that is switched off gets nothing, and its messages wear out as on AWS', async () => {
  await functions.close();
  functions = open(aws, { reservedConcurrency: 0 });
  await send({ n: 1 });
  start();
  for (let receives = 1; receives <= 2; receives++) {
    await until(() => lines.length === receives);
    await delay(50);
    expect(lines).toHaveLength(receives);
    aws.sqs.advance(60_000);
  }
  await until(() => counts(aws.sqs.queue('dead')).waiting === 1);
  expect(events()).toEqual([]);
  expect(lines[0]).toMatch(/1 message, 1 failed \(\d+ ms\): Rate Exceeded\.$/);
});

test('a queue that cannot be read for a while is read again afterwards', async () => {
  await send({ n: 1 });
  const take = jest.spyOn(aws.sqs, 'take').mockRejectedValueOnce(new Error('no space left on device'));
  start();
  await until(() => lines.length === 2);
  take.mockRestore();
  expect(lines).toEqual([
    'queue work cannot be read, trying again: no space left on device',
    expect.stringMatching(/1 message, ok/),
  ]);
});

test('without ReportBatchItemFailures a function that answers has succeeded, whatever it answers', async () => {
  await send({ n: 1, does: 'fail' });
  start({ reportsFailures: false });
  await until(() => lines.length === 1);
  expect(counts().inFlight).toBe(0);
});

test('a batch that is not full waits for more until its window ends', async () => {
  await send({ n: 1 });
  start({ batchSize: 3, windowSeconds: 300 });
  await until(() => counts().inFlight === 1);
  await send({ n: 2 });
  await until(() => counts().inFlight === 2);
  expect(events()).toEqual([]);
  aws.sqs.advance(50_000);
  await delay(100);
  expect(events()).toEqual([]);
  await send({ n: 3 }, { n: 4 });
  // Full: nothing to wait for.
  await until(() => lines.length === 1);
  expect(given()).toEqual([[1, 2, 3]]);
  await until(() => counts().inFlight === 1);
  aws.sqs.advance(300_000);
  await until(() => lines.length === 2);
  expect(given()).toEqual([[1, 2, 3], [4]]);
});

test('no more batches run at once than the mapping allows', async () => {
  await send(...Array.from({ length: 6 }, (_, n) => ({ n, does: 'wait' })));
  start({ batchSize: 1, maximumConcurrency: 2 });
  let most = 0;
  while (lines.length < 6) {
    most = Math.max(most, counts().inFlight);
    await delay(5);
  }
  expect(most).toBe(2);
  expect(given().flat().sort()).toEqual([0, 1, 2, 3, 4, 5]);
});

test('a mapping without messages does nothing at all', async () => {
  const take = jest.spyOn(aws.sqs, 'take');
  start();
  await delay(300);
  expect(take).toHaveBeenCalledTimes(1);
  take.mockRestore();
});

test('a batch in work is finished before the mapping stops, and a message it never got waits for the next', async () => {
  await send({ n: 1, does: 'wait' });
  const sources = start();
  await until(() => events().length === 1);
  const stopped = sources.stop();
  await send({ n: 2 });
  await stopped;
  expect(counts()).toEqual({ waiting: 1, inFlight: 0, delayed: 0 });
  expect(given()).toEqual([[1]]);
});

test('what a killed runtime worked on is worked on again by the next', async () => {
  await send({ n: 1, does: 'wait' }, { n: 2 });
  start();
  await until(() => events().length === 1);
  const again = await aws.restart();
  await functions.close();
  functions = open(again);
  await again.sqs.createQueue({ name: 'work', properties: { VisibilityTimeout: 60 } });
  start({}, again.sqs);
  await until(() => lines.some((line) => line.includes('2 messages, ok')));
  expect(given()).toEqual([
    [1, 2],
    [1, 2],
  ]);
  await running.at(-1)?.stop();
  await again.close();
});
