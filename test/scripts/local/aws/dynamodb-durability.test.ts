import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DynamoEngine } from '../../../../scripts/local/aws/dynamodb/engine';

let directory: string;
const engines: DynamoEngine[] = [];

beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'landfall-dynamodb-'));
});
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.close();
  await rm(directory, { recursive: true, force: true });
});

const logs: string[] = [];

async function open(options = {}): Promise<DynamoEngine> {
  const engine = await DynamoEngine.open(path.join(directory, 'dynamodb'), {
    region: 'us-east-1',
    accountId: '000000000000',
    clock: Date.now,
    log: (line) => logs.push(line),
    ...options,
  });
  engines.push(engine);
  return engine;
}

const declare = (engine: DynamoEngine) =>
  engine.createTable({
    name: 'links',
    properties: {
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    },
  });
const put = (engine: DynamoEngine, pk: string, more = {}) =>
  engine.run('PutItem', { TableName: 'links', Item: { pk: { S: pk }, ...more } });
const get = async (engine: DynamoEngine, pk: string) =>
  ((await engine.run('GetItem', { TableName: 'links', Key: { pk: { S: pk } } })) as { Item?: object }).Item;

test('tables, items and their time to live survive a restart', async () => {
  const first = await open();
  await declare(first);
  await put(first, 'kept', { n: { N: '1' } });
  await first.close();
  const second = await open();
  expect(await get(second, 'kept')).toEqual({ pk: { S: 'kept' }, n: { N: '1' } });
  expect(second.timeToLive('links')).toBe('expiresAt');
  await declare(second);
  expect(await get(second, 'kept')).toBeDefined();
});

test('what a killed process left of a transaction is undone before anything is read', async () => {
  const first = await open();
  await declare(first);
  await put(first, 'changed', { n: { N: '1' } });
  await first.close();
  const journal = path.join(directory, 'dynamodb', 'transaction.json');
  await writeFile(
    journal,
    JSON.stringify([
      { table: 'links', key: { pk: { S: 'changed' } }, item: { pk: { S: 'changed' }, n: { N: '0' } } },
      { table: 'links', key: { pk: { S: 'created' } } },
    ]),
  );
  const second = await open();
  expect(await get(second, 'changed')).toMatchObject({ n: { N: '0' } });
  expect(await get(second, 'created')).toBeUndefined();
  await second.close();
  await put(await open(), 'created');
  expect(await get(engines.at(-1) as DynamoEngine, 'created')).toBeDefined();
});

test('expired items go by themselves', async () => {
  const engine = await open({ expiryIntervalMs: 20 });
  await declare(engine);
  await put(engine, 'past', { expiresAt: { N: String(Math.floor(Date.now() / 1000) - 10) } });
  while (await get(engine, 'past')) await delay(10);
  expect(logs.at(-1)).toBe('dynamodb: 1 expired items of links removed');
});

test('tables that another process uses are an error that says so', async () => {
  await declare(await open());
  const second = await open();
  await expect(get(second, 'x')).rejects.toThrow(/cannot be opened: .*lock.* Stop whoever uses them/is);
  engines.pop();
});
