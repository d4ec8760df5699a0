import { setTimeout as delay } from 'node:timers/promises';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { AwsClient } from 'aws4fetch';
import type { Target } from '../../../../../scripts/local/aws/events/bus';
import { compilePattern } from '../../../../../scripts/local/aws/events/pattern';
import { allow, deny } from '../../../../support/decisions';
import { ACCOUNT, CREDENTIALS, REGION, type RunningEndpoint, startEndpoint } from '../running-endpoint';

let aws: RunningEndpoint;
let s3: S3Client;
const reports: string[] = [];

const arnOf = (name: string) => `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`;
const ruleArn = (name: string) => `arn:aws:events:${REGION}:${ACCOUNT}:rule/${name}`;

async function declare(running: RunningEndpoint): Promise<void> {
  for (const name of ['objects', 'orders', 'undelivered']) await running.sqs.createQueue({ name });
  const properties = {
    VersioningConfiguration: { Status: 'Enabled' },
    NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
  };
  await running.s3.createBucket({ name: 'documents', properties });
  await running.s3.createBucket({ name: 'silent' });
  rule(running, 'objects', { source: ['aws.s3'] }, { arn: arnOf('objects') });
}

function rule(running: RunningEndpoint, name: string, pattern: object, target: Omit<Target, 'id'>): void {
  const targets = [{ id: 'Target0', ...target }];
  running.events.addRule({ name, arn: ruleArn(name), matches: compilePattern(pattern), targets });
}

beforeAll(async () => {
  aws = await startEndpoint({ report: (line) => reports.push(line) });
  s3 = new S3Client(aws.client);
  await declare(aws);
});
beforeEach(async () => {
  for (const queue of aws.sqs.queues()) await aws.sqs.purge(queue);
  reports.length = 0;
});
afterAll(async () => {
  s3.destroy();
  await aws.stop();
});

interface S3Event {
  readonly 'detail-type': string;
  readonly detail: { readonly object: { readonly key: string; readonly sequencer: string } };
}

/** What is in a queue right now: deliveries are not waited for, since answers come after them. */
const bodies = (name: string, running = aws) =>
  running.sqs
    .messages(running.sqs.queue(name))
    .map(({ message }) => JSON.parse(message.body) as S3Event & Record<string, unknown>);

const Bucket = 'documents';
const put = (Key: string, more = {}) =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body: '12345', ...more }));

