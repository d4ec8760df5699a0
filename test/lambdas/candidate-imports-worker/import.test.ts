import { randomUUID } from 'node:crypto';
import type { ImportDependencies } from '../../../lambdas/candidate-imports-worker/import-archive';
import type { Query } from '../../../lambdas/shared/database';
import type { Identity } from '../../../lambdas/shared/identity';
import { startTestDatabase, type TestDatabase } from '../../support/database';
import { JobsApi, ResumeWorkers } from '../../support/jobs-api';
import { startTestBucket, type TestBucket } from '../../support/object-store';
import { minimalDocx, minimalPdf } from '../../support/office-file';
import { rawZip } from '../../support/raw-zip';

let database: TestDatabase;
let bucket: TestBucket;
let api: JobsApi;
let workers: ResumeWorkers;
let people = 0;

const newPerson = (): Identity => ({ issuer: 'https://issuer.example', subject: `person-${people++}` });

beforeAll(async () => {
  [database, bucket] = await Promise.all([startTestDatabase(), startTestBucket()]);
  api = new JobsApi(database, bucket);
  workers = new ResumeWorkers(database, bucket);
});

afterAll(async () => {
  await workers.close();
  await Promise.all([database.close(), bucket.close()]);
});

afterEach(() => {
  workers.around = (deps) => deps;
  workers.now = () => new Date();
  workers.maxEntries = 500;
});

const pdf = (text: string) => minimalPdf(text);

const mixed = () =>
  rawZip([
    { name: '2026/' },
    { name: '2026/March/Jane Example.pdf', data: pdf('Jane') },
    { name: '__MACOSX/2026/._Jane Example.pdf', data: 'x' },
    { name: '../evil.pdf', data: pdf('evil') },
    { name: '2026/copy.pdf', data: pdf('Jane') },
    { name: 'letter.docx', data: minimalDocx() },
    { name: 'table.xlsx', data: rawZip([{ name: 'xl/workbook.xml', data: 'x' }]) },
    { name: 'secret.pdf', data: pdf('secret'), flags: 1 },
    { name: 'broken.pdf', data: pdf('broken'), checksum: 1 },
    { name: 'cut.pdf', data: pdf('cut').subarray(0, -20) },
    { name: 'none.txt' },
    { name: 'notes.txt', data: 'John Example' },
  ]);

const expected = [
  ['2026/', 'skipped'],
  ['2026/March/Jane Example.pdf', 'candidate'],
  ['__MACOSX/2026/._Jane Example.pdf', 'skipped'],
  ['../evil.pdf', 'unsafe_path'],
  ['2026/copy.pdf', 'duplicate'],
  ['letter.docx', 'candidate'],
  ['table.xlsx', 'unsupported'],
  ['secret.pdf', 'encrypted'],
  ['broken.pdf', 'corrupt'],
  ['cut.pdf', 'corrupt'],
  ['none.txt', 'empty'],
  ['notes.txt', 'candidate'],
];

type Entry = { path: string; outcome: string; candidateId: string | null };

async function imported(archive: Buffer, person = newPerson(), job?: string) {
  const jobId = job ?? (await api.job(person));
  const importId = await api.import(person, jobId, archive);
  return { person, jobId, importId };
}

const reportOf = async ({ person, jobId, importId }: { person: Identity; jobId: string; importId: string }) =>
  (await api.getImport(person, jobId, importId, { limit: '500' })).body;

const outcomes = (entries: readonly Entry[]) => entries.map(({ path, outcome }) => [path, outcome]);

/** Candidates as they lie in table and bucket. */
async function candidatesOf(jobId: string) {
  const { rows } = await database.admin.query(
    'select * from landfall.candidates where job_id = $1 and deleted_at is null order by file_name',
    [jobId],
  );
  return rows;
}

