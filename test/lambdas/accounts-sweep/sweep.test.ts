import { PutObjectCommand } from '@aws-sdk/client-s3';
import { connectArchives } from '../../../lambdas/account-export/s3-archive-store';
import { writeExport } from '../../../lambdas/account-export/write-export';
import { type SweepDependencies, sweep } from '../../../lambdas/accounts-sweep/sweep';
import { openMaintenanceDatabase, type SystemDatabase } from '../../../lambdas/shared/database';
import type { ExportJob } from '../../../lambdas/shared/export-job';
import type { Identity } from '../../../lambdas/shared/identity';
import { AccountApi } from '../../support/account-api';
import { startTestDatabase, type TestDatabase } from '../../support/database';
import { insertDocument } from '../../support/documents';
import { startTestBucket, type TestBucket } from '../../support/object-store';
import { createTestPool, type TestPool } from '../../support/user-pool';

let database: TestDatabase;
let bucket: TestBucket;
let pool: TestPool;
let sweeper: SystemDatabase;
let deps: SweepDependencies;
let people = 0;

beforeAll(async () => {
  [database, bucket] = await Promise.all([startTestDatabase(), startTestBucket()]);
  pool = await createTestPool(bucket.aws);
  sweeper = openMaintenanceDatabase(async () => database.target('maintenance'));
  deps = { database: sweeper, storage: bucket.store, userPool: pool.pool, clock: () => new Date() };
});

beforeEach(async () => {
  await database.admin.query('truncate landfall.users cascade');
});

afterAll(async () => {
  await sweeper.close();
  pool.close();
  await Promise.all([database.close(), bucket.close()]);
});

const newPerson = () => pool.createUser(`person-${people++}@example.com`);
const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3600_000);

/** An instance whose clock was stopped some hours ago. */
function apiOf(hours: number): AccountApi {
  const api = new AccountApi(database, bucket);
  api.now = hoursAgo(hours);
  return api;
}

const deleted = async (hours: number): Promise<Identity> => {
  const person = await newPerson();
  await apiOf(0).get(person);
  await apiOf(hours).delete(person);
  return person;
};

const count = async (table: string) =>
  (await database.admin.query(`select count(*)::int as n from landfall.${table}`)).rows[0].n;

const put = (key: string) =>
  bucket.client.send(new PutObjectCommand({ Bucket: bucket.name, Key: key, Body: 'a ZIP' }));

/** An export that was made some hours ago, with its object. */
async function exported(person: Identity, hours: number): Promise<string> {
  const api = apiOf(hours);
  await api.export(person);
  const { exportId } = api.jobs.at(-1) as ExportJob;
  const { rows } = await database.admin.query(
    'select object_key from landfall.account_exports where id = $1',
    [exportId],
  );
  await put(rows[0].object_key);
  return rows[0].object_key;
}

describe('the user of the pool', () => {
  it('goes right away, once, and the rows stay to refuse the tokens that are left', async () => {
    const person = await deleted(0);
    expect(pool.has(person.subject)).toBe(true);
    expect(await sweep(deps)).toMatchObject({ poolUsersRemoved: 1, usersPurged: 0, failures: 0 });
    expect(pool.has(person.subject)).toBe(false);
    expect(await sweep(deps)).toMatchObject({ poolUsersRemoved: 0 });
    expect(await count('users')).toBe(1);
    expect((await apiOf(0).get(person)).status).toBe(401);
  });

  it('goes under the name the pool has for who signs in by another provider', async () => {
    const names: string[] = [];
    const userPool = {
      issuer: pool.pool.issuer,
      remove: async (name: string) => {
        names.push(name);
        await pool.pool.remove(name);
      },
    };
    const person = { ...(await newPerson()), username: 'google_42' };
    await apiOf(0).delete(person);
    expect(await sweep({ ...deps, userPool })).toMatchObject({ poolUsersRemoved: 1, failures: 0 });
    expect(names).toEqual([person.subject, 'google_42']);
  });

  it('is tried again when Cognito fails, without keeping others from being removed', async () => {
    const [a, b] = [await deleted(0), await deleted(0)];
    const userPool = {
      issuer: pool.pool.issuer,
      remove: (name: string) =>
        name === a.subject ? Promise.reject(new Error('Cognito is away')) : pool.pool.remove(name),
    };
    expect(await sweep({ ...deps, userPool })).toMatchObject({ poolUsersRemoved: 1, failures: 1 });
    expect([pool.has(a.subject), pool.has(b.subject)]).toEqual([true, false]);
    expect(await sweep(deps)).toMatchObject({ poolUsersRemoved: 1, failures: 0 });
  });

  it('of somebody who is still there is never touched, nor what another issuer knows', async () => {
    const person = await newPerson();
    await apiOf(0).get(person);
    const names: string[] = [];
    const userPool = {
      issuer: pool.pool.issuer,
      remove: async (name: string) => {
        names.push(name);
      },
    };
    const elsewhere = { issuer: 'https://issuer.example', subject: person.subject };
    await apiOf(0).delete(elsewhere);
    await sweep({ ...deps, userPool });
    expect(names).toEqual([]);
    expect(pool.has(person.subject)).toBe(true);
  });
});

