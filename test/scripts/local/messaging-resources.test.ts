import { setTimeout as delay } from 'node:timers/promises';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CfnResource, Duration, type Stack } from 'aws-cdk-lib';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import {
  CfnEventSourceMapping,
  Code,
  type FunctionProps,
  Function as LambdaFunction,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { Bucket, type CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { readAssembly } from '../../../scripts/local/assembly';
import type { ConsoleContext } from '../../../scripts/local/console/context';
import { queuesOf } from '../../../scripts/local/console/queues';
import { findUnsupported } from '../../../scripts/local/deployment';
import { EventSources } from '../../../scripts/local/event-sources';
import { registry } from '../../../scripts/local/resources/registry';
import { Schedules } from '../../../scripts/local/schedules';
import { allowAll } from '../../support/decisions';
import { ACCOUNT, REGION, type RunningEndpoint, startEndpoint } from './aws/running-endpoint';
import { type DeployedApp, deployApp, removeTemporaryDirectories, synthesizeStack } from './deployed-app';

const functionOf = (stack: Stack, id: string, code: string, more: Partial<FunctionProps> = {}) =>
  new LambdaFunction(stack, id, {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    functionName: id,
    code: Code.fromInline(code),
    retryAttempts: 0,
    ...more,
  });

const failing = 'exports.handler = async () => { throw new TypeError("no such\\u0000 table"); };';
const accepting = 'exports.handler = async () => ({ batchItemFailures: [] });';

const assembly = synthesizeStack((stack) => {
  const encryptionMasterKey = new Key(stack, 'Key');
  const dead = new Queue(stack, 'Dead', { retentionPeriod: Duration.days(14), enforceSSL: true });
  const work = new Queue(stack, 'Work', {
    queueName: 'work',
    visibilityTimeout: Duration.seconds(18),
    encryption: QueueEncryption.KMS,
    encryptionMasterKey,
    deadLetterQueue: { queue: dead, maxReceiveCount: 8 },
  });
  const bucket = new Bucket(stack, 'Files', { bucketName: 'files' });
  (bucket.node.defaultChild as CfnBucket).notificationConfiguration = {
    eventBridgeConfiguration: { eventBridgeEnabled: true },
  };
  const worker = functionOf(stack, 'worker', accepting, { environment: { QUEUE_URL: work.queueUrl } });
  const target = { id: 'queue', arn: work.queueArn, deadLetterConfig: { arn: dead.queueArn } };
  new CfnRule(stack, 'Rule', {
    name: 'files',
    eventPattern: {
      source: ['aws.s3'],
      'detail-type': ['Object Created'],
      detail: { bucket: { name: [bucket.bucketName] }, object: { key: [{ prefix: 'users/' }] } },
    },
    targets: [{ ...target, retryPolicy: { maximumRetryAttempts: 185 } }],
  });
  new CfnRule(stack, 'Switched', {
    state: 'DISABLED',
    eventPattern: { source: ['aws.s3'] },
    targets: [target],
  });
  new CfnRule(stack, 'Orders', {
    eventPattern: { source: ['orders'] },
    targets: [
      { id: 'constant', arn: work.queueArn, input: '{"constant":1}' },
      { id: 'part', arn: work.queueArn, inputPath: '$.detail.order' },
      { id: 'function', arn: worker.functionArn },
    ],
  });
  work.grantSendMessages(new ServicePrincipal('events.amazonaws.com'));
  work.grantConsumeMessages(worker);
  const mapping = { eventSourceArn: work.queueArn, functionName: worker.functionArn };
  new CfnEventSourceMapping(stack, 'Messages', {
    ...mapping,
    batchSize: 5,
    functionResponseTypes: ['ReportBatchItemFailures'],
    scalingConfig: { maximumConcurrency: 2 },
  });
  new CfnEventSourceMapping(stack, 'Off', { ...mapping, enabled: false });
  functionOf(stack, 'sender', failing, { deadLetterQueue: dead });
  const broken = functionOf(stack, 'broken', failing);
  new Schedule(stack, 'Often', {
    scheduleName: 'often',
    schedule: ScheduleExpression.rate(Duration.minutes(15)),
    target: new LambdaInvoke(broken, { deadLetterQueue: dead }),
  });
});

let aws: RunningEndpoint;
let app: DeployedApp;
const reports: string[] = [];
const lines: string[] = [];
const log = { say: (_source: string, line: string) => lines.push(line) };

beforeAll(async () => {
  app = await deployApp(assembly, async (deployed) => {
    aws = await startEndpoint({
      invokeFunction: (arn, event, requestId) => deployed.invoke(arn, event, requestId),
      hasFunction: (arn) => deployed.has(arn),
      report: (line) => reports.push(line),
    });
    return aws;
  });
});
afterAll(async () => {
  await aws.stop();
  await app.close();
  removeTemporaryDirectories();
});

const until = async (holds: () => boolean) => {
  while (!holds()) await delay(10);
};
const dead = () => {
  const queue = aws.sqs.queues().find(({ name }) => name.includes('Dead'));
  if (!queue) throw new Error('there is no dead-letter queue');
  return queue;
};
const letters = () => aws.sqs.messages(dead()).map(({ message }) => message);

test('a queue is what its template says, policy included, and is known by URL, ARN and name', () => {
  const work = aws.sqs.queue('work');
  expect(work).toMatchObject({
    visibilitySeconds: 18,
    redrive: { deadLetterArn: dead().arn, maxReceiveCount: 8 },
    policy: { Statement: [{ Principal: { Service: 'events.amazonaws.com' } }] },
  });
  expect(dead()).toMatchObject({
    retentionSeconds: 14 * 86_400,
    policy: { Statement: [{ Condition: { Bool: { 'aws:SecureTransport': 'false' } } }] },
  });
  const { environment } = app.system.functions.definition(
    `arn:aws:lambda:${REGION}:${ACCOUNT}:function:worker`,
  );
  expect(environment.QUEUE_URL).toBe(`${aws.url}/${ACCOUNT}/work`);
});

test('an uploaded file runs the function that its bucket, rule and queue lead to', async () => {
  expect(app.system.declared.eventSources).toEqual([
    {
      queueArn: aws.sqs.queue('work').arn,
      functionArn: expect.stringContaining('function:worker'),
      batchSize: 5,
      windowSeconds: 0,
      reportsFailures: true,
      maximumConcurrency: 2,
    },
  ]);
  const { eventSources: sources } = app.system.declared;
  const running = new EventSources({
    sources,
    queues: aws.sqs,
    functions: app.system.functions,
    region: REGION,
    log,
  });
  running.start();
  const s3 = new S3Client(aws.client);
  for (const Key of ['exports/x', 'users/1/a b.pdf'])
    await s3.send(new PutObjectCommand({ Bucket: 'files', Key, Body: 'x' }));
  s3.destroy();
  await until(() => lines.length > 0);
  await running.stop();
  expect(lines).toEqual([expect.stringMatching(/^queue worker: 1 message, ok/)]);
});

test('a target gets the event, a part of it, or something else, as its rule says', async () => {
  const accept = jest.spyOn(aws.lambdaEvents, 'accept').mockResolvedValue();
  await aws.events.publish({ source: 'orders', 'detail-type': 'Order', detail: { order: { total: 5 } } });
  const work = aws.sqs.queue('work');
  expect(
    aws.sqs
      .messages(work)
      .map(({ message }) => message.body)
      .sort(),
  ).toEqual(['{"constant":1}', '{"total":5}']);
  await aws.sqs.purge(work);
  // A function is called asynchronously, with its own retries and its own dead-letter queue.
  expect(accept.mock.calls).toEqual([
    [
      expect.stringContaining(':function:worker'),
      expect.objectContaining({ source: 'orders', detail: { order: { total: 5 } } }),
      expect.any(String),
    ],
  ]);
  accept.mockRestore();
});

test('an asynchronous event that fails for good is in the function’s queue, with what Lambda says of it', async () => {
  const client = new LambdaClient(aws.client);
  const { $metadata } = await client.send(
    new InvokeCommand({
      FunctionName: 'sender',
      InvocationType: 'Event',
      Payload: Buffer.from('{"to":"somebody"}'),
    }),
  );
  client.destroy();
  await until(() => reports.length > 0);
  expect(letters()).toMatchObject([
    {
      body: '{"to":"somebody"}',
      attributes: {
        RequestID: { DataType: 'String', StringValue: $metadata.requestId },
        ErrorCode: { DataType: 'Number', StringValue: '200' },
        ErrorMessage: { DataType: 'String', StringValue: 'no such  table' },
      },
    },
  ]);
  expect(reports[0]).toContain(`it is in the dead-letter queue ${dead().name} now.`);
  await aws.sqs.purge(dead());
});

test('a scheduled run that fails for good is in the schedule’s queue, or in the function’s when it has one', async () => {
  const [schedule] = app.system.declared.schedules;
  if (!schedule) throw new Error('there is no schedule');
  const once = { ...schedule, everyMs: 50, retries: 0 };
  for (const fails of ['broken', 'sender']) {
    const targetArn = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${fails}`;
    lines.length = 0;
    const runs = jest.spyOn(app.system.functions, 'invoke');
    const failures = () => lines.filter((line) => line.includes('failed for good')).length;
    const runner = new Schedules({
      schedules: [{ ...once, targetArn }],
      functions: app.system.functions,
      log: log as never,
      authorize: allowAll,
      ...aws,
    });
    runner.start();
    await until(() => failures() > 0);
    runner.stop();
    await until(() => failures() === runs.mock.calls.length);
    runs.mockRestore();
  }
  const attributes = letters().map((letter) => letter.attributes);
  expect(attributes.find(({ SCHEDULE_ARN }) => SCHEDULE_ARN)).toMatchObject({
    ERROR_CODE: { StringValue: 'TypeError' },
    ERROR_MESSAGE: { StringValue: 'no such  table' },
    EXHAUSTED_RETRY_CONDITION: { StringValue: 'MaximumRetryAttempts' },
    RETRY_ATTEMPTS: { DataType: 'Number', StringValue: '0' },
    SCHEDULE_ARN: { StringValue: `arn:aws:scheduler:${REGION}:${ACCOUNT}:schedule/default/often` },
    TARGET_ARN: { StringValue: expect.stringContaining('function:broken') },
  });
  expect(attributes.find(({ RequestID }) => RequestID)).not.toHaveProperty('SCHEDULE_ARN');
  expect(lines.join('\n')).toContain(`its event is in the dead-letter queue ${dead().name} now.`);
  await aws.sqs.purge(dead());
});

test('the console lists queues with their messages, and dead letters with their reason', async () => {
  const text = (StringValue: string) => ({ DataType: 'String', StringValue });
  await aws.sqs.send(aws.sqs.queue('work'), [{ body: 'waiting' }, { body: 'later', delaySeconds: 60 }]);
  await aws.sqs.send(dead(), [
    { body: '{}' },
    {
      body: '{}',
      attributes: { 'landfall-reason': text('encrypted'), 'landfall-key': text('users/1/a.pdf') },
    },
  ]);
  const context = { declared: app.system.declared } as ConsoleContext;
  expect(queuesOf({ queues: aws.sqs, functions: app.system.functions }, context)).toEqual([
    {
      name: dead().name,
      function: null,
      waiting: 2,
      inFlight: 0,
      delayed: 0,
      deadLetters: [
        { sent: expect.any(String), reason: 'encrypted', about: 'users/1/a.pdf' },
        { sent: expect.any(String), reason: 'received 0 times', about: '{}' },
      ],
    },
    { name: 'work', function: 'worker', waiting: 1, inFlight: 0, delayed: 1, deadLetters: [] },
  ]);
});

/** What is said of a template with one resource. */
function faultsOf(type: string, properties: object): string[] {
  const one = synthesizeStack((stack) => new CfnResource(stack, 'One', { type, properties }));
  return findUnsupported(readAssembly(one), registry);
}

test.each<[string, object, string]>([
  ['AWS::SQS::Queue', { FifoQueue: true }, 'FifoQueue is not supported, only standard queues.'],
  ['AWS::SQS::Queue', { QueueName: 'a.fifo' }, 'FifoQueue is not supported'],
  ['AWS::SQS::Queue', { ContentBasedDeduplication: true }, 'ContentBasedDeduplication is not supported.'],
  [
    'AWS::Events::Rule',
    { ScheduleExpression: 'rate(1 day)', EventPattern: { source: ['x'] } },
    'ScheduleExpression is not supported',
  ],
  ['AWS::Events::Rule', { Targets: [] }, 'a rule without EventPattern is not supported.'],
  [
    'AWS::Events::Rule',
    { EventPattern: { source: [{ cidr: 'x' }] } },
    'source: the operator {"cidr":"x"} is not supported',
  ],
  [
    'AWS::Events::Rule',
    { EventPattern: { source: ['x'] }, EventBusName: 'own' },
    'EventBusName "own" is not supported',
  ],
  [
    'AWS::Events::Rule',
    { EventPattern: { source: ['x'] }, Targets: [{ InputTransformer: {} }] },
    'Targets.InputTransformer is not supported.',
  ],
  [
    'AWS::Events::Rule',
    { EventPattern: { source: ['x'] }, Targets: [{ InputPath: '$.a[0]' }] },
    'InputPath $.a[0] is not supported',
  ],
  ['AWS::Lambda::EventSourceMapping', { FilterCriteria: {} }, 'FilterCriteria is not supported.'],
  ['AWS::Lambda::EventSourceMapping', { StartingPosition: 'LATEST' }, 'StartingPosition is not supported.'],
  [
    'AWS::Lambda::EventSourceMapping',
    { BatchSize: 100 },
    'a BatchSize over 10 needs a MaximumBatchingWindowInSeconds',
  ],
  [
    'AWS::Lambda::EventSourceMapping',
    { ScalingConfig: { MaximumConcurrency: 1 } },
    'MaximumConcurrency 1 is not supported',
  ],
])('%s %j is refused before anything starts', (type, properties, sentence) => {
  expect(faultsOf(type, properties)).toEqual([expect.stringContaining(sentence)]);
});

test('a rule may only lead to what is there', async () => {
  const elsewhere = synthesizeStack(
    (stack) =>
      new CfnRule(stack, 'Rule', {
        eventPattern: { source: ['x'] },
        targets: [{ id: 'topic', arn: `arn:aws:sns:${REGION}:${ACCOUNT}:topic` }],
      }),
  );
  await expect(deployApp(elsewhere, async () => aws)).rejects.toThrow(
    ':topic is not supported, only queues and functions',
  );
});

test('a mapping whose queue shows messages again before its function is done is refused, as by Lambda', async () => {
  const short = synthesizeStack((stack) => {
    const queue = new Queue(stack, 'Short', { visibilityTimeout: Duration.seconds(5) });
    new CfnEventSourceMapping(stack, 'Messages', {
      eventSourceArn: queue.queueArn,
      functionName: functionOf(stack, 'slow', accepting, { timeout: Duration.seconds(6) }).functionArn,
    });
  });
  await expect(deployApp(short, async () => aws)).rejects.toThrow(
    'Queue visibility timeout: 5 seconds is less than Function timeout: 6 seconds',
  );
});
