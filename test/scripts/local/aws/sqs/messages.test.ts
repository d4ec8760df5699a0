import { setTimeout as delay } from 'node:timers/promises';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  PurgeQueueCommand,
  type QueueAttributeName,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageCommand,
  type SendMessageCommandInput,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { allow, deny } from '../../../../support/decisions';
import { ACCOUNT, REGION, type RunningEndpoint, startEndpoint } from '../running-endpoint';

let aws: RunningEndpoint;
let client: SQSClient;
let url: string;

const arnOf = (name: string) => `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`;

beforeAll(async () => {
  aws = await startEndpoint();
  client = new SQSClient(aws.client);
});
beforeEach(async () => {
  url = await create('work', { VisibilityTimeout: 60 });
  await aws.sqs.purge(aws.sqs.queue('work'));
});
afterAll(async () => {
  client.destroy();
  await aws.stop();
});

async function create(name: string, properties: object = {}): Promise<string> {
  return aws.sqs.urlOf(await aws.sqs.createQueue({ name, properties }));
}
const send = (MessageBody: string, more: Partial<SendMessageCommandInput> = {}) =>
  client.send(new SendMessageCommand({ QueueUrl: url, MessageBody, ...more }));
const receive = async (more: Partial<ReceiveMessageCommandInput> = {}) =>
  (await client.send(new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10, ...more })))
    .Messages ?? [];
const remove = (ReceiptHandle: string | undefined) =>
  client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
const attributes = async (QueueUrl = url) =>
  (
    await client.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All' as QueueAttributeName] }),
    )
  ).Attributes ?? {};