describe('the rows of a user', () => {
  it('go 25 hours after the deletion and no sooner, and the audit log says so', async () => {
    const person = await deleted(24.9);
    const late = await deleted(25.1);
    const { rows } = await database.admin.query(
      'select user_id from landfall.identities where subject = $1',
      [late.subject],
    );
    expect(await sweep(deps)).toMatchObject({ poolUsersRemoved: 2, usersPurged: 1, failures: 0 });
    expect(await count('users')).toBe(1);
    expect((await apiOf(0).get(person)).status).toBe(401);
    const { rows: entries } = await database.admin.query(
      'select action, entity_id from landfall.audit_log where user_id = $1 order by id',
      [rows[0].user_id],
    );
    expect(entries).toEqual([
      { action: 'account.delete', entity_id: rows[0].user_id },
      { action: 'account.purge', entity_id: rows[0].user_id },
    ]);
  });

  it('stay while the pool still knows the user', async () => {
    await deleted(26);
    const userPool = { issuer: pool.pool.issuer, remove: () => Promise.reject(new Error('Cognito is away')) };
    expect(await sweep({ ...deps, userPool })).toMatchObject({ usersPurged: 0, failures: 1 });
    expect(await sweep(deps)).toMatchObject({ usersPurged: 1 });
  });

  it('go without a pool where there is none', async () => {
    await deleted(26);
    expect(await sweep({ ...deps, userPool: undefined })).toMatchObject({
      poolUsersRemoved: 0,
      usersPurged: 1,
    });
  });

  it('stay while any table has something left of the user, and the sweep fails', async () => {
    const person = await newPerson();
    const { id: userId } = (await apiOf(0).get(person)).body;
    await insertDocument(database.admin, { userId });
    await apiOf(26).delete(person);
    expect(await sweep(deps)).toMatchObject({ usersPurged: 0, failures: 1 });
    await database.admin.query('delete from landfall.documents');
    expect(await sweep(deps)).toMatchObject({ usersPurged: 1, failures: 0 });
  });

  it('are not to be removed early, whatever the clock of the sweep says', async () => {
    await deleted(1);
    const clock = () => new Date(Date.now() + 48 * 3600_000);
    expect(await sweep({ ...deps, clock })).toMatchObject({ usersPurged: 0 });
    expect(await count('users')).toBe(1);
  });

  it('go once when two sweeps run at once', async () => {
    for (let n = 0; n < 10; n++) await deleted(26);
    await sweep({ ...deps, clock: () => hoursAgo(20) });
    const other = openMaintenanceDatabase(async () => database.target('maintenance'));
    const reports = await Promise.all([sweep(deps), sweep({ ...deps, database: other })]);
    expect(reports.reduce((sum, { usersPurged }) => sum + usersPurged, 0)).toBe(10);
    const { rows } = await database.admin.query(
      `select count(*)::int as n from landfall.audit_log where action = 'account.purge'
       group by user_id having count(*) > 1`,
    );
    expect(rows).toEqual([]);
    await other.close();
  });
});

it('buries documents that a request added which began before the deletion, and no others', async () => {
  const [person, other] = [await deleted(0), await newPerson()];
  const { id } = (await apiOf(0).get(other)).body;
  const { rows } = await database.admin.query('select user_id from landfall.identities where subject = $1', [
    person.subject,
  ]);
  const late = await insertDocument(database.admin, { userId: rows[0].user_id, isPrimary: true });
  await insertDocument(database.admin, { userId: id });
  expect(await sweep(deps)).toMatchObject({ lateDocuments: 1, failures: 0 });
  const { rows: buried } = await database.admin.query(
    'select id, is_primary from landfall.documents where deleted_at is not null',
  );
  expect(buried).toEqual([{ id: late, is_primary: false }]);
});

