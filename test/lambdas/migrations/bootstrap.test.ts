/** What the bootstrap and the compatibility migration do on a database that is Supabase's. */
import { readSql, sessionOf } from '../../../lambdas/migrations/handler';
import { migrate } from '../../../lambdas/migrations/migrate';
import { parseMigrations } from '../../../lambdas/migrations/plan';
import {
  type Cluster,
  sqlDirectory,
  startCluster,
  startTestDatabase,
  type TestDatabase,
  testExtensions,
} from '../../support/database';

let cluster: Cluster;
let test: TestDatabase;

beforeAll(async () => {
  cluster = await startCluster();
});

afterAll(() => cluster.stop());

beforeEach(async () => {
  test = await startTestDatabase({ migrated: false, cluster });
});

afterEach(() => test.close());

/** Migrates as the owner of the database; the warnings that Postgres gave. */
async function migrateWithWarnings(): Promise<string[]> {
  const owner = await test.connect('owner');
  const warnings: string[] = [];
  owner.on('notice', ({ severity, message }) => {
    if (severity === 'WARNING') warnings.push(message ?? '');
  });
  await migrate(sessionOf(owner), parseMigrations(await readSql(sqlDirectory)), {
    extensions: testExtensions,
  });
  return warnings;
}

/** As Supabase makes them: its service role ignores row-level security, and schema auth is another role's. */
const supabase = `
  create role anon nologin noinherit;
  create role authenticated nologin noinherit;
  create role service_role nologin noinherit bypassrls;
  create schema auth;
  grant usage on schema auth to anon, authenticated, service_role;
  create function auth.uid() returns uuid language sql stable as $$
    select coalesce(
      nullif(current_setting('request.jwt.claim.sub', true), ''),
      (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')
    )::uuid
  $$;`;

/** All that was there before and must be there, unchanged, afterwards. */
async function foreignState(): Promise<unknown> {
  const { rows } = await test.admin.query(
    `select to_jsonb(r) - 'oid' as thing from pg_roles r where rolname in ('anon', 'authenticated', 'service_role')
     union all select to_jsonb(n) from pg_namespace n where nspname = 'auth'
     union all select to_jsonb(p) from pg_proc p where p.pronamespace = 'auth'::regnamespace
     order by 1`,
  );
  return rows;
}

const memberships = `select pg_has_role('app', 'authenticated', 'usage') as app,
  pg_has_role('maintenance', 'service_role', 'usage') as maintenance`;

it('makes what policies for Supabase need where nothing of it exists, without a warning, also when repeated', async () => {
  expect(await migrateWithWarnings()).toEqual([]);
  expect(await migrateWithWarnings()).toEqual([]);
  expect((await test.admin.query(memberships)).rows).toEqual([{ app: true, maintenance: true }]);
  const { rows } = await test.admin.query(
    `select proname, pg_get_function_result(oid) as result from pg_proc where pronamespace = 'auth'::regnamespace order by 1`,
  );
  expect(rows).toEqual([
    { proname: 'email', result: 'text' },
    { proname: 'jwt', result: 'jsonb' },
    { proname: 'role', result: 'text' },
    { proname: 'uid', result: 'uuid' },
  ]);
});

it('changes nothing of what exists, and names each grant that somebody else must make', async () => {
  await test.admin.query(supabase);
  const before = await foreignState();
  const warnings = await migrateWithWarnings();
  expect(await foreignState()).toEqual(before);
  expect((await test.admin.query(memberships)).rows).toEqual([{ app: false, maintenance: false }]);
  expect(warnings.filter((text) => text.includes('GRANT authenticated TO app'))).toHaveLength(1);
  expect(warnings.filter((text) => text.includes('GRANT service_role TO maintenance'))).toHaveLength(1);
  expect(warnings.filter((text) => text.includes('GRANT USAGE ON SCHEMA auth TO app'))).toHaveLength(1);
  expect(warnings.filter((text) => text.includes('auth.jwt() was not created'))).toHaveLength(1);
  expect(warnings.filter((text) => text.includes('auth.uid() was not created'))).toEqual([]);
});

it('uses the functions of Supabase where its administrator lets the owner grant', async () => {
  await test.admin.query(supabase);
  const { user } = test.target('owner');
  await test.admin.query(`grant authenticated, service_role to ${user} with admin option`);
  await migrateWithWarnings();
  expect((await test.admin.query(memberships)).rows).toEqual([{ app: true, maintenance: true }]);
  await test.admin.query(
    `begin; set local role app;
     select landfall.identify('https://issuer.example', 'alice', null, null)`,
  );
  const { rows } = await test.admin.query('select auth.uid() = landfall.current_user_id() as same');
  await test.admin.query('rollback');
  expect(rows).toEqual([{ same: true }]);
});

it('lets no runtime role become the role that ignores row-level security', async () => {
  await test.admin.query(supabase);
  const { user } = test.target('owner');
  await test.admin.query(`grant authenticated, service_role to ${user} with admin option`);
  await migrateWithWarnings();
  const { rows } = await test.admin.query(
    `select pg_has_role('maintenance', 'service_role', 'set') as maintenance, pg_has_role('app', 'authenticated', 'set') as app`,
  );
  expect(rows).toEqual([{ maintenance: false, app: false }]);
});
