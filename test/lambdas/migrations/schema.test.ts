import type { Client } from 'pg';
import { startTestDatabase, type TestDatabase } from '../../support/database';

let test: TestDatabase;

beforeAll(async () => {
  test = await startTestDatabase();
});

afterAll(() => test.close());

/** Every finding of a check is one line that names what is wrong. */
type Check = (client: Client) => Promise<string[]>;

const lines = async (client: Client, sql: string): Promise<string[]> =>
  (await client.query<{ finding: string }>(sql)).rows.map(({ finding }) => finding);

/** Tables without rows of users. */
const noUserData = `('schema_migrations')`;

const tablesWithoutForcedSecurity: Check = (client) =>
  lines(
    client,
    `select relname as finding from pg_class
     where relnamespace = 'landfall'::regnamespace and relkind in ('r', 'p') and relname not in ${noUserData}
       and not (relrowsecurity and relforcerowsecurity) order by 1`,
  );

const tablesWithoutUserPolicy: Check = (client) =>
  lines(
    client,
    `select relname as finding from pg_class c
     where relnamespace = 'landfall'::regnamespace and relkind in ('r', 'p') and relname not in ${noUserData}
       and has_any_column_privilege('app', c.oid, 'select')
       and not exists (select from pg_policies p where p.schemaname = 'landfall' and p.tablename = relname
                       and 'app' = any (p.roles) and coalesce(p.qual, p.with_check) like '%current_user_id()%')`,
  );

const viewsWithOwnersRights: Check = (client) =>
  lines(
    client,
    `select relname as finding from pg_class
     where relnamespace = 'landfall'::regnamespace and relkind in ('v', 'm')
       and not coalesce(reloptions @> '{security_invoker=true}', false)`,
  );

const definerFunctions: Check = (client) =>
  lines(
    client,
    `select proname || ' ' || coalesce(array_to_string(proconfig, ','), 'without search_path') as finding from pg_proc
     where pronamespace = 'landfall'::regnamespace and prosecdef order by 1`,
  );

const functionsForEverybody: Check = (client) =>
  lines(
    client,
    `select proname as finding from pg_proc p
     where pronamespace = 'landfall'::regnamespace and has_function_privilege('public', p.oid, 'execute')`,
  );

const foreignKeysAcrossTenants: Check = (client) =>
  lines(
    client,
    `select conname as finding from pg_constraint k
     where k.contype = 'f' and k.connamespace = 'landfall'::regnamespace and k.confrelid <> 'landfall.users'::regclass
       and not exists (
         select from unnest(k.conkey, k.confkey) as pair (here, there)
         join pg_attribute a on a.attrelid = k.conrelid and a.attnum = pair.here and a.attname = 'user_id'
         join pg_attribute b on b.attrelid = k.confrelid and b.attnum = pair.there and b.attname = 'user_id')`,
  );

const strongRuntimeRoles: Check = (client) =>
  lines(
    client,
    `select rolname as finding from pg_roles
     where rolname in ('app', 'maintenance') and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication
       or exists (select from pg_class c where c.relowner = pg_roles.oid)
       or exists (select from pg_auth_members m where m.member = pg_roles.oid and m.roleid <> coalesce(to_regrole('rds_iam')::oid, 0)))`,
  );