describe('an object', () => {
  test('that is put is in the queue of its rule before S3 answers, in EventBridge’s own shape', async () => {
    const key = 'users/1/Grüße & a+b %41.pdf';
    const { VersionId } = await put(key);
    expect(bodies('objects')).toEqual([
      {
        version: '0',
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        'detail-type': 'Object Created',
        source: 'aws.s3',
        account: ACCOUNT,
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        region: REGION,
        resources: ['arn:aws:s3:::documents'],
        detail: {
          version: '0',
          bucket: { name: 'documents' },
          // As it is: EventBridge does not encode keys.
          object: {
            key,
            size: 5,
            etag: '827ccb0eea8a706c4c34a16891f84e7b',
            'version-id': VersionId,
            sequencer: expect.stringMatching(/^[0-9A-F]{16}$/),
          },
          'request-id': expect.any(String),
          requester: ACCOUNT,
          'source-ip-address': '127.0.0.1',
          reason: 'PutObject',
        },
      },
    ]);
  });

  test('of a form, a copy, parts and a deletion says so, and each of a key is later than the one before', async () => {
    const { url, fields } = await createPresignedPost(s3, { Bucket, Key: 'form', Conditions: [] });
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    form.set('file', new Blob(['by form']));
    expect((await fetch(url, { method: 'POST', body: form })).status).toBe(204);
    await s3.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/form` }));
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'parts' }));
    const part = { Bucket, Key: 'parts', UploadId, PartNumber: 1 };
    const { ETag } = await s3.send(new UploadPartCommand({ ...part, Body: 'part' }));
    await s3.send(
      new CompleteMultipartUploadCommand({
        Bucket,
        Key: 'parts',
        UploadId,
        MultipartUpload: { Parts: [{ ETag, PartNumber: 1 }] },
      }),
    );
    const { VersionId } = await s3.send(new DeleteObjectCommand({ Bucket, Key: 'form' }));
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'form', VersionId }));
    const events = bodies('objects');
    expect(events).toMatchObject([
      {
        'detail-type': 'Object Created',
        detail: { reason: 'POST Object', object: { key: 'form', size: 7 } },
      },
      { 'detail-type': 'Object Created', detail: { reason: 'CopyObject', object: { key: 'copy', size: 7 } } },
      {
        'detail-type': 'Object Created',
        detail: { reason: 'CompleteMultipartUpload', object: { key: 'parts', size: 4 } },
      },
      {
        'detail-type': 'Object Deleted',
        detail: {
          reason: 'DeleteObject',
          'deletion-type': 'Delete Marker Created',
          object: { key: 'form', 'version-id': VersionId, etag: 'd41d8cd98f00b204e9800998ecf8427e' },
        },
      },
      { detail: { reason: 'DeleteObject', 'deletion-type': 'Permanently Deleted' } },
    ]);
    expect(events[3]?.detail.object).not.toHaveProperty('size');
    const ofForm = events.filter(({ detail }) => detail.object.key === 'form');
    const sequencers = ofForm.map(({ detail }) => detail.object.sequencer);
    expect(sequencers).toEqual([...sequencers].sort());
    expect(new Set(sequencers).size).toBe(3);
  });

  test('of a bucket that does not notify says nothing, nor does a write that was refused', async () => {
    await put('quiet', { Bucket: 'silent' });
    await put('once', { IfNoneMatch: '*' });
    await expect(put('once', { IfNoneMatch: '*' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    expect(bodies('objects').map(({ detail }) => detail.object.key)).toEqual(['once']);
  });

  test('is not answered for before its event is durable, however long that takes', async () => {
    const send = aws.sqs.send.bind(aws.sqs);
    const slow = jest.spyOn(aws.sqs, 'send').mockImplementation(async (...args) => {
      await delay(300);
      return send(...args);
    });
    await put('slow');
    slow.mockRestore();
    expect(bodies('objects').map(({ detail }) => detail.object.key)).toEqual(['slow']);
  });

  test('whose event was answered for is in the queue of the next runtime', async () => {
    await put('kept');
    const again = await aws.restart();
    await declare(again);
    expect(bodies('objects', again)).toMatchObject([{ detail: { object: { key: 'kept' } } }]);
    await again.close();
  });
});

describe('PutEvents', () => {
  const putEvents = async (Entries: object[]) => {
    const signer = new AwsClient({ ...CREDENTIALS, region: REGION, service: 'events' });
    const answer = await signer.fetch(aws.url, {
      method: 'POST',
      headers: { 'x-amz-target': 'AWSEvents.PutEvents', 'content-type': 'application/x-amz-json-1.1' },
      body: JSON.stringify({ Entries }),
    });
    return { status: answer.status, body: (await answer.json()) as { Entries: { EventId?: string }[] } };
  };
  const order = { Source: 'shop', DetailType: 'Order', Detail: '{"total":5}' };

  beforeAll(() => rule(aws, 'orders', { source: ['shop'] }, { arn: arnOf('orders') }));

  test('delivers what a program says happened, and answers entry by entry', async () => {
    const time = 1_700_000_000;
    const { body } = await putEvents([
      { ...order, Resources: ['arn:order'], Time: time },
      { ...order, Source: 'aws.s3' },
      { ...order, Detail: 'no json' },
      { ...order, EventBusName: 'other' },
      { Source: 'shop' },
      { ...order, Source: 'elsewhere' },
    ]);
    expect(body).toMatchObject({
      FailedEntryCount: 4,
      Entries: [
        { EventId: expect.any(String) },
        { ErrorCode: 'NotAuthorizedForSourceException' },
        { ErrorCode: 'MalformedDetail' },
        { ErrorCode: 'ResourceNotFoundException' },
        { ErrorCode: 'InvalidArgument' },
        { EventId: expect.any(String) },
      ],
    });
    expect(bodies('orders')).toEqual([
      expect.objectContaining({
        id: body.Entries[0]?.EventId,
        source: 'shop',
        'detail-type': 'Order',
        detail: { total: 5 },
        resources: ['arn:order'],
        time: '2023-11-14T22:13:20Z',
      }),
    ]);
  });

  test('is authorized on the bus, with source and type as conditions', async () => {
    aws.asked.length = 0;
    await putEvents([order]);
    expect(aws.asked[0]).toMatchObject({
      action: 'events:PutEvents',
      resource: `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/default`,
      conditions: { 'events:source': 'shop', 'events:detail-type': 'Order' },
    });
    aws.decide = async () => deny;
    expect(await putEvents([order])).toMatchObject({
      status: 400,
      body: { __type: 'AccessDeniedException' },
    });
    aws.decide = async () => allow;
  });
});

describe('a target', () => {
  const publish = () => aws.events.publish({ source: 'test', 'detail-type': 'T', detail: { a: { b: 1 } } });
  const letters = () => aws.sqs.messages(aws.sqs.queue('undelivered'));

  test('that a policy keeps from the bus has its events in its dead-letter queue, with the reason', async () => {
    rule(aws, 'denied', { source: ['test'] }, { arn: arnOf('orders'), deadLetterArn: arnOf('undelivered') });
    aws.asked.length = 0;
    aws.decide = async ({ resource }) => (resource === arnOf('orders') ? deny : allow);
    await publish();
    aws.decide = async () => allow;
    expect(aws.asked[0]).toMatchObject({
      action: 'sqs:SendMessage',
      resource: arnOf('orders'),
      conditions: { 'aws:SourceArn': ruleArn('denied') },
    });
    expect(bodies('orders')).toEqual([]);
    expect(letters().map(({ message }) => message.attributes)).toEqual([
      {
        ERROR_CODE: { DataType: 'String', StringValue: 'NO_PERMISSIONS' },
        ERROR_MESSAGE: {
          DataType: 'String',
          StringValue: expect.stringContaining('may not sqs:SendMessage'),
        },
        RULE_ARN: { DataType: 'String', StringValue: ruleArn('denied') },
        TARGET_ARN: { DataType: 'String', StringValue: arnOf('orders') },
      },
    ]);
    expect(reports.join('\n')).toContain('is in the dead-letter queue undelivered now');
  });

  test('that is not there is given up, and said when there is no queue for it', async () => {
    rule(aws, 'denied', { source: ['nothing'] }, { arn: arnOf('orders') });
    rule(
      aws,
      'lost',
      { source: ['test'] },
      {
        arn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:absent`,
      },
    );
    await publish();
    expect(reports).toEqual([expect.stringContaining('rule lost: an event could not be delivered')]);
    expect(letters()).toEqual([]);
  });
});
