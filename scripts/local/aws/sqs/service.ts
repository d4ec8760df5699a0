/** The SQS API. Queues are made by templates only. */
import * as z from 'zod';
import type { Principals } from '../authentication';
import type { Call } from '../call';
import { AwsError } from '../errors';
import { type Grant, JsonService, type Operation, operation } from '../json-service';
import { checkBatch, checkBatchSize, eachEntry } from './batches';
import type { Queue, SqsEngine } from './engine';
import {
  type NewMessageInput,
  newMessage,
  QueueUrl,
  ReceiptHandle,
  receiveMessage,
  shownMessage,
  VisibilityTimeout,
} from './inputs';
import { md5, md5OfAttributes, sizeOf } from './message';
import { checkMessage, MAX_MESSAGE } from './message-rules';
import { MoveTasks } from './move-tasks';
import { attributeNames, attributesOf } from './queue-attributes';

/** A batch of the largest messages, escaped in JSON. */
const MAX_REQUEST = 7 * MAX_MESSAGE;

const Id = z.string();

/** What clients of the older query protocol branch on; SDKs read it from a header of its own. */
const QUERY_CODES: Readonly<Record<string, string>> = {
  QueueDoesNotExist: 'AWS.SimpleQueueService.NonExistentQueue',
  ...Object.fromEntries(
    [
      'BatchEntryIdsNotDistinct',
      'BatchRequestTooLong',
      'EmptyBatchRequest',
      'InvalidBatchEntryId',
      'MessageNotInflight',
      'PurgeQueueInProgress',
      'TooManyEntriesInBatchRequest',
    ].map((code) => [code, `AWS.SimpleQueueService.${code}`]),
  ),
};

export function sqsService(engine: SqsEngine, principals: Principals): JsonService {
  return new JsonService({
    name: 'sqs',
    target: 'AmazonSQS.',
    version: '1.0',
    invalidCode: 'InvalidParameterValue',
    queryCode: (code) => QUERY_CODES[code] ?? code,
    limit: MAX_REQUEST,
    principals,
    region: engine.options.region,
    operations: {
      ...messageOperations(engine),
      ...queueOperations(engine),
      ...moveOperations(engine),
    },
  });
}

/** A batch needs the permission of the single operation, as on AWS. */
const on =
  (engine: SqsEngine, action: string) =>
  (input: { QueueUrl: string }): Grant => ({
    action: `sqs:${action}`,
    resource: engine.queue(input.QueueUrl).arn,
  });

function senderOf({ principal }: Call): string {
  const name = principal?.split('/').at(-1) ?? 'anonymous';
  return `AROA${name}:${name}`;
}

async function send(engine: SqsEngine, queue: Queue, input: NewMessageInput, call: Call): Promise<object> {
  const { MessageBody: body, MessageAttributes: attributes = {}, DelaySeconds: delaySeconds } = input;
  checkMessage(body, attributes, queue.maximumMessageSize);
  const trace = input.MessageSystemAttributes?.AWSTraceHeader;
  const [message] = await engine.send(queue, [
    { body, attributes, delaySeconds, senderId: senderOf(call), traceHeader: trace?.StringValue },
  ]);
  return {
    MessageId: message?.id,
    MD5OfMessageBody: md5(body),
    MD5OfMessageAttributes: md5OfAttributes(attributes),
    ...(trace && { MD5OfMessageSystemAttributes: md5OfAttributes({ AWSTraceHeader: trace }) }),
  };
}

function messageOperations(engine: SqsEngine): Record<string, Operation> {
  return {
    SendMessage: operation({
      input: z.object({ QueueUrl, ...newMessage }),
      authorize: on(engine, 'SendMessage'),
      run: (input, call) => send(engine, engine.queue(input.QueueUrl), input, call),
    }),
    SendMessageBatch: operation({
      input: z.object({ QueueUrl, Entries: z.array(z.strictObject({ Id, ...newMessage })) }),
      authorize: on(engine, 'SendMessage'),
      run: (input, call) => {
        const queue = engine.queue(input.QueueUrl);
        checkBatch(input.Entries);
        checkBatchSize(
          input.Entries.map((entry) => sizeOf(entry.MessageBody, entry.MessageAttributes ?? {})),
        );
        return eachEntry(input.Entries, (entry) => send(engine, queue, entry, call));
      },
    }),
    ReceiveMessage: operation({
      input: receiveMessage,
      authorize: on(engine, 'ReceiveMessage'),
      run: async (input, call) => {
        const queue = engine.queue(input.QueueUrl);
        // A message for a caller who is gone would be hidden from everybody until its visibility timeout.
        const gone = new AbortController();
        const leave = () => gone.abort();
        call.incoming.socket.once('close', leave);
        try {
          const delivered = await engine.receive(
            queue,
            { max: input.MaxNumberOfMessages, visibilitySeconds: input.VisibilityTimeout },
            { waitMs: (input.WaitTimeSeconds ?? queue.waitSeconds) * 1000, signal: gone.signal },
          );
          return delivered.length === 0 ? {} : { Messages: delivered.map((one) => shownMessage(one, input)) };
        } finally {
          call.incoming.socket.off('close', leave);
        }
      },
    }),
    DeleteMessage: operation({
      input: z.object({ QueueUrl, ReceiptHandle }),
      authorize: on(engine, 'DeleteMessage'),
      run: async (input) => {
        await engine.delete(engine.queue(input.QueueUrl), [input.ReceiptHandle]);
        return {};
      },
    }),
    DeleteMessageBatch: operation({
      input: z.object({ QueueUrl, Entries: z.array(z.strictObject({ Id, ReceiptHandle })) }),
      authorize: on(engine, 'DeleteMessage'),
      run: (input) => {
        const queue = engine.queue(input.QueueUrl);
        checkBatch(input.Entries);
        return eachEntry(input.Entries, async (entry) => {
          await engine.delete(queue, [entry.ReceiptHandle]);
          return {};
        });
      },
    }),
    ChangeMessageVisibility: operation({
      input: z.object({ QueueUrl, ReceiptHandle, VisibilityTimeout }),
      authorize: on(engine, 'ChangeMessageVisibility'),
      run: async (input) => {
        const queue = engine.queue(input.QueueUrl);
        await engine.changeVisibility(queue, input.ReceiptHandle, input.VisibilityTimeout);
        return {};
      },
    }),
    ChangeMessageVisibilityBatch: operation({
      input: z.object({
        QueueUrl,
        Entries: z.array(
          z.strictObject({ Id, ReceiptHandle, VisibilityTimeout: VisibilityTimeout.optional() }),
        ),
      }),
      authorize: on(engine, 'ChangeMessageVisibility'),
      run: (input) => {
        const queue = engine.queue(input.QueueUrl);
        checkBatch(input.Entries);
        return eachEntry(input.Entries, async (entry) => {
          await engine.changeVisibility(
            queue,
            entry.ReceiptHandle,
            entry.VisibilityTimeout ?? queue.visibilitySeconds,
          );
          return {};
        });
      },
    }),
  };
}