/** The check of the shipped schema, and what it finds after a change that must not pass. */
const guards: [name: string, check: Check, shipped: string[], breakIt: string, found: string[]][] = [
  [
    'row-level security is enabled and forced on every table with user data',
    tablesWithoutForcedSecurity,
    [],
    'create table landfall.notes (user_id uuid, body text); alter table landfall.notes enable row level security',
    ['notes'],
  ],
  [
    'every table the application reads has a policy by user',
    tablesWithoutUserPolicy,
    [],
    'create table landfall.notes (id int); grant select on landfall.notes to app',
    ['notes'],
  ],
  [
    'views run with the rights of who asks',
    viewsWithOwnersRights,
    [],
    'create view landfall.all_documents as select * from landfall.documents',
    ['all_documents'],
  ],
  [
    'only identify() runs with the rights of its owner, and its search_path is pinned',
    definerFunctions,
    ['identify search_path=pg_catalog, pg_temp'],
    `create function landfall.root() returns int language sql security definer as 'select 1'`,
    ['identify search_path=pg_catalog, pg_temp', 'root without search_path'],
  ],
  [
    'no function can be called by everybody',
    functionsForEverybody,
    [],
    `set role migrator; create function landfall.open_door() returns int language sql as 'select 1'; grant execute on function landfall.open_door() to public; reset role`,
    ['open_door'],
  ],
  [
    'foreign keys between tables of users carry the user',
    foreignKeysAcrossTenants,
    [],
    `alter table landfall.documents add constraint documents_id_only unique (id);
     create table landfall.notes (user_id uuid, document_id uuid references landfall.documents (id))`,
    ['notes_document_id_fkey'],
  ],
  [
    'the runtime roles own nothing, inherit nothing and have no attribute',
    strongRuntimeRoles,
    [],
    'alter role app createrole',
    ['app'],
  ],
];

it.each(guards)('%s', async (_, check, shipped) => {
  expect(await check(test.admin)).toEqual(shipped);
});

it.each(guards)('a change is noticed that breaks: %s', async (_, check, __, breakIt, found) => {
  await test.admin.query('begin');
  await test.admin.query(breakIt);
  expect(await check(test.admin)).toEqual(found);
  await test.admin.query('rollback');
});

it('gives functions made by later migrations to nobody by default', async () => {
  await test.admin.query('begin');
  await test.admin.query(
    `set local role migrator; create function landfall.later() returns int language sql as 'select 1'`,
  );
  expect(await functionsForEverybody(test.admin)).toEqual([]);
  await test.admin.query('rollback');
});

describe('the audit log', () => {
  const statements = [
    `update landfall.audit_log set action = 'document.forge'`,
    'delete from landfall.audit_log',
    'truncate landfall.audit_log',
  ];

  it.each(statements)('refuses the application: %s', async (sql) => {
    await expect((await test.connect('app')).query(sql)).rejects.toThrow('permission denied');
  });

  it.each(statements)('refuses even a superuser: %s', async (sql) => {
    await expect(test.admin.query(sql)).rejects.toThrow('append-only');
  });
});

it('denies the application the ledger, identities, and to move a row to another user', async () => {
  const app = await test.connect('app');
  for (const sql of [
    'select * from landfall.schema_migrations',
    'select * from landfall.identities',
    `insert into landfall.identities values ('a', 'b', gen_random_uuid())`,
    'update landfall.documents set user_id = gen_random_uuid()',
    `update landfall.documents set object_key = 'users/x'`,
    'insert into landfall.users default values',
    'create table landfall.mine ()',
  ]) {
    await expect(app.query(sql)).rejects.toThrow('permission denied');
  }
});

it('keeps the key of an object inside the prefix of its user', async () => {
  const { rows } = await test.admin.query('insert into landfall.users default values returning id');
  const insert = (key: string) =>
    test.admin.query(
      `insert into landfall.documents (id, user_id, type, name, file_name, mime_type, size, object_key, created_at, updated_at)
       values (gen_random_uuid(), $1, 'resume', 'n', 'f', 'application/pdf', 1, $2, now(), now())`,
      [rows[0].id, key],
    );
  await expect(insert('users/00000000-0000-4000-8000-000000000000/resumes/a.pdf')).rejects.toThrow(
    'documents_own_prefix',
  );
});

it('gives no identity the empty string that is left behind after a commit', async () => {
  const app = await test.connect('app');
  await app.query(`select set_config('landfall.user_id', '', false)`);
  const { rows } = await app.query('select landfall.current_user_id() as id');
  expect(rows).toEqual([{ id: null }]);
});
