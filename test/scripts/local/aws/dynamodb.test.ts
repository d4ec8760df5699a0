import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { allow, deny } from '../../../support/decisions';
import { CREDENTIALS, ROLE, type RunningEndpoint, startEndpoint } from './running-endpoint';

let aws: RunningEndpoint;
let client: DynamoDBClient;

const links = {
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
  TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
};
const messages = {
  KeySchema: [
    { AttributeName: 'room', KeyType: 'HASH' },
    { AttributeName: 'sent', KeyType: 'RANGE' },
  ],
  AttributeDefinitions: [
    { AttributeName: 'room', AttributeType: 'S' },
    { AttributeName: 'sent', AttributeType: 'N' },
    { AttributeName: 'author', AttributeType: 'S' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'by-author',
      KeySchema: [
        { AttributeName: 'author', KeyType: 'HASH' },
        { AttributeName: 'sent', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'ALL' },
    },
  ],
};

beforeAll(async () => {
  aws = await startEndpoint();
  client = new DynamoDBClient(aws.client);
  await aws.dynamodb.createTable({ name: 'links', properties: links });
  await aws.dynamodb.createTable({ name: 'messages', properties: messages });
});
afterEach(() => {
  aws.decide = async () => allow;
});
afterAll(async () => {
  client.destroy();
  await aws.stop();
});

const arn = (rest: string) => `arn:aws:dynamodb:us-east-1:000000000000:table/${rest}`;
const put = (pk: string, more = {}, options = {}) =>
  client.send(new PutItemCommand({ TableName: 'links', Item: { pk: { S: pk }, ...more }, ...options }));
const get = async (pk: string) =>
  (await client.send(new GetItemCommand({ TableName: 'links', Key: { pk: { S: pk } } }))).Item;
const redeem = (pk: string, attempt: string, options = {}) =>
  client.send(
    new UpdateItemCommand({
      TableName: 'links',
      Key: { pk: { S: pk } },
      UpdateExpression: 'SET redeemedBy = :attempt',
      ConditionExpression: 'tokenHash = :hash AND attribute_not_exists(redeemedBy)',
      ExpressionAttributeValues: { ':attempt': { S: attempt }, ':hash': { S: 'hash' } },
      ...options,
    }),
  );

test('items are put, read, updated and deleted', async () => {
  await put('item', { tokenHash: { S: 'hash' }, list: { L: [{ N: '1' }, { BOOL: true }, { NULL: true }] } });
  const { Attributes } = await redeem('item', 'first', { ReturnValues: 'ALL_NEW' });
  expect(Attributes).toEqual(await get('item'));
  expect(Attributes).toMatchObject({
    redeemedBy: { S: 'first' },
    list: { L: [{ N: '1' }, { BOOL: true }, { NULL: true }] },
  });
  await client.send(new DeleteItemCommand({ TableName: 'links', Key: { pk: { S: 'item' } } }));
  expect(await get('item')).toBeUndefined();
});

test('of 50 conditional updates at once exactly one succeeds, every time', async () => {
  for (let round = 0; round < 5; round++) {
    const pk = `race ${round}`;
    await put(pk, { tokenHash: { S: 'hash' } });
    const attempts = Array.from({ length: 50 }, (_, index) => String(index));
    const results = await Promise.allSettled(attempts.map((attempt) => redeem(pk, attempt)));
    const winners = attempts.filter((_, index) => results[index]?.status === 'fulfilled');
    expect(winners).toHaveLength(1);
    expect((await get(pk))?.redeemedBy).toEqual({ S: winners[0] });
    for (const result of results)
      if (result.status === 'rejected')
        expect(result.reason).toMatchObject({ name: 'ConditionalCheckFailedException' });
  }
});

test('100 counts at once are all counted', async () => {
  const count = () =>
    client.send(
      new UpdateItemCommand({
        TableName: 'links',
        Key: { pk: { S: 'address' } },
        UpdateExpression: 'ADD #count :one',
        ExpressionAttributeNames: { '#count': 'count' },
        ExpressionAttributeValues: { ':one': { N: '1' } },
      }),
    );
  await Promise.all(Array.from({ length: 100 }, count));
  expect((await get('address'))?.count).toEqual({ N: '100' });
});

test('a failed condition carries the item only when it is asked for', async () => {
  await put('old', { tokenHash: { S: 'hash' }, redeemedBy: { S: 'somebody' } });
  const failed = (options: object) => redeem('old', 'x', options).catch((error) => error);
  expect((await failed({})).Item).toBeUndefined();
  const error = await failed({ ReturnValuesOnConditionCheckFailure: 'ALL_OLD' });
  expect(error.name).toBe('ConditionalCheckFailedException');
  expect(error.Item).toEqual(await get('old'));
  const absent = await put(
    'absent',
    {},
    {
      ConditionExpression: 'attribute_exists(pk)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    },
  ).catch((failure) => failure);
  expect([absent.name, absent.Item]).toEqual(['ConditionalCheckFailedException', undefined]);
});

test('batches, queries of table and index, and scans in pages', async () => {
  const message = (sent: number) => ({
    room: { S: 'lobby' },
    sent: { N: String(sent) },
    author: { S: sent % 2 ? 'ann' : 'ben' },
  });
  await client.send(
    new BatchWriteItemCommand({
      RequestItems: { messages: [3, 1, 10, 2].map((sent) => ({ PutRequest: { Item: message(sent) } })) },
    }),
  );
  const query = async (more: object) =>
    (await client.send(new QueryCommand({ TableName: 'messages', ...more }))).Items?.map(
      ({ sent }) => sent?.N,
    );
  const room = {
    KeyConditionExpression: 'room = :room AND sent > :sent',
    ExpressionAttributeValues: { ':room': { S: 'lobby' }, ':sent': { N: '1' } },
  };
  expect(await query(room)).toEqual(['2', '3', '10']);
  expect(await query({ ...room, ScanIndexForward: false, Limit: 2 })).toEqual(['10', '3']);
  expect(
    await query({
      IndexName: 'by-author',
      KeyConditionExpression: 'author = :author',
      ExpressionAttributeValues: { ':author': { S: 'ben' } },
    }),
  ).toEqual(['2', '10']);
  const pages: number[] = [];
  let ExclusiveStartKey: Record<string, never> | undefined;
  do {
    const page = await client.send(new ScanCommand({ TableName: 'messages', Limit: 3, ExclusiveStartKey }));
    pages.push(page.Items?.length ?? 0);
    ExclusiveStartKey = page.LastEvaluatedKey as typeof ExclusiveStartKey;
  } while (ExclusiveStartKey);
  expect(pages).toEqual([3, 1]);
  const read = await client.send(
    new BatchGetItemCommand({
      RequestItems: {
        messages: { Keys: [{ room: { S: 'lobby' }, sent: { N: '10' } }], ProjectionExpression: 'author' },
      },
    }),
  );
  expect(read.Responses).toEqual({ messages: [{ author: { S: 'ben' } }] });
});

test('each call is authorized with its action, table or index, and partition key', async () => {
  aws.asked.length = 0;
  await put('granted', {}, { ReturnValues: 'ALL_OLD' });
  await client.send(
    new QueryCommand({
      TableName: 'messages',
      IndexName: 'by-author',
      KeyConditionExpression: 'author = :author',
      ExpressionAttributeValues: { ':author': { S: 'ann' } },
      Select: 'COUNT',
    }),
  );
  await client.send(
    new BatchWriteItemCommand({
      RequestItems: { links: [{ DeleteRequest: { Key: { pk: { S: 'granted' } } } }] },
    }),
  );
  await client.send(new ListTablesCommand({}));
  const own = { 'aws:SourceIp': '127.0.0.1', 'aws:UserAgent': expect.stringContaining('aws-sdk-js') };
  expect(aws.asked).toEqual([
    {
      principal: ROLE,
      session: { name: 'local' },
      service: 'dynamodb',
      action: 'dynamodb:PutItem',
      resource: arn('links'),
      conditions: { ...own, 'dynamodb:LeadingKeys': 'granted', 'dynamodb:ReturnValues': 'ALL_OLD' },
    },
    expect.objectContaining({
      action: 'dynamodb:Query',
      resource: arn('messages/index/by-author'),
      conditions: { ...own, 'dynamodb:LeadingKeys': 'ann', 'dynamodb:Select': 'COUNT' },
    }),
    expect.objectContaining({
      action: 'dynamodb:BatchWriteItem',
      resource: arn('links'),
      conditions: { ...own, 'dynamodb:LeadingKeys': 'granted' },
    }),
    expect.objectContaining({ action: 'dynamodb:ListTables', resource: '*' }),
  ]);
  aws.decide = async ({ action }) => (action === 'dynamodb:PutItem' ? deny : allow);
  await expect(put('denied')).rejects.toMatchObject({
    name: 'AccessDeniedException',
    $metadata: { httpStatusCode: 400 },
  });
  expect(await get('denied')).toBeUndefined();
});

test('a wrong secret, an unknown table, a malformed call and what is not implemented are refused by name', async () => {
  const stranger = new DynamoDBClient({
    ...aws.client,
    credentials: { ...CREDENTIALS, secretAccessKey: 'wrong' },
  });
  await expect(stranger.send(new ListTablesCommand({}))).rejects.toMatchObject({
    name: 'SignatureDoesNotMatch',
  });
  stranger.destroy();
  await expect(client.send(new ScanCommand({ TableName: 'absent' }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
  await expect(put('x', {}, { ConditionExpression: 'nonsense(' })).rejects.toMatchObject({
    name: 'ValidationException',
    message: expect.stringContaining('Invalid ConditionExpression'),
  });
  await expect(put('x', {}, { ReturnItemCollectionMetrics: 'SIZE' })).rejects.toThrow(
    'the parameter ReturnItemCollectionMetrics of dynamodb PutItem',
  );
  await expect(
    client.send(new CreateTableCommand({ TableName: 'mine', KeySchema: [], AttributeDefinitions: [] })),
  ).rejects.toMatchObject({
    name: 'NotImplemented',
    message: expect.stringContaining('dynamodb CreateTable'),
  });
  await expect(client.send(new GetItemCommand({ TableName: 'links', Key: {} }))).rejects.toMatchObject({
    name: 'ValidationException',
  });
});

test('an item of 300 KB passes, and one over 400 KB does not', async () => {
  await put('large', { body: { S: 'x'.repeat(300 * 1024) } });
  expect((await get('large'))?.body?.S).toHaveLength(300 * 1024);
  await expect(put('huge', { body: { S: 'x'.repeat(401 * 1024) } })).rejects.toMatchObject({
    name: 'ValidationException',
  });
});

describe('time to live', () => {
  const seconds = (offset: number) => ({ N: String(Math.floor(Date.now() / 1000) + offset) });

  test('removes what is past, leaves it readable until then, and touches nothing else', async () => {
    await put('past', { expiresAt: seconds(-10) });
    await put('soon', { expiresAt: seconds(60) });
    await put('ancient', { expiresAt: seconds(-6 * 365 * 86_400) });
    await put('text', { expiresAt: { S: '1' } });
    await put('never');
    expect(await get('past')).toBeDefined();
    expect(await aws.dynamodb.expire()).toBe(1);
    expect(await get('past')).toBeUndefined();
    for (const pk of ['soon', 'ancient', 'text', 'never']) expect(await get(pk)).toBeDefined();
    aws.offset = 61_000;
    expect(await aws.dynamodb.expire()).toBe(1);
    aws.offset = 0;
    expect(await get('soon')).toBeUndefined();
    expect(aws.logs).toContain('dynamodb: 1 expired items of links removed');
  });

  test('is removed from a large table page by page', async () => {
    const body = { S: 'x'.repeat(200 * 1024) };
    for (let index = 0; index < 12; index++) await put(`page ${index}`, { body, expiresAt: seconds(-10) });
    expect(await aws.dynamodb.expire()).toBe(12);
  });

  test('is described and changed by its API', async () => {
    const describe = async () =>
      (await client.send(new DescribeTimeToLiveCommand({ TableName: 'messages' }))).TimeToLiveDescription;
    const update = (AttributeName: string, Enabled: boolean) =>
      client.send(
        new UpdateTimeToLiveCommand({
          TableName: 'messages',
          TimeToLiveSpecification: { AttributeName, Enabled },
        }),
      );
    expect(await describe()).toEqual({ TimeToLiveStatus: 'DISABLED' });
    await expect(update('gone', false)).rejects.toThrow('TimeToLive is already disabled');
    await update('gone', true);
    expect(await describe()).toEqual({ TimeToLiveStatus: 'ENABLED', AttributeName: 'gone' });
    await expect(update('gone', true)).rejects.toThrow('TimeToLive is already enabled');
    await expect(update('other', false)).rejects.toThrow('current AttributeName is gone');
    await update('gone', false);
    expect(await describe()).toEqual({ TimeToLiveStatus: 'DISABLED' });
  });
});

test('a table describes its keys and indexes, and that nothing is backed up', async () => {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: 'messages' }));
  expect(Table).toMatchObject({
    TableStatus: 'ACTIVE',
    TableArn: arn('messages'),
    KeySchema: messages.KeySchema,
    GlobalSecondaryIndexes: [{ IndexName: 'by-author', IndexArn: arn('messages/index/by-author') }],
  });
  const backups = await client.send(new DescribeContinuousBackupsCommand({ TableName: 'messages' }));
  expect(backups.ContinuousBackupsDescription?.PointInTimeRecoveryDescription).toEqual({
    PointInTimeRecoveryStatus: 'DISABLED',
  });
  expect((await client.send(new ListTablesCommand({}))).TableNames).toEqual(['links', 'messages']);
});

describe('a declaration', () => {
  test('with other keys, types or indexes than the table has says so and names --fresh', async () => {
    const declare = (properties: object) => aws.dynamodb.createTable({ name: 'links', properties });
    const other = [{ AttributeName: 'id', AttributeType: 'S' }];
    const attempts = [
      { ...links, KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }], AttributeDefinitions: other },
      { ...links, AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'N' }] },
      {
        ...links,
        AttributeDefinitions: [...links.AttributeDefinitions, ...other],
        GlobalSecondaryIndexes: [
          {
            IndexName: 'by-id',
            KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
            Projection: { ProjectionType: 'ALL' },
          },
        ],
      },
    ];
    for (const properties of attempts)
      await expect(declare(properties)).rejects.toThrow(/exists with other keys or indexes.*--fresh/);
    await declare(links);
  });

  test('that cannot be honoured names the property', async () => {
    const declare = (more: object) =>
      aws.dynamodb.createTable({ name: 'streams', properties: { ...links, ...more } });
    await expect(declare({ StreamSpecification: { StreamViewType: 'NEW_IMAGE' } })).rejects.toThrow(
      'StreamSpecification',
    );
    await expect(declare({ TimeToLiveSpecification: { Enabled: true } })).rejects.toThrow('AttributeName');
  });
});
