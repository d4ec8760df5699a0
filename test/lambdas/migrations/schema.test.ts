import { startTestDatabase, type TestDatabase } from '../../support/database';
import { functionsForEverybody } from '../../support/isolation-checks';

let test: TestDatabase;

beforeAll(async () => {
  test = await startTestDatabase();
});

afterAll(() => test.close());

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
