import { statSync } from 'node:fs';
import path from 'node:path';
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  ListMessageMoveTasksCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { ACCOUNT, REGION, type RunningEndpoint, startEndpoint } from '../running-endpoint';

let aws: RunningEndpoint;
let client: SQSClient;

const arnOf = (name: string) => `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`;
const urlOf = (name: string) => aws.sqs.urlOf(aws.sqs.queue(name));

async function declare(running: RunningEndpoint): Promise<void> {
  await running.sqs.createQueue({ name: 'dead' });
  await running.sqs.createQueue({
    name: 'work',
    properties: {
      VisibilityTimeout: 10,
      RedrivePolicy: { deadLetterTargetArn: arnOf('dead'), maxReceiveCount: '3' },
    },
  });
}

beforeEach(async () => {
  aws = await startEndpoint();
  client = new SQSClient(aws.client);
  await declare(aws);
});
afterEach(async () => {
  client.destroy();
  await aws.stop();
});

const sendAll = (Entries: SendMessageBatchRequestEntry[]) =>
  client.send(new SendMessageBatchCommand({ QueueUrl: urlOf('work'), Entries }));
const receive = async (name = 'work'): Promise<Message[]> =>
  (
    await client.send(
      new ReceiveMessageCommand({
        QueueUrl: urlOf(name),
        MaxNumberOfMessages: 10,
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
      }),
    )
  ).Messages ?? [];

describe('a batch', () => {
  test('is done entry by entry: one that fails leaves the others', async () => {
    const sent = await sendAll([
      { Id: 'a', MessageBody: 'a' },
      { Id: 'b', MessageBody: 'b\u0000' },
      { Id: 'c', MessageBody: 'c' },
    ]);
    expect(sent.Successful?.map(({ Id }) => Id)).toEqual(['a', 'c']);
    expect(sent.Failed).toEqual([
      { Id: 'b', Code: 'InvalidMessageContents', Message: expect.any(String), SenderFault: true },
    ]);
    const messages = await receive();
    expect(messages.map(({ Body }) => Body)).toEqual(['a', 'c']);
    const changed = await client.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl: urlOf('work'),
        Entries: [{ Id: '1', ReceiptHandle: messages[0]?.ReceiptHandle, VisibilityTimeout: 0 }],
      }),
    );
    expect(changed.Successful).toEqual([{ Id: '1' }]);
    const deleted = await client.send(
      new DeleteMessageBatchCommand({
        QueueUrl: urlOf('work'),
        Entries: [
          { Id: '1', ReceiptHandle: messages[1]?.ReceiptHandle },
          { Id: '2', ReceiptHandle: 'nonsense' },
        ],
      }),
    );
    expect(deleted.Successful).toEqual([{ Id: '1' }]);
    expect(deleted.Failed).toMatchObject([{ Id: '2', Code: 'ReceiptHandleIsInvalid' }]);
    expect((await receive()).map(({ Body }) => Body)).toEqual(['a']);
  });

  const entry = (Id: string, MessageBody = 'x') => ({ Id, MessageBody });
  test.each<[string, SendMessageBatchRequestEntry[], string]>([
    ['without entries', [], 'EmptyBatchRequest'],
    ['of eleven', Array.from({ length: 11 }, (_, i) => entry(`n${i}`)), 'TooManyEntriesInBatchRequest'],
    ['with an id twice', [entry('a'), entry('a')], 'BatchEntryIdsNotDistinct'],
    ['with an id that is none', [entry('a b')], 'InvalidBatchEntryId'],
    [
      'over 1 MiB in all',
      [entry('a', 'x'.repeat(600_000)), entry('b', 'x'.repeat(600_000))],
      'BatchRequestTooLong',
    ],
  ])('%s is refused as a whole', async (_what, entries, name) => {
    await expect(sendAll(entries)).rejects.toMatchObject({ name });
    expect(await receive()).toEqual([]);
  });
});

