import type { Identity } from '../../../lambdas/shared/identity';
import { startTestDatabase, type TestDatabase } from '../../support/database';
import { postForm } from '../../support/documents-api';
import { JobsApi } from '../../support/jobs-api';
import { startTestBucket, type TestBucket } from '../../support/object-store';
import { minimalDoc, minimalPdf } from '../../support/office-file';

let database: TestDatabase;
let bucket: TestBucket;
let api: JobsApi;
let people = 0;

const newPerson = (): Identity => ({ issuer: 'https://issuer.example', subject: `person-${people++}` });
const day = 24 * 3600_000;

beforeAll(async () => {
  [database, bucket] = await Promise.all([startTestDatabase(), startTestBucket()]);
  api = new JobsApi(database, bucket);
});

afterAll(async () => {
  await Promise.all([database.close(), bucket.close()]);
});

afterEach(() => {
  api.now = new Date();
});

const rowOf = async (table: 'jobs' | 'candidates', id: string) =>
  (await database.admin.query(`select * from landfall.${table} where id = $1`, [id])).rows[0];

/** As its worker would have made it. */
const ready = (id: string, profile: object) =>
  database.admin.query(
    "update landfall.candidates set status = 'ready', profile = $2, language = 'en', pages = 2 where id = $1",
    [id, JSON.stringify(profile)],
  );

const profile = {
  name: 'Jane Example',
  email: 'jane@example.com',
  phone: { e164: '+442079460958', written: '+44 20 7946 0958' },
  links: [],
  skills: Array.from({ length: 12 }, (_, n) => `Skill ${n}`),
  education: [],
  experience: [],
  languages: [],
  notes: [],
};

describe('a job', () => {
  it('is created, read, changed and deleted', async () => {
    const person = newPerson();
    const created = await api.createJob(person, {
      title: ' Backend\u202e  developer ',
      description: 'All of it.\n',
    });
    expect(created).toMatchObject({
      status: 201,
      body: {
        title: 'Backend developer',
        description: 'All of it.\n',
        status: 'open',
        candidates: { processing: 0, ready: 0, failed: 0 },
      },
    });
    const { id } = created.body;
    expect((await api.getJob(person, id)).body).toEqual(created.body);
    const changed = await api.updateJob(person, id, { status: 'closed' });
    expect(changed).toMatchObject({ status: 200, body: { title: 'Backend developer', status: 'closed' } });
    expect((await api.deleteJob(person, id)).status).toBe(204);
    for (const call of [
      api.getJob(person, id),
      api.deleteJob(person, id),
      api.updateJob(person, id, { title: 'x' }),
    ])
      expect((await call).status).toBe(404);
  });

  const refused: Record<string, object> = {
    'an empty title': { title: '' },
    'a title that nobody can see': { title: '\u200b' },
    'no title': {},
    'a title without an end': { title: 'x'.repeat(201) },
    'a description without an end': { title: 'x', description: 'x'.repeat(20_001) },
  };
  it.each(Object.entries(refused))('is refused with %s', async (_, body) =>
    expect((await api.createJob(newPerson(), body)).status).toBe(400),
  );

  it('is created once per Idempotency-Key', async () => {
    const person = newPerson();
    const key = { 'Idempotency-Key': 'one' };
    const first = await api.createJob(person, { title: 'a' }, key);
    expect((await api.createJob(person, { title: 'a' }, key)).body).toEqual(first.body);
    expect((await api.createJob(person, { title: 'b' }, key)).status).toBe(422);
    expect((await api.listJobs(person)).body.items).toHaveLength(1);
  });

  it('keeps neither NUL nor half a character', async () => {
    const { status, body } = await api.createJob(newPerson(), { title: 'a', description: 'b\0\ud800c' });
    expect([status, body.description]).toEqual([201, 'bc']);
  });

  it('is listed in pages, newest first, by state', async () => {
    const person = newPerson();
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) {
      api.now = new Date(Date.now() + n);
      ids.unshift(await api.job(person));
    }
    await api.updateJob(person, ids[1] as string, { status: 'closed' });
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const query: Record<string, string> = { limit: '2', ...(cursor && { cursor }) };
      const { body } = await api.listJobs(person, query);
      seen.push(...body.items.map((job: { id: string }) => job.id));
      cursor = body.nextCursor;
    } while (cursor);
    expect(seen).toEqual(ids);
    expect((await api.listJobs(person, { status: 'closed' })).body.items).toMatchObject([{ id: ids[1] }]);
  });

  it('counts its candidates by state', async () => {
    const person = newPerson();
    const id = await api.job(person);
    const [one, two, three, four] = [
      await api.candidate(person, id),
      await api.candidate(person, id),
      await api.candidate(person, id),
      await api.candidate(person, id),
    ];
    await ready(one.id, profile);
    await database.admin.query(
      "update landfall.candidates set status = 'failed', failure = 'no_text' where id = $1",
      [two.id],
    );
    await api.deleteCandidate(person, id, three.id);
    const counts = { processing: 1, ready: 1, failed: 1 };
    expect((await api.getJob(person, id)).body.candidates).toEqual(counts);
    expect((await api.listJobs(person)).body.items[0].candidates).toEqual(counts);
    expect(four.status).toBe('processing');
  });

  it('goes with all its candidates, uploads and imports', async () => {
    const person = newPerson();
    const id = await api.job(person);
    const candidate = await api.candidate(person, id);
    const upload = await api.createCandidate(person, id);
    await postForm(upload.body, minimalPdf());
    await api.deleteJob(person, id);
    expect((await rowOf('candidates', candidate.id)).deleted_at).not.toBeNull();
    expect((await api.getCandidate(person, id, candidate.id)).status).toBe(404);
    expect((await api.listCandidates(person, id)).status).toBe(404);
    expect((await api.completeCandidate(person, id, upload.body.id)).status).toBe(410);
    expect((await api.createCandidate(person, id)).status).toBe(404);
    expect((await api.createImport(person, id, { fileSize: 1 })).status).toBe(404);
  });

  it('that is closed takes no candidates, and keeps those it has', async () => {
    const person = newPerson();
    const id = await api.job(person);
    const candidate = await api.candidate(person, id);
    await api.updateJob(person, id, { status: 'closed' });
    for (const call of [api.createCandidate(person, id), api.createImport(person, id, { fileSize: 1 })])
      expect(await call).toMatchObject({
        status: 409,
        body: { error: { details: { reason: 'job_closed' } } },
      });
    expect((await api.getCandidate(person, id, candidate.id)).status).toBe(200);
  });
});