describe('a message', () => {
  test('arrives as it was sent, with digests the client has checked', async () => {
    const body = 'Grüße, "Welt" \u{1f980}\n\t{}';
    const MessageAttributes = {
      'sample-attribute': { DataType: 'String', StringValue: 'sample-value' },
    };
    const sent = await send(body, { MessageAttributes });
    // As SQS itself has answered it for this attribute.
    expect(sent.MD5OfMessageAttributes).toBe('7c815262be77a62f56671125069ca888');
    const [message] = await receive({ MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All'] });
    expect(message).toEqual({
      MessageId: sent.MessageId,
      ReceiptHandle: expect.any(String),
      Body: body,
      MD5OfBody: sent.MD5OfMessageBody,
      MessageAttributes,
      MD5OfMessageAttributes: '7c815262be77a62f56671125069ca888',
      Attributes: {
        SenderId: 'AROAdocuments:documents',
        SentTimestamp: expect.stringMatching(/^\d{13}$/),
        ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
        ApproximateReceiveCount: '1',
      },
    });
  });

  test('carries binary and number attributes, of which a reader gets those it names', async () => {
    const sent = await send('cities', {
      MessageAttributes: {
        City: { DataType: 'String', StringValue: 'Any City' },
        Greeting: { DataType: 'Binary', BinaryValue: Buffer.from('Hello, World!') },
        Population: { DataType: 'Number', StringValue: '1250800' },
      },
      MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: 'Root=1-2-3' } },
    });
    expect(sent.MD5OfMessageSystemAttributes).toMatch(/^[0-9a-f]{32}$/);
    const [message] = await receive({
      MessageAttributeNames: ['Gree.*'],
      MessageSystemAttributeNames: ['AWSTraceHeader'],
      VisibilityTimeout: 0,
    });
    expect(Object.keys(message?.MessageAttributes ?? {})).toEqual(['Greeting']);
    expect(Buffer.from(message?.MessageAttributes?.Greeting?.BinaryValue ?? []).toString()).toBe(
      'Hello, World!',
    );
    expect(message?.Attributes).toEqual({ AWSTraceHeader: 'Root=1-2-3' });
    expect((await receive())[0]).not.toHaveProperty('MessageAttributes');
  });

  test('is hidden from others until its visibility timeout, and then delivered once more', async () => {
    await send('twice');
    const [first] = await receive();
    expect(await receive()).toEqual([]);
    aws.sqs.advance(60_000);
    const [second] = await receive({ MessageSystemAttributeNames: ['ApproximateReceiveCount'] });
    expect(second).toMatchObject({
      MessageId: first?.MessageId,
      Attributes: { ApproximateReceiveCount: '2' },
    });
    expect(second?.ReceiptHandle).not.toBe(first?.ReceiptHandle);
    // The first consumer came too late: the message belongs to the second one now.
    await remove(first?.ReceiptHandle);
    expect((await attributes()).ApproximateNumberOfMessagesNotVisible).toBe('1');
    await remove(second?.ReceiptHandle);
    aws.sqs.advance(60_000);
    expect(await receive()).toEqual([]);
    // Deleting again is no error.
    await remove(second?.ReceiptHandle);
  });

  test('may be hidden for longer or given back, as long as it is in flight', async () => {
    await send('change');
    const [message] = await receive();
    const change = (VisibilityTimeout: number) =>
      client.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: url,
          ReceiptHandle: message?.ReceiptHandle,
          VisibilityTimeout,
        }),
      );
    await change(300);
    aws.sqs.advance(299_000);
    expect(await receive()).toEqual([]);
    await change(0);
    await expect(change(10)).rejects.toMatchObject({
      message: expect.stringContaining('is not available for visibility timeout change'),
    });
    expect(await receive()).toHaveLength(1);
  });

  test('may be delayed, by itself or by its queue', async () => {
    await send('later', { DelaySeconds: 20 });
    expect(await attributes()).toMatchObject({
      ApproximateNumberOfMessages: '0',
      ApproximateNumberOfMessagesDelayed: '1',
    });
    aws.sqs.advance(20_000);
    expect(await receive()).toHaveLength(1);
    url = await create('delayed', { DelaySeconds: 5 });
    await send('by the queue');
    expect(await receive()).toEqual([]);
    aws.sqs.advance(5000);
    expect(await receive()).toHaveLength(1);
  });

  test('is gone after the retention period', async () => {
    url = await create('short', { MessageRetentionPeriod: 60 });
    await send('old');
    aws.sqs.advance(60_000);
    expect(await attributes()).toMatchObject({ ApproximateNumberOfMessages: '0' });
    expect(await receive()).toEqual([]);
  });

  test.each<[string, string, Partial<SendMessageCommandInput>, string]>([
    ['without a body', '', {}, 'MissingParameter'],
    ['over 1 MiB', 'x'.repeat(1024 ** 2 + 1), {}, 'InvalidParameterValue'],
    ['with a character XML has not', 'a\u0000b', {}, 'InvalidMessageContents'],
    [
      'with eleven attributes',
      'x',
      {
        MessageAttributes: Object.fromEntries(
          Array.from({ length: 11 }, (_, i) => [`n${i}`, { DataType: 'String', StringValue: 'v' }]),
        ),
      },
      'InvalidParameterValue',
    ],
    [
      'with an attribute of AWS',
      'x',
      { MessageAttributes: { 'AWS.x': { DataType: 'String', StringValue: 'v' } } },
      'InvalidParameterValue',
    ],
    [
      'with an attribute of no type',
      'x',
      { MessageAttributes: { n: { DataType: 'Text', StringValue: 'v' } } },
      'InvalidParameterValue',
    ],
    [
      'with an empty attribute',
      'x',
      { MessageAttributes: { n: { DataType: 'String', StringValue: '' } } },
      'InvalidParameterValue',
    ],
    [
      'with a number that is none',
      'x',
      { MessageAttributes: { n: { DataType: 'Number', StringValue: 'ten' } } },
      'InvalidParameterValue',
    ],
    ['delayed by 16 minutes', 'x', { DelaySeconds: 960 }, 'InvalidParameterValue'],
    ['with a group, as in a FIFO queue', 'x', { MessageGroupId: 'g' }, 'NotImplemented'],
  ])('%s is refused', async (_what, body, more, name) => {
    await expect(send(body, more)).rejects.toMatchObject({ name });
    expect((await attributes()).ApproximateNumberOfMessages).toBe('0');
  });
});