describe('a message that is received again and again', () => {
  const attributes = { 'landfall-key': { DataType: 'String', StringValue: 'users/a' } };

  async function wearOut(): Promise<string | undefined> {
    const sent = await sendAll([{ Id: 'a', MessageBody: 'poison', MessageAttributes: attributes }]);
    for (let i = 0; i < 3; i++) {
      expect(await receive()).toHaveLength(1);
      aws.sqs.advance(10_000);
    }
    expect(await receive()).toEqual([]);
    return sent.Successful?.[0]?.MessageId;
  }

  test('is in the dead-letter queue after maxReceiveCount, as it was and with where it came from', async () => {
    const id = await wearOut();
    const [letter, ...more] = await receive('dead');
    expect(more).toEqual([]);
    expect(letter).toMatchObject({
      MessageId: id,
      Body: 'poison',
      MessageAttributes: attributes,
      Attributes: { DeadLetterQueueSourceArn: arnOf('work'), ApproximateReceiveCount: '4' },
    });
    expect(aws.logs.join('\n')).toContain(
      `queue work: message ${id} was received 3 times and is in the dead-letter queue dead now.`,
    );
  });

  test('goes back by a move task, as a message of its own', async () => {
    const id = await wearOut();
    await client.send(new StartMessageMoveTaskCommand({ SourceArn: arnOf('dead') }));
    const { Results } = await client.send(new ListMessageMoveTasksCommand({ SourceArn: arnOf('dead') }));
    expect(Results).toMatchObject([{ Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 1 }]);
    expect(await receive('dead')).toEqual([]);
    const [again] = await receive();
    expect(again).toMatchObject({ Body: 'poison', Attributes: { ApproximateReceiveCount: '1' } });
    expect(again?.MessageId).not.toBe(id);
  });

  test('but a dead letter that a program sent can only go where the task says', async () => {
    await aws.sqs.send(aws.sqs.queue('dead'), [{ body: 'sent' }]);
    await client.send(new StartMessageMoveTaskCommand({ SourceArn: arnOf('dead') }));
    const { Results } = await client.send(new ListMessageMoveTasksCommand({ SourceArn: arnOf('dead') }));
    expect(Results).toMatchObject([{ Status: 'FAILED', FailureReason: 'CouldNotDetermineMessageSource' }]);
    await client.send(
      new StartMessageMoveTaskCommand({ SourceArn: arnOf('dead'), DestinationArn: arnOf('work') }),
    );
    expect(await receive()).toHaveLength(1);
    await expect(client.send(new StartMessageMoveTaskCommand({ SourceArn: arnOf('work') }))).rejects.toThrow(
      'Source queue must be configured as a Dead Letter Queue',
    );
  });

  test('is in exactly one of the two queues after a restart', async () => {
    await wearOut();
    const again = await aws.restart();
    await declare(again);
    expect(again.sqs.messages(again.sqs.queue('work'))).toEqual([]);
    expect(again.sqs.messages(again.sqs.queue('dead'))).toHaveLength(1);
    await again.close();
  });
});

test('messages, their counts and what hides them survive a restart', async () => {
  await sendAll([
    { Id: 'a', MessageBody: 'in flight' },
    { Id: 'b', MessageBody: 'deleted' },
  ]);
  const [inFlight, deleted] = await receive();
  await aws.sqs.delete(aws.sqs.queue('work'), [deleted?.ReceiptHandle as string]);
  await sendAll([{ Id: 'c', MessageBody: 'waiting' }]);
  const again = await aws.restart();
  await declare(again);
  const queue = again.sqs.queue('work');
  expect(again.sqs.counts(queue)).toEqual({ waiting: 1, inFlight: 1, delayed: 0 });
  // A handle of before is one still.
  await again.sqs.changeVisibility(queue, inFlight?.ReceiptHandle as string, 0);
  const taken = await again.sqs.take(queue, { max: 10 });
  expect(taken.map(({ message, receives }) => [message.body, receives])).toEqual([
    ['in flight', 2],
    ['waiting', 1],
  ]);
  await again.close();
});

test('what an event source had when the runtime was killed is delivered at once by the next', async () => {
  await sendAll([
    { Id: 'a', MessageBody: 'killed' },
    { Id: 'b', MessageBody: 'given back for later' },
  ]);
  const [, later] = await aws.sqs.take(aws.sqs.queue('work'), { max: 10, byEventSource: true });
  await aws.sqs.changeVisibility(aws.sqs.queue('work'), later?.receiptHandle as string, 300);
  const again = await aws.restart();
  await declare(again);
  const taken = await again.sqs.take(again.sqs.queue('work'), { max: 10 });
  expect(taken.map(({ message }) => message.body)).toEqual(['killed']);
  await again.close();
});

test('the file does not grow with what is gone', async () => {
  const queue = await aws.sqs.createQueue({ name: 'busy' });
  await aws.sqs.send(queue, [{ body: 'stays' }]);
  for (let i = 0; i < 40; i++) {
    await aws.sqs.send(
      queue,
      Array.from({ length: 50 }, () => ({ body: 'x'.repeat(1000) })),
    );
    const taken = await aws.sqs.take(queue, { max: 51, visibilitySeconds: 0 });
    const gone = taken.filter(({ message }) => message.body !== 'stays');
    await aws.sqs.delete(
      queue,
      gone.map(({ receiptHandle }) => receiptHandle),
    );
    aws.sqs.advance(1);
  }
  // 2000 messages of a kilobyte went through.
  expect(statSync(path.join(aws.directory, 'sqs.jsonl')).size).toBeLessThan(1_500_000);
  const again = await aws.restart();
  const kept = again.sqs.messages(await again.sqs.createQueue({ name: 'busy' }));
  expect(kept.map(({ message, state }) => [message.body, state.receives])).toEqual([['stays', 40]]);
  await again.close();
});