describe('an export', () => {
  it('goes with its object once it has expired', async () => {
    const person = await newPerson();
    const old = await exported(person, 1.1);
    const fresh = await exported(person, 0.5);
    expect(await sweep(deps)).toMatchObject({ exportsRemoved: 1, failures: 0 });
    expect(await bucket.store.find(old)).toBeUndefined();
    expect(await bucket.store.find(fresh)).toBeDefined();
    expect(await count('account_exports')).toBe(1);
  });

  it('of a deleted account goes at once', async () => {
    const person = await newPerson();
    const key = await exported(person, 0);
    await apiOf(0).delete(person);
    expect(await sweep(deps)).toMatchObject({ exportsRemoved: 1 });
    expect(await bucket.store.find(key)).toBeUndefined();
  });

  it('keeps its row when the object could not be removed', async () => {
    const key = await exported(await newPerson(), 2);
    const storage = { remove: () => Promise.reject(new Error('S3 is away')) };
    expect(await sweep({ ...deps, storage })).toMatchObject({ exportsRemoved: 0, failures: 1 });
    expect(await count('account_exports')).toBe(1);
    const clock = () => new Date(Date.now() + 121_000);
    expect(await sweep({ ...deps, clock })).toMatchObject({ exportsRemoved: 1, failures: 0 });
    expect(await bucket.store.find(key)).toBeUndefined();
  });

  it('is left alone while somebody writes it, so that no object is left behind', async () => {
    const person = await newPerson();
    const api = apiOf(0);
    await api.export(person);
    const archives = connectArchives(bucket.name, bucket.client);
    const job = api.jobs.at(-1) as ExportJob;
    const work = {
      database: api.deps.database,
      storage: bucket.store,
      clock: () => new Date(),
      archives: {
        write: async (...args: Parameters<typeof archives.write>) => {
          await apiOf(0).delete(person);
          expect(await sweep(deps)).toMatchObject({ exportsRemoved: 0, failures: 0 });
          return archives.write(...args);
        },
      },
    };
    await writeExport(work, job, 'request');
    const { rows } = await database.admin.query('select object_key from landfall.account_exports');
    expect(await bucket.store.find(rows[0].object_key)).toBeDefined();
    const afterTheClaim = () => new Date(Date.now() + 961_000);
    expect(await sweep({ ...deps, clock: afterTheClaim })).toMatchObject({ exportsRemoved: 1, failures: 0 });
    expect(await bucket.store.find(rows[0].object_key)).toBeUndefined();
  });

  it('that the sweep is removing is not written any more', async () => {
    const person = await newPerson();
    const api = apiOf(2);
    await api.export(person);
    const job = api.jobs.at(-1) as ExportJob;
    const archives = {
      write: () => Promise.reject(new Error('nobody should write')),
    };
    const work = {
      database: api.deps.database,
      storage: bucket.store,
      archives,
      // A worker whose clock is behind takes the export for a fresh one.
      clock: () => hoursAgo(1.5),
    };
    const storage = {
      remove: async () => {
        await expect(writeExport(work, job, 'request')).resolves.toBeUndefined();
      },
    };
    expect(await sweep({ ...deps, storage })).toMatchObject({ exportsRemoved: 1, failures: 0 });
  });

  it('is removed by one of two sweeps', async () => {
    for (let n = 0; n < 10; n++) await exported(await newPerson(), 2);
    const other = openMaintenanceDatabase(async () => database.target('maintenance'));
    const reports = await Promise.all([sweep(deps), sweep({ ...deps, database: other })]);
    expect(reports.reduce((sum, { exportsRemoved }) => sum + exportsRemoved, 0)).toBe(10);
    await other.close();
  });
});

it('works in batches and says when there is more', async () => {
  await database.admin.query(
    `insert into landfall.users (deleted_at) select $1::timestamptz from generate_series(1, 205)`,
    [hoursAgo(26)],
  );
  expect(await sweep(deps)).toMatchObject({ usersPurged: 200, more: true });
  expect(await sweep(deps)).toMatchObject({ usersPurged: 5, more: false });
});

describe('role maintenance', () => {
  const maintenance = () => database.connect('maintenance');

  it('sees deleted users and identities, and nobody else', async () => {
    await apiOf(0).get(await newPerson());
    const { subject } = await deleted(0);
    const client = await maintenance();
    expect((await client.query('select id from landfall.users')).rows).toHaveLength(1);
    expect((await client.query('select subject from landfall.identities')).rows).toEqual([{ subject }]);
  });

  it.each([
    ['read addresses', 'select email from landfall.users'],
    ['change users', 'update landfall.users set deleted_at = now()'],
    ['move identities', `update landfall.identities set user_id = gen_random_uuid()`],
    ['delete identities', 'delete from landfall.identities'],
    ['read the audit log', 'select * from landfall.audit_log'],
    ['read what is exported', 'select user_id from landfall.account_exports'],
  ])('may not %s', async (_, sql) => {
    await expect((await maintenance()).query(sql)).rejects.toThrow('permission denied');
  });

  it('cannot bury the documents of others, nor write the audit log for them', async () => {
    const person = await newPerson();
    const { id: userId } = (await apiOf(0).get(person)).body;
    await insertDocument(database.admin, { userId });
    const client = await maintenance();
    const { rowCount } = await client.query('update landfall.documents set deleted_at = now()');
    expect(rowCount).toBe(0);
    const entry = (user: string, action: string) =>
      client.query(
        `insert into landfall.audit_log (user_id, action, entity_id, created_at) values ($1, $2, $1, now())`,
        [user, action],
      );
    await expect(entry(userId, 'account.purge')).rejects.toThrow('row-level security');
    await apiOf(0).delete(person);
    await expect(entry(userId, 'document.delete')).rejects.toThrow('row-level security');
    await expect(entry(userId, 'account.purge')).resolves.toBeDefined();
  });
});
