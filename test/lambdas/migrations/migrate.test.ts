import type { Client } from 'pg';
import { readSql, sessionOf } from '../../../lambdas/migrations/handler';
import { migrate } from '../../../lambdas/migrations/migrate';
import { type Migration, parseMigrations } from '../../../lambdas/migrations/plan';
import {
  type Cluster,
  roles,
  sqlDirectory,
  startCluster,
  startTestDatabase,
  type TestDatabase,
  testExtensions,
} from '../../support/database';

let cluster: Cluster;
let test: TestDatabase;
let shipped: Record<string, string>;
let newest: number;

/** The number of the first migration after the shipped ones. */
const next = () => String(newest + 1).padStart(6, '0');

beforeAll(async () => {
  cluster = await startCluster();
  shipped = await readSql(sqlDirectory);
  newest = Object.keys(shipped).length;
});

afterAll(() => cluster.stop());

beforeEach(async () => {
  test = await startTestDatabase({ migrated: false, cluster });
});

afterEach(() => test.close());

const extensions = testExtensions;

async function run(migrations: readonly Migration[], client?: Client) {
  return migrate(sessionOf(client ?? (await test.connect('owner'))), migrations, { extensions });
}

async function schemaOf(client: Client): Promise<unknown[]> {
  const { rows } = await client.query(
    `select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
     union all select 'role', rolname from pg_roles where rolname = any ($1)
     union all select 'schema', nspname from pg_namespace where nspname in ('landfall', 'auth') order by 1, 2`,
    [roles],
  );
  return rows;
}

it('brings an empty database to the newest version, as an owner who is no superuser', async () => {
  const summary = await run(parseMigrations(shipped));
  const all = Object.keys(shipped).map((file) => file.replace('.sql', ''));
  expect(all.slice(0, 2)).toEqual(['000001-users', '000002-documents']);
  expect(summary).toEqual({ applied: all, version: newest, ahead: [] });
  const { rows } = await test.admin.query(
    `select distinct r.rolname as owner, r.rolsuper from pg_class c join pg_roles r on r.oid = c.relowner
     where c.relnamespace = 'landfall'::regnamespace`,
  );
  expect(rows).toEqual([{ owner: 'migrator', rolsuper: false }]);
});

it('finds nothing to do the second time, and repeats its bootstrap without complaint', async () => {
  await run(parseMigrations(shipped));
  const before = await schemaOf(test.admin);
  expect(await run(parseMigrations(shipped))).toEqual({ applied: [], version: newest, ahead: [] });
  expect(await schemaOf(test.admin)).toEqual(before);
});

it('applies only what is new', async () => {
  await run(parseMigrations(shipped));
  const more = parseMigrations({
    ...shipped,
    [`${next()}-more.sql`]: 'create table landfall.more (id int);',
  });
  expect(await run(more)).toEqual({ applied: [`${next()}-more`], version: newest + 1, ahead: [] });
});

it('leaves an empty database empty when the last of its migrations fails', async () => {
  const before = await schemaOf(test.admin);
  const broken = parseMigrations({
    ...shipped,
    [`${next()}-broken.sql`]: 'create table landfall.half ();\nselect 1 / 0;',
  });
  await expect(run(broken)).rejects.toThrow(
    new RegExp(`migration ${next()}-broken failed.*division by zero \\[22012\\].*Nothing was applied`),
  );
  expect(await schemaOf(test.admin)).toEqual(before);
});

it('leaves an existing schema as it was when a migration fails, and succeeds once it is corrected', async () => {
  await run(parseMigrations(shipped));
  const before = await schemaOf(test.admin);
  const third = (sql: string) => parseMigrations({ ...shipped, [`${next()}-third.sql`]: sql });
  await expect(
    run(third('create table landfall.half ();\nalter table landfall.absent add x int;')),
  ).rejects.toThrow('absent');
  expect(await schemaOf(test.admin)).toEqual(before);
  expect(await run(third('create table landfall.whole ();'))).toMatchObject({ version: newest + 1 });
});

