/** The SQS API. Queues are made by templates only. */
import * as z from 'zod';
import type { Principals } from '../authentication';
import type { Call } from '../call';
import { JsonService, type Operation, operation } from '../json-service';
import { checkBatch, checkBatchSize, eachEntry } from './batches';
import type { SqsEngine } from './engine';
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
import type { Queue } from './queue-directory';
import { moveOperations, on, queueOperations } from './queue-operations';

/** A batch of the largest messages, escaped in JSON. */
const MAX_REQUEST = 7 * MAX_MESSAGE;

const Id = z.string();

/** What clients of the older query protocol branch on; SDKs read it from a header of its own. */
const QUERY_CODES: Readonly<Record<string, string>> = {
  AccessDeniedException: 'AccessDenied',
  KmsAccessDenied: 'KMS.AccessDeniedException',
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