describe('a reader', () => {
  test('waits for a message that comes, or for the end of its wait', async () => {
    const waiting = receive({ WaitTimeSeconds: 20 });
    await delay(50);
    await send('at last');
    expect(await waiting).toHaveLength(1);
    const started = performance.now();
    expect(await receive({ WaitTimeSeconds: 1 })).toEqual([]);
    expect(performance.now() - started).toBeGreaterThan(900);
  });

  test('that waits gets a message whose time comes', async () => {
    await send('hidden');
    await receive({ VisibilityTimeout: 1 });
    expect(await receive({ WaitTimeSeconds: 20 })).toHaveLength(1);
  });

  test('that hangs up takes nothing', async () => {
    const gone = new AbortController();
    const waiting = client.send(new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 20 }), {
      abortSignal: gone.signal,
    });
    await delay(50);
    gone.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    await delay(50);
    await send('for somebody else');
    expect(await receive()).toHaveLength(1);
  });

  test('may wait by the queue’s own setting', async () => {
    url = await create('polled', { ReceiveMessageWaitTimeSeconds: 20 });
    const waiting = receive();
    await delay(50);
    await send('x');
    expect(await waiting).toHaveLength(1);
  });
});

describe('a queue', () => {
  test('is found by name and listed, and its URL leads to it whatever the port was', async () => {
    const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: 'work' }));
    expect(QueueUrl).toBe(`${aws.url}/${ACCOUNT}/work`);
    const listed = await client.send(new ListQueuesCommand({ QueueNamePrefix: 'wo' }));
    expect(listed.QueueUrls).toEqual([url]);
    url = `http://localhost:1/${ACCOUNT}/work`;
    const elsewhere = new SQSClient({ ...aws.client, useQueueUrlAsEndpoint: false });
    await elsewhere.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'x' }));
    elsewhere.destroy();
  });

  test('tells its settings and counts', async () => {
    await create('dead');
    url = await create('told', {
      VisibilityTimeout: '90',
      MessageRetentionPeriod: 1_209_600,
      RedrivePolicy: { deadLetterTargetArn: arnOf('dead'), maxReceiveCount: 3 },
    });
    aws.sqs.setPolicy('told', { Statement: [] });
    await send('a');
    await send('b');
    await receive({ MaxNumberOfMessages: 1 });
    expect(await attributes()).toMatchObject({
      QueueArn: arnOf('told'),
      ApproximateNumberOfMessages: '1',
      ApproximateNumberOfMessagesNotVisible: '1',
      VisibilityTimeout: '90',
      MessageRetentionPeriod: '1209600',
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arnOf('dead'), maxReceiveCount: 3 }),
      Policy: '{"Statement":[]}',
    });
  });

  test('that is purged is empty', async () => {
    await send('a');
    await client.send(new PurgeQueueCommand({ QueueUrl: url }));
    expect(await receive()).toEqual([]);
  });

  test('that does not exist is an error every client knows', async () => {
    url = `${aws.url}/${ACCOUNT}/absent`;
    const error = await send('x').catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      name: 'QueueDoesNotExist',
      $metadata: { httpStatusCode: 400 },
    });
    url = `${aws.url}/999999999999/work`;
    await expect(send('x')).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
  });

  test.each([
    ['not base64 of ours', 'abc'],
    ['of another queue', Buffer.from('other id receipt').toString('base64')],
  ])('refuses a receipt handle that is %s', async (_what, handle) => {
    await expect(remove(handle)).rejects.toMatchObject({ name: 'ReceiptHandleIsInvalid' });
  });

  test('refuses settings it cannot have', async () => {
    await expect(create('x'.repeat(81))).rejects.toThrow('is no name of a queue');
    await expect(create('odd', { VisibilityTimeout: 50_000 })).rejects.toThrow('VisibilityTimeout');
    await expect(create('odd', { ContentBasedDeduplication: true })).rejects.toThrow(
      'ContentBasedDeduplication',
    );
  });
});

test('calls are authorized on the queue, and who may not call learns nothing', async () => {
  aws.asked.length = 0;
  await send('x');
  await receive();
  await client.send(new GetQueueUrlCommand({ QueueName: 'work' }));
  expect(aws.asked.map(({ action, resource }) => `${action} ${resource}`)).toEqual([
    `sqs:SendMessage ${arnOf('work')}`,
    `sqs:ReceiveMessage ${arnOf('work')}`,
    `sqs:GetQueueUrl ${arnOf('work')}`,
  ]);
  aws.decide = async () => deny;
  await expect(send('x')).rejects.toMatchObject({
    name: 'AccessDenied',
    message: expect.stringContaining(
      'is not authorized to perform: sqs:sendmessage on resource: arn:aws:sqs:',
    ),
  });
  aws.decide = async () => allow;
});
