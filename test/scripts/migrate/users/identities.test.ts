import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { databaseAddress, TargetDatabase } from '../../../../scripts/migrate/target-database';
import { Identities, userIdOf } from '../../../../scripts/migrate/users/identities';
import type { SourceUser } from '../../../../scripts/migrate/users/user';
import { startTestDatabase, type TestDatabase } from '../../../support/database';

const issuers = { source: 'https://old.example.com', pool: 'https://pool.example.com' };
const bcrypt = (letter: string) => `$2a$10$${letter.repeat(53)}`;

let landfall: TestDatabase;
let directory: string;
let address: ReturnType<typeof databaseAddress>;
const opened: TargetDatabase[] = [];

beforeAll(async () => {
  landfall = await startTestDatabase();
  directory = await mkdtemp(path.join(os.tmpdir(), 'landfall-identities-'));
  const { user, password, host, port, database, ca } = landfall.target('owner');
  const authority = path.join(directory, 'ca.pem');
  await writeFile(authority, ca ?? '');
  address = databaseAddress(
    `postgresql://${user}:${password}@${host}:${port}/${database}?sslrootcert=${authority}`,
  );
});
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
  await landfall.admin.query('delete from landfall.users; delete from landfall.legacy_users');
});
afterAll(async () => {
  await landfall.close();
  await rm(directory, { recursive: true });
});

function identities(): Identities {
  const database = new TargetDatabase(address, {
    interrupted: new AbortController().signal,
    log: () => undefined,
  });
  opened.push(database);
  return new Identities(database, issuers);
}

const person = (id: string, more: Partial<SourceUser> = {}): SourceUser => ({
  id,
  email: `${id}@example.com`,
  name: undefined,
  confirmed: true,
  banned: false,
  password: 'no',
  passwordHash: undefined,
  createdAt: undefined,
  kind: 'person',
  place: 'here',
  ...more,
});

const rows = async (sql: string) => (await landfall.admin.query(sql)).rows;

test('people whose first request comes at the same moment get one user, and nobody deadlocks', async () => {
  const people = Array.from({ length: 60 }, () => person(randomUUID()));
  const clients = await Promise.all([landfall.connect('app'), landfall.connect('app')]);
  const identify = (client: (typeof clients)[number], { id, email }: SourceUser) =>
    client.query('select landfall.identify($1, $2, $3)', [issuers.source, id, email]);
  const [one, two] = [identities(), identities()];
  const [kept, again] = await Promise.all([
    one.keep(people),
    two.keep([...people].reverse()),
    ...clients.map(async (client, index) => {
      for (const each of index === 0 ? people : [...people].reverse()) await identify(client, each);
    }),
  ]);
  expect(Object.fromEntries(kept)).toEqual(Object.fromEntries(again));
  expect(
    await rows(
      'select count(*)::int as users, count(distinct i.user_id)::int as led_to from landfall.users u left join landfall.identities i on i.user_id = u.id',
    ),
  ).toEqual([{ users: people.length, led_to: people.length }]);
});

test('an old id in capitals is the same user', () => {
  const id = randomUUID();
  expect(userIdOf(issuers.source, id.toUpperCase())).toBe(id);
});

test('the id of somebody without a uuid depends on issuer and subject', () => {
  const ids = [userIdOf('a', '1'), userIdOf('a', '2'), userIdOf('b', '1')];
  expect(new Set(ids).size).toBe(3);
  // Two implementations must agree for ever: RFC 9562, version 5, over the namespace of URLs.
  expect(userIdOf('https://old.example.com', '42')).toBe('b8a0397a-4472-5cd0-aa65-09bc82528664');
});

describe('hashes', () => {
  const hashes = () =>
    rows(
      'select email, subject, password_hash, confirmed, banned from landfall.legacy_users order by subject',
    );

  test('follow a changed password, address or ban, and are not written when nothing changed', async () => {
    const store = identities();
    const before = person('1', { passwordHash: bcrypt('a') });
    await store.keepHashes([before]);
    const [{ xmin }] = await rows('select xmin::text from landfall.legacy_users');
    await store.keepHashes([before]);
    expect(await rows('select xmin::text from landfall.legacy_users')).toEqual([{ xmin }]);
    await store.keepHashes([
      { ...before, email: 'New@example.com', banned: true, passwordHash: bcrypt('b') },
    ]);
    expect(await hashes()).toEqual([
      { email: 'new@example.com', subject: '1', password_hash: bcrypt('b'), confirmed: true, banned: true },
    ]);
  });

  test('of an address that another user has stay that user’s', async () => {
    const store = identities();
    await store.keepHashes([person('1', { passwordHash: bcrypt('a'), email: 'ann@example.com' })]);
    const refused = await store.keepHashes([
      person('2', { passwordHash: bcrypt('b'), email: 'ANN@example.com' }),
      person('3', { passwordHash: bcrypt('c') }),
    ]);
    expect(refused).toEqual(new Set(['2']));
    expect(await hashes()).toMatchObject([{ subject: '1', password_hash: bcrypt('a') }, { subject: '3' }]);
  });
});

test('a subject of the pool that leads to another user is told, and stays', async () => {
  const store = identities();
  const kept = await store.keep([person('1'), person('2')]);
  const idOf = (id: string) => (kept.get(id) as { userId: string }).userId;
  expect(await store.link([{ userId: idOf('1'), poolSubject: 'sub' }])).toEqual(new Set());
  expect(await store.link([{ userId: idOf('2'), poolSubject: 'sub' }])).toEqual(new Set(['sub']));
  expect(await store.keep([person('1')])).toEqual(
    new Map([['1', { userId: idOf('1'), poolSubject: 'sub' }]]),
  );
});
