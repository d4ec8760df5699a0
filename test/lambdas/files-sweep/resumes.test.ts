/** Jobs and candidates from their end to their last row: retention, deletion of jobs and of accounts, exports. */
import { randomUUID } from 'node:crypto';
import { connectArchives } from '../../../lambdas/account-export/s3-archive-store';
import { writeExport } from '../../../lambdas/account-export/write-export';
import { sweep as sweepAccounts } from '../../../lambdas/accounts-sweep/sweep';
import { sweep } from '../../../lambdas/files-sweep/sweep';
import { openMaintenanceDatabase, type SystemDatabase } from '../../../lambdas/shared/database';
import type { Identity } from '../../../lambdas/shared/identity';
import { AccountApi } from '../../support/account-api';
import { unzip } from '../../support/archive';
import { startTestDatabase, type TestDatabase } from '../../support/database';
import { postForm } from '../../support/documents-api';
import { JobsApi, ResumeWorkers } from '../../support/jobs-api';
import { startTestBucket, type TestBucket } from '../../support/object-store';
import { minimalPdf } from '../../support/office-file';
import { rawZip } from '../../support/raw-zip';
import { rowsNaming } from '../../support/rows-naming';

let database: TestDatabase;
let bucket: TestBucket;
let maintenance: SystemDatabase;
let workers: ResumeWorkers;
let people = 0;

const newPerson = (): Identity => ({ issuer: 'https://issuer.example', subject: `person-${people++}` });
const daysAgo = (days: number) => new Date(Date.now() - days * 24 * 3600_000);

beforeAll(async () => {
  [database, bucket] = await Promise.all([startTestDatabase(), startTestBucket()]);
  maintenance = openMaintenanceDatabase(async () => database.target('maintenance'));
  workers = new ResumeWorkers(database, bucket);
});

afterAll(async () => {
  await Promise.all([maintenance.close(), workers.close()]);
  await Promise.all([database.close(), bucket.close()]);
});

/** An instance whose clock was stopped some days ago. */
function apiOf(days = 0): JobsApi {
  const api = new JobsApi(database, bucket);
  api.now = daysAgo(days);
  return api;
}

const run = (remove = bucket.store.remove) =>
  sweep({
    database: maintenance,
    buckets: { documents: { ...bucket.store, remove } },
    clock: () => new Date(),
  });

const rowsOf = async (job: string) => {
  const counts: Record<string, number> = {};
  for (const table of ['jobs', 'candidates', 'candidate_imports', 'uploads']) {
    const column = table === 'jobs' ? 'id' : 'job_id';
    const { rows } = await database.admin.query(
      `select count(*)::int as n from landfall.${table} where ${column} = $1`,
      [job],
    );
    counts[table] = rows[0].n;
  }
  return counts;
};

const keyOf = async (id: string) =>
  (await database.admin.query('select object_key from landfall.candidates where id = $1', [id])).rows[0]
    ?.object_key;

/** A job with a single candidate, an import, and an upload that never came. */
async function busyJob(api: JobsApi, person: Identity) {
  const job = await api.job(person);
  const single = await api.candidate(person, job);
  const importId = await api.import(person, job, rawZip([{ name: 'a.pdf', data: minimalPdf(randomUUID()) }]));
  await workers.import(importId);
  const upload = await api.createCandidate(person, job);
  await postForm(upload.body, minimalPdf());
  return { job, single, importId };
}

it('candidates and reports go at the end of their retention, the job stays', async () => {
  const person = newPerson();
  const old = apiOf(91);
  const { job, single } = await busyJob(old, person);
  const young = await apiOf(89).candidate(person, job);
  const key = await keyOf(single.id);
  expect(await bucket.store.find(key)).toBeDefined();
  await run();
  // What has just become a tombstone is left alone for a minute.
  await database.admin.query("update landfall.candidates set deleted_at = deleted_at - interval '2 minutes'");
  await database.admin.query(
    "update landfall.candidate_imports set deleted_at = deleted_at - interval '2 minutes'",
  );
  await run();
  expect(await bucket.store.find(key)).toBeUndefined();
  expect(await rowsOf(job)).toEqual({ jobs: 1, candidates: 1, candidate_imports: 0, uploads: 0 });
  expect((await apiOf().listCandidates(person, job)).body.items).toMatchObject([{ id: young.id }]);
});

