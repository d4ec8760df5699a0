import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { databaseAddress, TargetDatabase } from '../../../scripts/migrate/target-database';
import { type Cluster, startCluster, startTestDatabase, type TestDatabase } from '../../support/database';
import { startTcpProxy } from '../../support/tcp-proxy';

const directory = mkdtempSync(path.join(tmpdir(), 'landfall-target-'));
const authority = path.join(directory, 'ca.pem');
let cluster: Cluster;
let landfall: TestDatabase;
const opened: TargetDatabase[] = [];

beforeAll(async () => {
  cluster = await startCluster();
  landfall = await startTestDatabase({ cluster });
  writeFileSync(authority, cluster.superuser.ca ?? '');
});
afterEach(async () => {
  for (const database of opened.splice(0)) await database.close();
});
afterAll(async () => {
  await landfall.close();
  await cluster.stop();
  rmSync(directory, { recursive: true });
});

interface Parts {
  readonly user?: string;
  readonly password?: string;
  readonly host?: string;
  readonly port?: number;
  readonly name?: string;
  readonly parameters?: Record<string, string>;
}

function url({ parameters = { sslrootcert: authority }, ...parts }: Parts = {}): string {
  const { user, password, host, port, database: name } = landfall.target('owner');
  const all = { user, password, host, port, name, ...parts };
  return `postgresql://${all.user}:${all.password}@${all.host}:${all.port}/${all.name}?${new URLSearchParams(parameters)}`;
}

const logs: string[] = [];
function open(parts?: Parts): TargetDatabase {
  const database = new TargetDatabase(databaseAddress(url(parts)), {
    interrupted: new AbortController().signal,
    log: (line) => logs.push(line),
  });
  opened.push(database);
  return database;
}

const whoami = (database: TargetDatabase) =>
  database.transaction(async (query) => (await query('select current_user::text as role'))[0]?.role);

test('the owner works as migrator', async () => {
  expect(await whoami(open())).toBe('migrator');
});

test('a failing transaction leaves nothing, and the connection is used again', async () => {
  const database = open();
  const failing = database.transaction(async (query) => {
    await query('insert into landfall.users (email) values ($1)', ['half@example.com']);
    await query('select 1 / 0');
  });
  await expect(failing).rejects.toThrow('division by zero');
  expect(await database.transaction((query) => query('select email from landfall.users'))).toEqual([]);
});

test('a broken connection is replaced and the work repeated', async () => {
  const database = open();
  let attempts = 0;
  const pid = await database.transaction(async (query) => {
    const [row] = await query('select pg_backend_pid() as pid');
    if (++attempts === 1) {
      await landfall.admin.query('select pg_terminate_backend($1)', [row?.pid]);
      await query('select 1');
    }
    return row?.pid;
  });
  expect(pid).toEqual(expect.any(Number));
  expect(attempts).toBe(2);
  expect(logs.at(-1)).toMatch(/again in/);
});

test('a tunnel is entered on this machine, and the certificate is still that of the database', async () => {
  const tunnel = await startTcpProxy(landfall.target('owner').port, { delayMs: 0 });
  const parameters = { sslrootcert: authority, hostaddr: '127.0.0.1' };
  // The name in the certificate, which leads nowhere useful here: only hostaddr is connected to.
  expect(await whoami(open({ host: 'localhost', port: tunnel.port, parameters }))).toBe('migrator');
  const other = open({ host: 'database.example.com', port: tunnel.port, parameters });
  await expect(whoami(other)).rejects.toThrow(/database\.example\.com[\s\S]*sslrootcert/);
  await tunnel.close();
});

describe('a refusal names the fix', () => {
  test.each([
    ['a wrong password', { password: 'wrong' }, /Check user and password in DATABASE_URL/],
    ['an unknown database', { name: 'absent' }, /Check the name at the end of DATABASE_URL/],
    ['an authority that nobody vouches for', { parameters: {} }, /certificate[\s\S]*sslrootcert/],
  ])('%s', async (_, parts, message) => {
    await expect(whoami(open(parts))).rejects.toThrow(message);
  });

  test('a role that may not become migrator', async () => {
    const { password } = landfall.target('owner');
    await landfall.admin.query(`create role stranger login password '${password}'`);
    await expect(whoami(open({ user: 'stranger' }))).rejects.toThrow(
      /owner of the database, or as a role that was granted/,
    );
    await landfall.admin.query('drop role stranger');
  });

  test('a database without the schema', async () => {
    const fresh = `fresh_${Date.now()}`;
    await landfall.admin.query(`create database ${fresh} owner ${landfall.target('owner').user}`);
    const empty = open({ name: fresh });
    const failure = empty.transaction((query) => query('select from landfall.legacy_users'));
    await expect(failure).rejects.toThrow(/lacks the schema of this version: deploy it first/);
    await empty.close();
    await landfall.admin.query(`drop database ${fresh}`);
  });
});

test.each([
  [undefined, 'DATABASE_URL is not set'],
  ['mysql://a:b@c/d', 'expected postgresql://'],
  ['postgresql://u:secret@h/d?sslmode=require', 'TLS is always verified'],
  ['postgresql://u:secret@h/d?options=x', 'unknown parameter options'],
  ['postgresql://u:secret@h/d?hostaddr=localhost', 'hostaddr takes an IP address'],
])('the address %s is refused, without its password', (given, message) => {
  expect(() => databaseAddress(given)).toThrow(message);
  expect(() => databaseAddress(given)).not.toThrow('secret');
});