describe('a candidate', () => {
  it('comes from a form that takes exactly the announced file', async () => {
    const person = newPerson();
    const id = await api.job(person);
    const { status, body } = await api.createCandidate(person, id, { fileName: '../x/Résumé (1).pdf' });
    expect(status).toBe(201);
    expect(body.fields.key).toMatch(/^quarantine\/[0-9a-f-]{36}\/[0-9a-f-]{36}$/);
    expect((await postForm(body, Buffer.alloc(minimalPdf().length + 1))).ok).toBe(false);
    expect((await api.completeCandidate(person, id, body.id)).status).toBe(409);
    expect((await postForm(body, minimalPdf())).ok).toBe(true);
    const completed = await api.completeCandidate(person, id, body.id);
    expect(completed).toMatchObject({
      status: 200,
      body: {
        id: body.id,
        jobId: id,
        importId: null,
        fileName: 'Résumé (1).pdf',
        status: 'processing',
        failure: null,
        profile: null,
      },
    });
    expect((await rowOf('candidates', body.id)).object_key).toBe(`resumes/${body.id}_Resume-1.pdf`);
    expect((await api.completeCandidate(person, id, body.id)).body).toEqual(completed.body);
  });

  it.each([
    ['application/vnd.openxmlformats-officedocument.presentationml.presentation', 400],
    ['text/markdown', 400],
    ['text/plain', 201],
    ['application/msword', 201],
  ])('may be a resume: %s', async (mimeType, status) => {
    const person = newPerson();
    const id = await api.job(person);
    expect((await api.createCandidate(person, id, { mimeType })).status).toBe(status);
  });

  it('is refused when it is too large, or not what it says', async () => {
    const person = newPerson();
    const id = await api.job(person);
    expect((await api.createCandidate(person, id, { fileSize: 10 * 1024 ** 2 + 1 })).status).toBe(413);
    const fake = await api.createCandidate(person, id, { fileSize: minimalDoc().length });
    await postForm(fake.body, minimalDoc());
    expect(await api.completeCandidate(person, id, fake.body.id)).toMatchObject({
      status: 422,
      body: { error: { details: { reason: 'file_rejected' } } },
    });
    expect((await api.listCandidates(person, id)).body.items).toEqual([]);
  });

  it('belongs to the job that it was announced for', async () => {
    const person = newPerson();
    const [one, two] = [await api.job(person), await api.job(person)];
    const upload = await api.createCandidate(person, one);
    await postForm(upload.body, minimalPdf());
    expect((await api.completeCandidate(person, two, upload.body.id)).status).toBe(404);
    expect((await api.completeCandidate(person, one, upload.body.id)).status).toBe(200);
    for (const call of [
      api.completeCandidate(person, two, upload.body.id),
      api.getCandidate(person, two, upload.body.id),
      api.download(person, two, upload.body.id),
      api.deleteCandidate(person, two, upload.body.id),
    ])
      expect((await call).status).toBe(404);
  });

  it('is listed in pages with a summary, by state', async () => {
    const person = newPerson();
    const id = await api.job(person);
    expect((await api.listCandidates(person, id)).body).toEqual({ items: [], nextCursor: null });
    const ids: string[] = [];
    for (let n = 0; n < 3; n++) {
      api.now = new Date(Date.now() + n);
      ids.unshift((await api.candidate(person, id)).id);
    }
    await ready(ids[0] as string, profile);
    const first = await api.listCandidates(person, id, { limit: '2' });
    expect(first.body.items).toMatchObject([
      {
        id: ids[0],
        status: 'ready',
        summary: { name: 'Jane Example', email: 'jane@example.com', skills: profile.skills.slice(0, 10) },
      },
      { id: ids[1], status: 'processing', summary: null },
    ]);
    const second = await api.listCandidates(person, id, { limit: '2', cursor: first.body.nextCursor });
    expect(second.body).toMatchObject({ items: [{ id: ids[2] }], nextCursor: null });
    expect((await api.listCandidates(person, id, { status: 'ready' })).body.items).toHaveLength(1);
    expect((await api.getCandidate(person, id, ids[0] as string)).body).toMatchObject({ profile, pages: 2 });
  });

  it('is downloaded for an hour as an attachment, also while it is being read', async () => {
    const person = newPerson();
    const id = await api.job(person);
    const file = minimalPdf('download');
    const candidate = await api.candidate(person, id, file);
    const { status, body } = await api.download(person, id, candidate.id);
    expect(status).toBe(200);
    expect(Date.parse(body.expiresAt) - api.now.getTime()).toBe(3600_000);
    const response = await fetch(body.url);
    expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename="cv.pdf"/);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(file);
  });

  it('is not downloaded before a scan has found nothing', async () => {
    const person = newPerson();
    const id = await api.job(person);
    const { id: candidate } = await api.candidate(person, id);
    const scanning = new JobsApi(database, bucket, { scanned: true });
    const reason = async () => {
      const { status, body } = await scanning.download(person, id, candidate);
      return [status, body.error?.details.reason];
    };
    expect(await reason()).toEqual([409, 'being_scanned']);
    const failed = (failure: string) =>
      database.admin.query("update landfall.candidates set status = 'failed', failure = $2 where id = $1", [
        candidate,
        failure,
      ]);
    await failed('malware');
    expect(await reason()).toEqual([409, 'malware']);
    await failed('unscannable');
    expect(await reason()).toEqual([409, 'unscannable']);
    await failed('no_text');
    expect(await reason()).toEqual([200, undefined]);
  });

  it('is deleted with its file', async () => {
    const person = newPerson();
    const id = await api.job(person);
    const candidate = await api.candidate(person, id);
    const { object_key } = await rowOf('candidates', candidate.id);
    expect((await api.deleteCandidate(person, id, candidate.id)).status).toBe(204);
    expect(await bucket.store.find(object_key)).toBeUndefined();
    expect(await rowOf('candidates', candidate.id)).toBeUndefined();
    expect((await api.deleteCandidate(person, id, candidate.id)).status).toBe(404);
  });

  it('is gone after the days of its retention', async () => {
    const person = newPerson();
    const id = await api.job(person);
    const candidate = await api.candidate(person, id);
    expect(Date.parse(candidate.expiresAt) - api.now.getTime()).toBe(90 * day);
    api.now = new Date(Date.parse(candidate.expiresAt) - 1);
    expect((await api.getCandidate(person, id, candidate.id)).status).toBe(200);
    api.now = new Date(candidate.expiresAt);
    expect((await api.getCandidate(person, id, candidate.id)).status).toBe(404);
    expect((await api.download(person, id, candidate.id)).status).toBe(404);
    expect((await api.deleteCandidate(person, id, candidate.id)).status).toBe(404);
    expect((await api.listCandidates(person, id)).body.items).toEqual([]);
    expect((await api.getJob(person, id)).body.candidates).toEqual({ processing: 0, ready: 0, failed: 0 });
  });
});

it('nobody sees, changes or adds to what is somebody else’s', async () => {
  const [owner, other] = [newPerson(), newPerson()];
  const id = await api.job(owner);
  const candidate = await api.candidate(owner, id);
  const own = await api.job(other);
  for (const job of [id, own]) {
    for (const call of [
      api.getCandidate(other, job, candidate.id),
      api.download(other, job, candidate.id),
      api.deleteCandidate(other, job, candidate.id),
      api.completeCandidate(other, job, candidate.id),
    ])
      expect((await call).status).toBe(404);
  }
  for (const call of [
    api.getJob(other, id),
    api.updateJob(other, id, { title: 'mine' }),
    api.deleteJob(other, id),
    api.listCandidates(other, id),
    api.createCandidate(other, id),
    api.createImport(other, id, { fileSize: 1 }),
  ])
    expect((await call).status).toBe(404);
  expect((await api.getCandidate(owner, id, candidate.id)).status).toBe(200);
  expect((await api.listJobs(other)).body.items).toMatchObject([{ id: own }]);
});