describe('an import', () => {
  it('says of every entry what became of it, and makes candidates of the good ones', async () => {
    const made = await imported(mixed());
    expect(await reportOf(made)).toMatchObject({
      status: 'processing',
      total: null,
      counts: {},
      entries: [],
    });
    expect(await workers.import(made.importId)).toBe(true);

    const report = await reportOf(made);
    expect(report).toMatchObject({
      status: 'ready',
      failure: null,
      total: expected.length,
      nextCursor: null,
    });
    expect(outcomes(report.entries)).toEqual(expected);
    expect(report.counts).toEqual({
      candidate: 3,
      corrupt: 2,
      duplicate: 1,
      empty: 1,
      encrypted: 1,
      skipped: 2,
      unsafe_path: 1,
      unsupported: 1,
    });
    const [, jane, , , copy] = report.entries;
    expect(copy.candidateId).toBe(jane.candidateId);

    const rows = await candidatesOf(made.jobId);
    expect(rows.map(({ file_name, mime_type, status }) => [file_name, mime_type, status])).toEqual([
      ['Jane Example.pdf', 'application/pdf', 'processing'],
      ['letter.docx', expect.stringContaining('wordprocessing'), 'processing'],
      ['notes.txt', 'text/plain', 'processing'],
    ]);
    expect(rows[0].object_key).toBe(`resumes/${rows[0].id}_Jane-Example.pdf`);
    const object = await bucket.store.find(rows[0].object_key, rows[0].object_version);
    expect(await object?.read(0, 1000)).toEqual(pdf('Jane'));
    expect(await api.getCandidate(made.person, made.jobId, rows[0].id)).toMatchObject({
      status: 200,
      body: { importId: made.importId, status: 'processing' },
    });
  });

  it('leaves nothing behind but candidates', async () => {
    const made = await imported(mixed());
    await workers.import(made.importId);
    const { rows } = await database.admin.query(
      'select user_id, object_key from landfall.candidate_imports where id = $1',
      [made.importId],
    );
    expect(await bucket.store.find(rows[0].object_key)).toBeUndefined();
    expect(await bucket.store.find(`quarantine/${rows[0].user_id}/${made.importId}`)).toBeUndefined();
    const uploads = await database.admin.query('select 1 from landfall.uploads where job_id = $1', [
      made.jobId,
    ]);
    expect(uploads.rows).toEqual([]);
  });

  it('knows files that the job has already, however they came', async () => {
    const person = newPerson();
    const jobId = await api.job(person);
    const single = await api.candidate(person, jobId, pdf('single'));
    const first = await imported(rawZip([{ name: 'a.pdf', data: pdf('zipped') }]), person, jobId);
    await workers.import(first.importId);
    const [zipped] = (await reportOf(first)).entries;
    const second = await imported(
      rawZip([
        { name: 'b.pdf', data: pdf('single') },
        { name: 'c.pdf', data: pdf('zipped') },
        { name: 'd.pdf', data: pdf('new') },
      ]),
      person,
      jobId,
    );
    await workers.import(second.importId);
    const { entries } = await reportOf(second);
    expect(entries.map(({ outcome, candidateId }: Entry) => [outcome, candidateId])).toEqual([
      ['duplicate', single.id],
      ['duplicate', zipped.candidateId],
      ['candidate', expect.any(String)],
    ]);
    // Another job is another matter.
    const elsewhere = await imported(rawZip([{ name: 'b.pdf', data: pdf('single') }]), person);
    await workers.import(elsewhere.importId);
    expect((await reportOf(elsewhere)).counts).toEqual({ candidate: 1 });
  });

  it.each([
    ['too_many_entries', rawZip(['a', 'b', 'c'].map((name) => ({ name, data: 'x' })))],
    ['empty', rawZip([{ name: 'folder/' }])],
    ['corrupt', Buffer.concat([rawZip([{ name: 'a.txt', data: 'Jane' }]), Buffer.from('more')])],
  ])('fails as a whole: %s', async (code, archive) => {
    workers.maxEntries = 2;
    const made = await imported(archive);
    expect(await workers.import(made.importId)).toBe(true);
    expect(await reportOf(made)).toMatchObject({ status: 'failed', failure: code, entries: [] });
    expect(await candidatesOf(made.jobId)).toEqual([]);
  });

  it('shows its report in pages', async () => {
    const made = await imported(mixed());
    await workers.import(made.importId);
    const seen: Entry[] = [];
    let cursor: string | null = null;
    do {
      const query: Record<string, string> = { limit: '5', ...(cursor && { cursor }) };
      const { body } = await api.getImport(made.person, made.jobId, made.importId, query);
      seen.push(...body.entries);
      cursor = body.nextCursor;
    } while (cursor);
    expect(outcomes(seen)).toEqual(expected);
    expect((await api.getImport(made.person, made.jobId, made.importId, { cursor: 'x' })).status).toBe(400);
  });
});

