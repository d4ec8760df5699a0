import { Client } from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../../support/embedded-postgres';
import { errorOf, pause, type ServerUnderTest, startServerUnderTest } from './server-under-test';
import { cancel } from './wire';

let postgres: EmbeddedPostgres;
let fixture: ServerUnderTest;

beforeAll(async () => {
  postgres = await startEmbeddedPostgres();
  const url = new URL(postgres.url);
  const administrator = new Client(postgres.url);
  await administrator.connect();
  await administrator.query('drop database if exists behind_the_front');
  await administrator.query('create database behind_the_front');
  await administrator.end();
  url.pathname = '/behind_the_front';
  fixture = await startServerUnderTest({ url: url.href, databaseName: 'landfall' });
  const master = await fixture.connect('landfall');
  await master.query(`
    create role url_app login; grant rds_iam to url_app;
    create table note (owner text, body text);
    insert into note values ('a', 'of a'), ('b', 'of b');
    alter table note enable row level security; alter table note force row level security;
    create policy own on note using (owner = current_setting('landfall.user_id', true));
    grant select on note to url_app`);
  await fixture.disconnectAll();
});

afterEach(() => fixture?.disconnectAll());
afterAll(async () => {
  await fixture.close();
  // Matters when TEST_DATABASE_URL names a server that stays.
  const administrator = new Client(postgres.url);
  await administrator.connect();
  await administrator.query('drop database behind_the_front');
  await administrator.query('drop role url_app, landfall');
  await administrator.end();
  await postgres.close();
});

test('roles log in as themselves on a connection of their own', async () => {
  const [master, app, again] = await Promise.all(
    ['landfall', 'url_app', 'url_app'].map((user) => fixture.connect(user)),
  );
  const who = `select session_user as who, current_setting('is_superuser') as super`;
  expect((await master?.query(who))?.rows).toEqual([{ who: 'landfall', super: 'off' }]);
  expect((await app?.query(who))?.rows).toEqual([{ who: 'url_app', super: 'off' }]);
  await app?.query(`set landfall.user_id = 'a'`);
  await again?.query(`set landfall.user_id = 'b'`);
  expect((await app?.query('select body from note'))?.rows).toEqual([{ body: 'of a' }]);
  expect((await again?.query('select body from note'))?.rows).toEqual([{ body: 'of b' }]);
});

test('nothing a client does makes it somebody else', async () => {
  const app = await fixture.connect('url_app');
  expect((await errorOf(app.query('set session authorization postgres'))).code).toBe('42501');
  expect((await errorOf(app.query('set role landfall'))).code).toBe('42501');
  await app.query('discard all');
  await app.query('reset session authorization');
  expect((await app.query('select session_user as who')).rows).toEqual([{ who: 'url_app' }]);
});

test('two clients wait for a row lock at the same time, as the embedded engine cannot', async () => {
  const [one, two] = await Promise.all([fixture.connect('landfall'), fixture.connect('landfall')]);
  await one.query('create table if not exists counter as select 0 as n');
  await one.query('begin; update counter set n = n + 1');
  const second = two.query('update counter set n = n + 1 returning n');
  expect((await one.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  await one.query('commit');
  expect((await second).rows).toEqual([{ n: 2 }]);
});

test('a running statement can be cancelled', async () => {
  const app = await fixture.connect('url_app');
  const query = errorOf(app.query('select pg_sleep(30)'));
  await pause(100);
  await cancel(app, fixture.config('url_app'), true);
  expect((await query).code).toBe('57014');
});

test('settings of the startup packet reach the server', async () => {
  const app = await fixture.connect('url_app', {
    application_name: 'two words',
    options: '-c statement_timeout=4321',
  });
  const { rows } = await app.query(
    `select current_setting('application_name') as name, current_setting('statement_timeout') as timeout`,
  );
  expect(rows).toEqual([{ name: 'two words', timeout: '4321ms' }]);
});

test('the front refuses what it refuses for the embedded engine', async () => {
  const attempt = (options: object): Promise<Error & { code?: string }> =>
    errorOf(new Client(fixture.config('url_app', options)).connect());
  expect((await attempt({ password: 'stale' })).message).toBe('PAM authentication failed for user "url_app"');
  expect((await attempt({ ssl: false })).message).toMatch(/no encryption$/);
  expect((await attempt({ ssl: true })).message).toMatch(/self-signed/);
  expect((await attempt({ database: 'behind_the_front' })).code).toBe('3D000');
  expect((await attempt({ user: 'ghost', password: 'ghost-secret' })).code).toBe('28P01');
});

test('a server that cannot be reached is named, without its password', async () => {
  const error = await errorOf(startServerUnderTest({ url: 'postgres://somebody:hunter2@127.0.0.1:1/db' }));
  expect(error.message).toMatch(/Cannot use database "db" on 127.0.0.1:1 as "somebody"/);
  expect(error.message).not.toContain('hunter2');
});
