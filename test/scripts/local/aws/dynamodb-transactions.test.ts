import { readdir } from 'node:fs/promises';
import path from 'node:path';
import {
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  TransactGetItemsCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { type RunningEndpoint, startEndpoint } from './running-endpoint';

let aws: RunningEndpoint;
let client: DynamoDBClient;

beforeAll(async () => {
  aws = await startEndpoint();
  client = new DynamoDBClient(aws.client);
  const properties = {
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
  };
  for (const name of ['accounts', 'ledger']) await aws.dynamodb.createTable({ name, properties });
});
beforeEach(async () => {
  await put('ann', 10);
  await put('ben', 0);
});
afterAll(async () => {
  client.destroy();
  await aws.stop();
});

const TableName = 'accounts';
const key = (pk: string) => ({ pk: { S: pk } });
const put = (pk: string, amount: number) =>
  client.send(new PutItemCommand({ TableName, Item: { ...key(pk), amount: { N: String(amount) } } }));
const amount = async (pk: string) =>
  Number((await client.send(new GetItemCommand({ TableName, Key: key(pk) }))).Item?.amount?.N);
const entry = async (pk: string) =>
  (await client.send(new GetItemCommand({ TableName: 'ledger', Key: key(pk) }))).Item;
const write = (TransactItems: TransactWriteItem[], more = {}) =>
  client.send(new TransactWriteItemsCommand({ TransactItems, ...more }));

const change = (pk: string, by: number, more = {}): TransactWriteItem => ({
  Update: {
    TableName,
    Key: key(pk),
    UpdateExpression: 'SET amount = amount + :by',
    ConditionExpression: 'amount >= :least',
    ExpressionAttributeValues: { ':by': { N: String(by) }, ':least': { N: String(Math.max(0, -by)) } },
    ...more,
  },
});
const note = (pk: string): TransactWriteItem => ({
  Put: { TableName: 'ledger', Item: key(pk), ConditionExpression: 'attribute_not_exists(pk)' },
});

test('all of a transaction happens, over tables and kinds of actions', async () => {
  await put('gone', 1);
  await write([
    change('ann', -4),
    change('ben', 4),
    note('first'),
    { Delete: { TableName, Key: key('gone') } },
    { ConditionCheck: { TableName, Key: key('absent'), ConditionExpression: 'attribute_not_exists(pk)' } },
  ]);
  expect([await amount('ann'), await amount('ben')]).toEqual([6, 4]);
  expect(await entry('first')).toBeDefined();
  expect(await amount('gone')).toBeNaN();
  expect(await amount('absent')).toBeNaN();
});

test('or nothing does, and every action has its reason', async () => {
  const before = await client.send(new GetItemCommand({ TableName, Key: key('ann') }));
  const error = await write([
    change('ben', 4),
    note('second'),
    change('ann', -11, { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
    { ConditionCheck: { TableName, Key: key('ghost'), ConditionExpression: 'attribute_exists(pk)' } },
    { Update: { TableName, Key: key('new'), UpdateExpression: 'SET a = nowhere' } },
  ]).catch((failure) => failure);
  expect(error).toMatchObject({
    name: 'TransactionCanceledException',
    message:
      'Transaction cancelled, please refer cancellation reasons for specific reasons [None, None, ConditionalCheckFailed, ConditionalCheckFailed, ValidationError]',
    $metadata: { httpStatusCode: 400 },
  });
  expect(error.CancellationReasons).toEqual([
    { Code: 'None' },
    { Code: 'None' },
    { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed', Item: before.Item },
    { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' },
    { Code: 'ValidationError', Message: expect.stringContaining('attribute') },
  ]);
  expect([await amount('ann'), await amount('ben')]).toEqual([10, 0]);
  expect(await entry('second')).toBeUndefined();
  for (const pk of ['ghost', 'new']) expect(await amount(pk)).toBeNaN();
  expect(await readdir(path.join(aws.directory, 'dynamodb'))).not.toContain('transaction.json');
});

test('50 transfers at once lose and invent nothing, and nobody sees one half done', async () => {
  let done = false;
  const totals = new Set<number>();
  const watch = async () => {
    while (!done) {
      const { Responses = [] } = await client.send(
        new TransactGetItemsCommand({
          TransactItems: ['ann', 'ben'].map((pk) => ({ Get: { TableName, Key: key(pk) } })),
        }),
      );
      totals.add(Responses.reduce((sum, { Item }) => sum + Number(Item?.amount?.N), 0));
    }
  };
  const watching = watch();
  const results = await Promise.allSettled(
    Array.from({ length: 50 }, () => write([change('ann', -1), change('ben', 1)])),
  );
  done = true;
  await watching;
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
  expect([await amount('ann'), await amount('ben')]).toEqual([0, 10]);
  expect([...totals]).toEqual([10]);
});

test('a token makes a repeated transaction one, and stands for nothing else', async () => {
  const again = () => write([change('ben', 5)], { ClientRequestToken: 'once' });
  await again();
  await again();
  expect(await amount('ben')).toBe(5);
  await expect(write([change('ben', 6)], { ClientRequestToken: 'once' })).rejects.toMatchObject({
    name: 'IdempotentParameterMismatchException',
  });
  aws.offset = 11 * 60_000;
  const later = new DynamoDBClient({ ...aws.client, systemClockOffset: aws.offset });
  await later.send(
    new TransactWriteItemsCommand({ TransactItems: [change('ben', 5)], ClientRequestToken: 'once' }),
  );
  later.destroy();
  aws.offset = 0;
  expect(await amount('ben')).toBe(10);
});

test('each action is authorized on its own', async () => {
  aws.asked.length = 0;
  await write([
    change('ben', 1),
    note('authorized'),
    { ConditionCheck: { TableName, Key: key('ann'), ConditionExpression: 'attribute_exists(pk)' } },
  ]);
  await client.send(
    new TransactGetItemsCommand({ TransactItems: [{ Get: { TableName, Key: key('ann') } }] }),
  );
  expect(
    aws.asked.map(({ action, resource, conditions }) => [
      action,
      resource.split('/')[1],
      conditions['dynamodb:LeadingKeys'],
      conditions['dynamodb:EnclosingOperation'],
    ]),
  ).toEqual([
    ['dynamodb:UpdateItem', 'accounts', 'ben', 'TransactWriteItems'],
    ['dynamodb:PutItem', 'ledger', 'authorized', 'TransactWriteItems'],
    ['dynamodb:ConditionCheckItem', 'accounts', 'ann', 'TransactWriteItems'],
    ['dynamodb:GetItem', 'accounts', 'ann', 'TransactGetItems'],
  ]);
});

test.each<[string, TransactWriteItem[], string]>([
  ['the same item twice', [change('ann', 1), change('ann', 2)], 'multiple operations on one item'],
  ['two actions in one', [{ ...change('ann', 1), ...note('x') }], 'only contain one of'],
  [
    'an expression that is none',
    [change('ben', 1, { ConditionExpression: '(' })],
    'Invalid ConditionExpression',
  ],
  ['no actions', [], 'TransactItems'],
])('%s is refused before anything is written', async (_name, items, message) => {
  await expect(write(items)).rejects.toMatchObject({
    name: 'ValidationException',
    message: expect.stringContaining(message),
  });
  expect([await amount('ann'), await amount('ben')]).toEqual([10, 0]);
});

test('an unknown table or parameter is named', async () => {
  await expect(write([{ Delete: { TableName: 'absent', Key: key('x') } }])).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
  await expect(write([change('ben', 1)], { ReturnConsumedCapacity: 'TOTAL' })).rejects.toThrow(
    'the parameter ReturnConsumedCapacity of dynamodb TransactWriteItems',
  );
});
