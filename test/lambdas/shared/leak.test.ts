/** Whether one connection, which everybody's requests share, ever shows a user the row of another. */
import { type Database, openDatabase, type Transaction } from '../../../lambdas/shared/database';
import type { Row, Statement } from '../../../lambdas/shared/flight';
import type { Identity } from '../../../lambdas/shared/identity';
import { startTestDatabase, type TestDatabase } from '../../support/database';
import { insertDocument } from '../../support/documents';

type Door = Pick<Database, 'withUser'>;
type Work = (tx: Pick<Transaction, 'query'>) => Promise<Row[]>;

const operations = 4000;
/** A fault shows at once. */
const operationsUntilFound = 210;
const users = new Map<Identity, string>();
const documents = { text: 'select id, user_id from landfall.documents' };

let test: TestDatabase;

beforeAll(async () => {
  test = await startTestDatabase();
  for (const subject of ['one', 'two', 'three']) {
    const identity = { issuer: 'https://issuer.example', subject };
    const userId = await test.open().withUser(identity, async (tx) => tx.userId);
    users.set(identity, userId);
    for (let n = 0; n < 3; n++) await insertDocument(test.admin, { userId });
  }
});

afterAll(() => test.close());

/** Every way to read, and every way to fail on the way; three of seven answer rows. */
const ways: readonly (Statement | Work)[] = [
  documents,
  (tx) => tx.query(documents.text),
  async (tx) => {
    await tx.query('update landfall.documents set name = name');
    return tx.query(documents.text);
  },
  { text: 'select 1 / 0' },
  (tx) => tx.query('no such statement'),
  async (tx) => {
    await tx.query(documents.text);
    throw new Error('in the middle');
  },
  async (tx) => {
    await tx.query('delete from landfall.documents');
    throw new Error('changed my mind');
  },
];

/** Interleaves the users, all at once, and counts the rows they see and those that are not theirs. */
async function leak(
  door: Door,
  operations: number,
): Promise<{ answered: number; seen: number; foreign: number }> {
  const count = { answered: 0, seen: 0, foreign: 0 };
  const everybody = [...users];
  const operate = async (n: number) => {
    const [who, userId] = everybody[n % everybody.length] as [Identity, string];
    const way = ways[n % ways.length] as Statement;
    const rows = await door.withUser(who, way).catch(() => undefined);
    if (!rows) return;
    count.answered += 1;
    count.seen += rows.length;
    count.foreign += rows.filter(({ user_id }) => user_id !== userId).length;
  };
  await Promise.all(Array.from({ length: operations }, (_, n) => operate(n)));
  return count;
}

async function leakOfShippedDoor(operations: number): ReturnType<typeof leak> {
  const database = openDatabase(async () => test.target('app'));
  try {
    return await leak(database, operations);
  } finally {
    await database.close();
  }
}

it('shows interleaved users, who throw in the middle of transactions, not one row of another', async () => {
  const { answered, seen, foreign } = await leakOfShippedDoor(operations);
  expect(foreign).toBe(0);
  expect(seen).toBe(3 * answered);
  expect(answered).toBe(Array.from({ length: operations }, (_, n) => n % 7).filter((n) => n < 3).length);
});

it.each([
  ['app with BYPASSRLS', 'alter role app bypassrls', 'alter role app nobypassrls'],
  [
    'a policy that lets everybody in',
    'create policy open on landfall.documents to app using (true)',
    'drop policy open on landfall.documents',
  ],
])('is noticed to leak with %s', async (_, breakIt, repair) => {
  await test.admin.query(breakIt);
  try {
    expect((await leakOfShippedDoor(operationsUntilFound)).foreign).toBeGreaterThan(0);
  } finally {
    await test.admin.query(repair);
  }
});

it('is noticed to leak through a door that sets the identity for the session, without a transaction', async () => {
  const client = await test.connect('app');
  let turn: Promise<unknown> = Promise.resolve();
  const query = (text: string, values?: unknown[]): Promise<Row[]> => {
    const result = turn.then(() => client.query(text, values));
    turn = result.catch(() => undefined);
    return result.then(({ rows }) => rows);
  };
  const withUser = async (identity: Identity, task: Statement | Work): Promise<Row[]> => {
    await query(`select set_config('landfall.user_id', $1, false)`, [users.get(identity)]);
    if (typeof task !== 'function') return query(task.text);
    // Nothing would roll it back.
    return task({ query: async <R>(text: string) => (text.startsWith('delete') ? [] : query(text)) as R[] });
  };
  expect((await leak({ withUser } as Door, operationsUntilFound)).foreign).toBeGreaterThan(0);
});