it('names the line of a syntax error', async () => {
  const broken = parseMigrations({ '000001-a.sql': 'select 1;\nselect 2;\nselct 3;' });
  await expect(run(broken)).rejects.toThrow('migration 000001-a failed (line 3)');
});

it('refuses a changed file before it touches anything', async () => {
  await run(parseMigrations(shipped));
  const edited = parseMigrations({
    ...shipped,
    '000001-users.sql': `${shipped['000001-users.sql']}\n-- later`,
  });
  await expect(run(edited)).rejects.toThrow('was changed after it was applied');
});

it('does nothing on a database that is ahead, so that a failed deployment can go back', async () => {
  const more = { ...shipped, [`${next()}-more.sql`]: 'create table landfall.more (id int);' };
  await run(parseMigrations(more));
  expect(await run(parseMigrations(shipped))).toEqual({
    applied: [],
    version: newest + 1,
    ahead: [`${next()}-more`],
  });
});

it('stops older code at a migration that breaks it', async () => {
  const drop = {
    ...shipped,
    [`${next()}-drop.sql`]: '-- breaking: the audit log moved\ncreate table landfall.moved ();',
  };
  await run(parseMigrations(drop));
  await expect(run(parseMigrations(shipped))).rejects.toThrow(
    `breaks at ${next()}-drop: the audit log moved`,
  );
});

it('lets eight runners at once apply every migration exactly once', async () => {
  const migrations = parseMigrations({
    ...shipped,
    [`${next()}-slow.sql`]: 'create table landfall.slow (); select pg_sleep(0.2);',
  });
  const clients = await Promise.all(Array.from({ length: 8 }, () => test.connect('owner')));
  const summaries = await Promise.all(clients.map((client) => run(migrations, client)));
  expect(summaries.filter(({ applied }) => applied.length === newest + 1)).toHaveLength(1);
  expect(summaries.filter(({ applied }) => applied.length === 0)).toHaveLength(7);
});

it('releases its lock when its connection dies in the middle', async () => {
  const slow = parseMigrations({ ...shipped, [`${next()}-slow.sql`]: 'select pg_sleep(30);' });
  const client = await test.connect('owner');
  const dying = run(slow, client);
  const { rows } = await sleepingBackend(test.admin);
  await test.admin.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
  await expect(dying).rejects.toThrow();
  expect(await run(parseMigrations(shipped))).toMatchObject({ version: newest });
});

it('refuses runtime roles that could ignore row-level security', async () => {
  await run(parseMigrations(shipped));
  await test.admin.query('alter role app bypassrls');
  await expect(run(parseMigrations(shipped))).rejects.toThrow('neither superuser nor BYPASSRLS');
});

describe('on RDS', () => {
  it('lets the runtime roles log in with IAM tokens, and never makes the owner a member of them', async () => {
    const { user } = test.target('owner');
    await test.admin.query(
      `create role rds_iam; grant rds_iam to ${user} with admin option, inherit false, set false`,
    );
    await run(parseMigrations(shipped));
    const { rows } = await test.admin.query(
      `select pg_has_role('app', 'rds_iam', 'member') as app, pg_has_role('maintenance', 'rds_iam', 'member') as maintenance,
              pg_has_role($1, 'app', 'set') or pg_has_role($1, 'maintenance', 'set') as owner_becomes,
              pg_has_role($1, 'rds_iam', 'usage') as owner_inherits`,
      [user],
    );
    expect(rows).toEqual([{ app: true, maintenance: true, owner_becomes: false, owner_inherits: false }]);
  });
});

/** Waits until the slow migration sleeps. */
async function sleepingBackend(admin: Client): Promise<{ rows: { pid: number }[] }> {
  for (;;) {
    const found = await admin.query(
      `select pid from pg_stat_activity where query like '%pg_sleep(30)%' and pid <> pg_backend_pid()`,
    );
    if (found.rows.length > 0) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