describe('whatever happens meanwhile', () => {
  class Killed extends Error {}

  /** Everything that changes something, counted; the process is killed before or after one of them. */
  function killedAt(step: number, when: 'before' | 'after') {
    let steps = 0;
    let dead = false;
    const guard = async <T>(work: () => Promise<T>): Promise<T> => {
      if (dead) throw new Killed();
      const own = steps++;
      if (own === step && when === 'before') dead = true;
      if (dead) throw new Killed();
      const result = await work();
      if (own === step) dead = true;
      if (dead) throw new Killed();
      return result;
    };
    const around = (deps: ImportDependencies): ImportDependencies => ({
      ...deps,
      database: {
        ...deps.database,
        transaction: (work) => guard(() => deps.database.transaction(work)),
      },
      storage: {
        put: (...args) => guard(() => deps.storage.put(...args)),
        remove: (...args) => guard(() => deps.storage.remove(...args)),
      },
    });
    return { around, steps: () => steps, dead: () => dead };
  }

  const small = () =>
    rawZip([
      { name: 'a.pdf', data: pdf('first') },
      { name: 'b.exe', data: 'MZ' },
      { name: 'copy of a.pdf', data: pdf('first') },
      { name: 'c.pdf', data: pdf('second') },
    ]);
  const smallReport = [
    ['a.pdf', 'candidate'],
    ['b.exe', 'unsupported'],
    ['copy of a.pdf', 'duplicate'],
    ['c.pdf', 'candidate'],
  ];

  async function exactlyOnce(made: { person: Identity; jobId: string; importId: string }) {
    const report = await reportOf(made);
    expect(report.status).toBe('ready');
    expect(outcomes(report.entries)).toEqual(smallReport);
    const rows = await candidatesOf(made.jobId);
    expect(rows.map(({ file_name }) => file_name)).toEqual(['a.pdf', 'c.pdf']);
    expect(rows.map(({ id }) => id).sort()).toEqual(
      report.entries
        .filter(({ outcome }: Entry) => outcome === 'candidate')
        .map(({ candidateId }: Entry) => candidateId)
        .sort(),
    );
    for (const { object_key, object_version } of rows)
      expect(await bucket.store.find(object_key, object_version)).toBeDefined();
    const { rows: uploads } = await database.admin.query('select 1 from landfall.uploads where job_id = $1', [
      made.jobId,
    ]);
    expect(uploads).toEqual([]);
  }

  it('nothing is lost or doubled when it is killed before or after any step', async () => {
    const probe = killedAt(-1, 'before');
    workers.around = probe.around;
    const whole = await imported(small());
    await workers.import(whole.importId);
    await exactlyOnce(whole);
    const steps = probe.steps();
    expect(steps).toBeGreaterThan(8);

    for (let step = 0; step < steps; step++) {
      for (const when of ['before', 'after'] as const) {
        const made = await imported(small());
        const killer = killedAt(step, when);
        workers.around = killer.around;
        expect(await workers.import(made.importId)).toBe(false);
        expect(killer.dead()).toBe(true);
        // A killed process releases nothing: its claim ends.
        await database.admin.query(
          "update landfall.candidate_imports set claimed_until = now() - interval '1 second' where id = $1",
          [made.importId],
        );
        workers.around = (deps) => deps;
        expect(await workers.import(made.importId)).toBe(true);
        await exactlyOnce(made);
      }
    }
  }, 120_000);

  it('nothing is doubled when two work on the same archive', async () => {
    const made = await imported(small());
    const free = () =>
      database.admin.query('update landfall.candidate_imports set claimed_until = null where id = $1', [
        made.importId,
      ]);
    const other = new ResumeWorkers(database, bucket);
    let started: Promise<boolean> | undefined;
    workers.around = (deps) => ({
      ...deps,
      storage: {
        ...deps.storage,
        put: async (...args) => {
          const answer = await deps.storage.put(...args);
          if (!started) {
            await free();
            started = other.import(made.importId);
            await started;
          }
          return answer;
        },
      },
    });
    await workers.import(made.importId);
    await other.close();
    expect(await started).toBe(true);
    await exactlyOnce(made);
  });

  it('two archives with the same file, at the same time, make one candidate', async () => {
    const person = newPerson();
    const jobId = await api.job(person);
    const one = await imported(rawZip([{ name: 'one.pdf', data: pdf('same') }]), person, jobId);
    const two = await imported(rawZip([{ name: 'two.pdf', data: pdf('same') }]), person, jobId);
    const other = new ResumeWorkers(database, bucket);
    workers.around = (deps) => ({
      ...deps,
      storage: {
        ...deps.storage,
        put: async (...args) => {
          const answer = await deps.storage.put(...args);
          await other.import(two.importId);
          return answer;
        },
      },
    });
    expect(await workers.import(one.importId)).toBe(true);
    await other.close();
    const [loser] = (await reportOf(one)).entries;
    const [winner] = (await reportOf(two)).entries;
    expect(winner).toMatchObject({ outcome: 'candidate' });
    expect(loser).toMatchObject({ outcome: 'duplicate', candidateId: winner.candidateId });
    const rows = await candidatesOf(jobId);
    expect(rows).toHaveLength(1);
    const { rows: uploads } = await database.admin.query('select 1 from landfall.uploads where job_id = $1', [
      jobId,
    ]);
    expect(uploads).toEqual([]);
  });

  it('a job that is deleted gets no more candidates', async () => {
    const made = await imported(small());
    let puts = 0;
    workers.around = (deps) => ({
      ...deps,
      storage: {
        ...deps.storage,
        put: async (...args) => {
          const answer = await deps.storage.put(...args);
          if (++puts === 2) expect((await api.deleteJob(made.person, made.jobId)).status).toBe(204);
          return answer;
        },
      },
    });
    // Received again, to find that it is deleted.
    expect(await workers.import(made.importId)).toBe(false);
    expect(await workers.import(made.importId)).toBe(true);
    expect(await candidatesOf(made.jobId)).toEqual([]);
    const { rows } = await database.admin.query(
      'select outcome from landfall.candidate_import_entries where import_id = $1',
      [made.importId],
    );
    expect(rows).toHaveLength(3);
  });

  it('a candidate that its user deletes meanwhile does not come back', async () => {
    const made = await imported(small());
    const killer = killedAt(3, 'after');
    workers.around = killer.around;
    await workers.import(made.importId);
    const [first] = await candidatesOf(made.jobId);
    expect((await api.deleteCandidate(made.person, made.jobId, first.id)).status).toBe(204);
    workers.around = (deps) => deps;
    await database.admin.query('update landfall.candidate_imports set claimed_until = null where id = $1', [
      made.importId,
    ]);
    await workers.import(made.importId);
    const ids = (await candidatesOf(made.jobId)).map(({ id }) => id);
    expect(ids).not.toContain(first.id);
  });

  it('the worker adds only to imports that are being worked on, of their user and job', async () => {
    const made = await imported(small());
    const other = await imported(small());
    const { rows } = await database.admin.query(
      'select id, user_id, job_id from landfall.candidate_imports where id in ($1, $2)',
      [made.importId, other.importId],
    );
    const own = rows.find(({ id }) => id === made.importId);
    const foreign = rows.find(({ id }) => id === other.importId);
    const add = (values: { import_id: string | null; user_id: string; job_id: string }) =>
      workers.database.transaction((query: Query) => {
        const id = randomUUID();
        return query(
          `insert into landfall.candidates
             (id, user_id, job_id, import_id, file_name, mime_type, size, content_sha256, object_key,
              object_version, status, created_at, expires_at)
           values ($1, $2, $3, $4, 'a.pdf', 'application/pdf', 1, sha256($5), $6, 'v', 'processing', now(), now())
           returning id`,
          [id, values.user_id, values.job_id, values.import_id, Buffer.from(id), `resumes/${id}_a.pdf`],
        );
      });
    const good = { import_id: own.id, user_id: own.user_id, job_id: own.job_id };
    expect(await add(good)).toHaveLength(1);
    await expect(add({ ...good, import_id: null })).rejects.toThrow('row-level security');
    await expect(add({ ...good, import_id: foreign.id })).rejects.toThrow('row-level security');
    await expect(add({ ...good, user_id: foreign.user_id })).rejects.toThrow('row-level security');
    await expect(add({ ...good, job_id: foreign.job_id })).rejects.toThrow('row-level security');
    await database.admin.query("update landfall.candidate_imports set status = 'ready' where id = $1", [
      own.id,
    ]);
    await expect(add(good)).rejects.toThrow('row-level security');
  });
});