function queueOperations(engine: SqsEngine): Record<string, Operation> {
  return {
    GetQueueUrl: operation({
      input: z.object({ QueueName: z.string().min(1), QueueOwnerAWSAccountId: z.string().optional() }),
      authorize: (input) => ({ action: 'sqs:GetQueueUrl', resource: engine.queue(input.QueueName).arn }),
      run: (input) => {
        const owner = input.QueueOwnerAWSAccountId ?? engine.options.accountId;
        // Of another account there is none.
        const queue = engine.queue(owner === engine.options.accountId ? input.QueueName : '/');
        return { QueueUrl: engine.urlOf(queue) };
      },
    }),
    GetQueueAttributes: operation({
      input: z.object({ QueueUrl, AttributeNames: z.array(attributeNames).optional() }),
      authorize: on(engine, 'GetQueueAttributes'),
      run: (input) => {
        const all = attributesOf(engine, engine.queue(input.QueueUrl));
        const names: readonly string[] = input.AttributeNames ?? [];
        const asked = Object.entries(all).filter(
          ([name, value]) => value !== undefined && (names.includes('All') || names.includes(name)),
        );
        return asked.length === 0 ? {} : { Attributes: Object.fromEntries(asked) };
      },
    }),
    ListQueues: operation({
      input: z.object({
        QueueNamePrefix: z.string().optional(),
        MaxResults: z.number().int().min(1).max(1000).optional(),
        NextToken: z.string().optional(),
      }),
      authorize: () => ({
        action: 'sqs:ListQueues',
        resource: `arn:aws:sqs:${engine.options.region}:${engine.options.accountId}:*`,
      }),
      run: ({ QueueNamePrefix: prefix = '', MaxResults: max, NextToken: after = '' }) => {
        const found = engine.queues().filter(({ name }) => name.startsWith(prefix) && name > after);
        const page = found.slice(0, max ?? 1000);
        return {
          ...(page.length > 0 && { QueueUrls: page.map((queue) => engine.urlOf(queue)) }),
          // AWS answers a token only to those who asked for pages.
          ...(max !== undefined && found.length > page.length && { NextToken: page.at(-1)?.name }),
        };
      },
    }),
    PurgeQueue: operation({
      input: z.object({ QueueUrl }),
      authorize: on(engine, 'PurgeQueue'),
      run: async (input) => {
        await engine.purge(engine.queue(input.QueueUrl));
        return {};
      },
    }),
  };
}

function moveOperations(engine: SqsEngine): Record<string, Operation> {
  const tasks = new MoveTasks(engine);
  const SourceArn = z.string().min(1);
  const source = (arn: string): Queue => {
    try {
      return engine.queue(arn);
    } catch (error) {
      if (error instanceof AwsError)
        throw new AwsError(
          'ResourceNotFoundException',
          'The resource that you specified for the SourceArn parameter doesn’t exist.',
        );
      throw error;
    }
  };
  return {
    StartMessageMoveTask: operation({
      input: z.object({
        SourceArn,
        DestinationArn: z.string().min(1).optional(),
        // A local queue is moved at once.
        MaxNumberOfMessagesPerSecond: z.number().int().min(1).max(500).optional(),
      }),
      authorize: (input) => [
        ...['StartMessageMoveTask', 'ReceiveMessage', 'DeleteMessage'].map((action) => ({
          action: `sqs:${action}`,
          resource: source(input.SourceArn).arn,
        })),
        ...(input.DestinationArn === undefined
          ? []
          : [{ action: 'sqs:SendMessage', resource: engine.queue(input.DestinationArn).arn }]),
      ],
      run: async (input) => ({
        TaskHandle: await tasks.start(source(input.SourceArn), input.DestinationArn),
      }),
    }),
    ListMessageMoveTasks: operation({
      input: z.object({ SourceArn, MaxResults: z.number().int().min(1).max(10).default(1) }),
      authorize: (input) => ({ action: 'sqs:ListMessageMoveTasks', resource: source(input.SourceArn).arn }),
      run: (input) => ({ Results: tasks.list(source(input.SourceArn)).slice(0, input.MaxResults) }),
    }),
  };
}