it('a deleted job goes with everything of it, objects first', async () => {
  const person = newPerson();
  const { job, single, importId } = await busyJob(apiOf(1), person);
  const key = await keyOf(single.id);
  expect((await apiOf(0.5).deleteJob(person, job)).status).toBe(204);
  const failed = await run(() => Promise.reject(new Error('S3 is away')));
  expect(failed.failures).toBeGreaterThan(0);
  expect(await rowsOf(job)).toMatchObject({ jobs: 1, candidates: 2, candidate_imports: 1 });
  await database.admin.query('update landfall.uploads set claimed_until = null');
  expect(await run()).toMatchObject({
    removed: { candidates: 2, candidate_imports: 1, jobs: 1 },
    failures: 0,
  });
  expect(await rowsOf(job)).toEqual({ jobs: 0, candidates: 0, candidate_imports: 0, uploads: 0 });
  expect(await bucket.store.find(key)).toBeUndefined();
  const { rows } = await database.admin.query(
    'select 1 from landfall.candidate_import_entries where import_id = $1',
    [importId],
  );
  expect(rows).toEqual([]);
});

it('the sweep sees neither candidates nor jobs that live', async () => {
  const person = newPerson();
  const { job, single, importId } = await busyJob(apiOf(), person);
  const seen = await maintenance.transaction(async (query) => [
    ...(await query<{ id: string }>('select id from landfall.jobs')),
    ...(await query<{ id: string }>('select id from landfall.candidates')),
    ...(await query<{ id: string }>('select id from landfall.candidate_imports')),
  ]);
  const ids = seen.map(({ id }) => id);
  for (const id of [job, single.id, importId]) expect(ids).not.toContain(id);
});

it('whoever leaves leaves nothing behind', async () => {
  const person = newPerson();
  const { job, single } = await busyJob(apiOf(2), person);
  const account = new AccountApi(database, bucket);
  account.now = daysAgo(1.5);
  const userId = (await account.get(person)).body.id;
  const key = await keyOf(single.id);
  expect((await account.delete(person)).status).toBe(202);
  await database.admin.query('update landfall.uploads set expires_at = $2 where user_id = $1', [
    userId,
    daysAgo(1),
  ]);
  // A request that began before.
  const late = randomUUID();
  await database.admin.query(
    `insert into landfall.jobs (id, user_id, title, created_at, updated_at) values ($1, $2, 'Late', now(), now())`,
    [late, userId],
  );
  const accounts = () =>
    sweepAccounts({
      database: maintenance,
      storage: bucket.store,
      userPool: undefined,
      clock: () => new Date(),
    });
  expect(await accounts()).toMatchObject({ lateJobs: 1 });
  await database.admin.query(
    "update landfall.jobs set deleted_at = now() - interval '1 hour' where id = $1",
    [late],
  );
  await run();
  await accounts();
  expect(await rowsNaming(database.admin, [userId, job, single.id])).toEqual({});
  expect(await bucket.store.find(key)).toBeUndefined();
});

it('an export holds jobs, candidates and their files', async () => {
  const person = newPerson();
  const api = apiOf();
  const { job, single } = await busyJob(api, person);
  const gone = await api.candidate(person, job);
  await api.deleteCandidate(person, job, gone.id);
  const account = new AccountApi(database, bucket);
  await account.export(person);
  const deps = {
    database: api.deps.database,
    storage: bucket.store,
    archives: connectArchives(bucket.name, bucket.client),
    clock: () => new Date(),
  };
  await writeExport(deps, account.jobs.at(-1) as never, 'invocation');
  const { body } = await account.export(person);
  const files = await unzip(Buffer.from(await (await fetch(body.url)).arrayBuffer()));
  const [exported] = JSON.parse((files.get('jobs.json') as Buffer).toString());
  expect(exported).toMatchObject({ id: job, title: 'Developer', status: 'open' });
  expect(exported.candidates).toHaveLength(2);
  for (const { file, size } of exported.candidates) expect(files.get(file)).toHaveLength(size);
  const one = exported.candidates.find(({ id }: { id: string }) => id === single.id);
  expect(one).toMatchObject({ fileName: 'cv.pdf', profile: null, file: `candidates/${single.id}-cv.pdf` });
});
