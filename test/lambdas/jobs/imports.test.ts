import { randomBytes } from 'node:crypto';
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { partsOf } from '../../../lambdas/jobs/parts';
import type { Identity } from '../../../lambdas/shared/identity';
import { startTestDatabase, type TestDatabase } from '../../support/database';
import { JobsApi, putParts } from '../../support/jobs-api';
import { startTestBucket, type TestBucket } from '../../support/object-store';
import { minimalPdf } from '../../support/office-file';
import { rawZip } from '../../support/raw-zip';

let database: TestDatabase;
let bucket: TestBucket;
let api: JobsApi;
let people = 0;

const newPerson = (): Identity => ({ issuer: 'https://issuer.example', subject: `person-${people++}` });
const mebibyte = 1024 ** 2;

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

const archive = rawZip([{ name: 'a.pdf', data: minimalPdf() }]);

/** Uploads in parts that S3 still keeps for a key. */
const begun = async (id: string): Promise<number> => {
  const { Uploads = [] } = await bucket.client.send(new ListMultipartUploadsCommand({ Bucket: bucket.name }));
  return Uploads.filter(({ Key }) => Key?.includes(id)).length;
};

async function started(file: Buffer = archive) {
  const person = newPerson();
  const job = await api.job(person);
  const { body } = await api.createImport(person, job, { fileSize: file.length });
  return { person, job, id: body.id as string, parts: body.parts };
}

describe('the parts of an archive', () => {
  it.each([
    [1, 1],
    [32 * mebibyte, 1],
    [32 * mebibyte + 1, 2],
    [500 * mebibyte, 16],
    [5 * 1024 * mebibyte, 50],
  ])('of %i bytes are %i, and the whole archive', (size, count) => {
    const parts = partsOf(size);
    expect(parts).toHaveLength(count);
    expect(parts.reduce((sum, part) => sum + part.size, 0)).toBe(size);
    for (const part of parts.slice(0, -1)) expect(part.size).toBeGreaterThanOrEqual(5 * mebibyte);
    expect(parts.at(-1)?.size).toBeGreaterThan(0);
  });

  it('are taken for an hour, each with exactly its bytes', async () => {
    const { parts } = await started();
    const [{ url, size }] = parts;
    const query = new URL(url).searchParams;
    expect(query.get('X-Amz-Expires')).toBe('3600');
    expect(query.get('X-Amz-SignedHeaders')).toBe('content-length;host');
    const put = (body: Buffer) => fetch(url, { method: 'PUT', body: new Uint8Array(body) });
    expect((await put(Buffer.alloc(size + 1))).status).toBe(403);
    expect((await put(archive)).status).toBe(200);
  });

  it('become one file', async () => {
    const large = rawZip([{ name: 'a.pdf', data: randomBytes(33 * mebibyte), method: 0 }]);
    const { person, job, id, parts } = await started(large);
    expect(parts).toHaveLength(2);
    const put = await putParts(parts, large);
    expect(await api.completeImport(person, job, id, put)).toMatchObject({
      status: 200,
      body: { id, jobId: job, status: 'processing', size: large.length, total: null, entries: [] },
    });
    const { rows } = await database.admin.query('select * from landfall.candidate_imports where id = $1', [
      id,
    ]);
    const object = await bucket.store.find(rows[0].object_key, rows[0].object_version);
    expect(rows[0].object_key).toBe(`imports/${rows[0].user_id}/${id}`);
    expect(object?.size).toBe(large.length);
    expect(await object?.read(20 * mebibyte, 1000)).toEqual(
      large.subarray(20 * mebibyte, 20 * mebibyte + 1000),
    );
    expect(await bucket.store.find(`quarantine/${rows[0].user_id}/${id}`)).toBeUndefined();
  });
});

describe('starting an import', () => {
  it('shows it as uploading', async () => {
    const { person, job, id } = await started();
    expect((await api.getImport(person, job, id)).body).toMatchObject({
      id,
      fileName: 'resumes.zip',
      status: 'uploading',
      total: null,
      entries: [],
    });
  });

  it('answers the same upload to the same Idempotency-Key, with addresses that work', async () => {
    const person = newPerson();
    const job = await api.job(person);
    const create = () =>
      api.createImport(person, job, { fileSize: archive.length }, { 'Idempotency-Key': 'zip' });
    const answers = await Promise.all(Array.from({ length: 4 }, create));
    const ids = new Set(answers.map(({ status, body }) => `${status} ${body.id}`));
    expect(ids.size).toBe(1);
    const [, id] = ([...ids][0] as string).split(' ');
    expect(await begun(id as string)).toBe(1);
    const { rows } = await database.admin.query(
      'select count(*)::int from landfall.uploads where job_id = $1',
      [job],
    );
    expect(rows[0].count).toBe(1);
    const parts = await putParts((await create()).body.parts, archive);
    expect((await api.completeImport(person, job, id as string, parts)).status).toBe(200);
    expect((await create()).status).toBe(410);
  });

  it('leaves no upload in S3 when its row cannot be written', async () => {
    const person = newPerson();
    const job = await api.job(person);
    let id = '';
    const failing = new JobsApi(database, bucket, {
      multipart: {
        ...api.deps.multipart,
        begin: async (object) => {
          id = object.key.split('/').at(-1) as string;
          const upload = await api.deps.multipart.begin(object);
          await api.updateJob(person, job, { status: 'closed' });
          return upload;
        },
      },
    });
    expect((await failing.createImport(person, job, { fileSize: 10 })).status).toBe(409);
    expect(id).not.toBe('');
    expect(await begun(id)).toBe(0);
  });

  it('is refused for archives that are too large', async () => {
    const person = newPerson();
    const job = await api.job(person);
    const { status, body } = await api.createImport(person, job, { fileSize: 500 * mebibyte + 1 });
    expect([status, body.error.details]).toEqual([413, { maxBytes: 500 * mebibyte }]);
  });
});

describe('completing an import', () => {
  it('happens once, however often it is asked for', async () => {
    const { person, job, id, parts } = await started();
    const put = await putParts(parts, archive);
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => new JobsApi(database, bucket).completeImport(person, job, id, put)),
    );
    const done = answers.filter(({ status }) => status === 200);
    expect(done.length).toBeGreaterThan(0);
    for (const { status } of answers) expect([200, 409]).toContain(status);
    expect(await api.completeImport(person, job, id, put)).toMatchObject({
      status: 200,
      body: done[0]?.body,
    });
    expect(await begun(id)).toBe(0);
  });

  it('can be repeated when the call was lost after S3 had put the parts together', async () => {
    const { person, job, id, parts } = await started();
    const put = await putParts(parts, archive);
    const losing = new JobsApi(database, bucket, {
      storage: { ...bucket.store, find: () => Promise.reject(new Error('gone')) },
    });
    expect((await losing.completeImport(person, job, id, put)).status).toBe(500);
    expect((await api.completeImport(person, job, id, put)).status).toBe(200);
  });

  it('needs the parts that arrived', async () => {
    const { person, job, id, parts } = await started();
    const wrong = [{ partNumber: 1, etag: '"00000000000000000000000000000000"' }];
    for (const list of [wrong, [{ partNumber: 7, etag: 'x' }]]) {
      expect(await api.completeImport(person, job, id, list)).toMatchObject({
        status: 422,
        body: { error: { details: { reason: 'parts_rejected' } } },
      });
    }
    expect((await api.completeImport(person, job, id, await putParts(parts, archive))).status).toBe(200);
  });

  it.each([
    ['no ZIP', randomBytes(5000)],
    ['half a ZIP', rawZip([{ name: 'a', data: randomBytes(200_000) }]).subarray(0, 100_000)],
  ])('refuses and removes %s', async (_, file) => {
    const { person, job, id, parts } = await started(file);
    expect(await api.completeImport(person, job, id, await putParts(parts, file))).toMatchObject({
      status: 422,
      body: { error: { details: { reason: 'file_rejected' } } },
    });
    expect((await api.getImport(person, job, id)).status).toBe(404);
    const userId = await api.deps.database.withUser(person, async (tx) => tx.userId);
    expect(await bucket.store.find(`quarantine/${userId}/${id}`)).toBeUndefined();
  });

  it('is too late after an hour', async () => {
    const { person, job, id, parts } = await started();
    const put = await putParts(parts, archive);
    api.now = new Date(Date.now() + 3600_000);
    expect((await api.completeImport(person, job, id, put)).status).toBe(410);
  });
});

describe('giving an import up', () => {
  it('throws its parts away', async () => {
    const { person, job, id, parts } = await started();
    const put = await putParts(parts, archive);
    expect(await begun(id)).toBe(1);
    expect((await api.abortImport(person, job, id)).status).toBe(204);
    expect(await begun(id)).toBe(0);
    for (const call of [
      api.abortImport(person, job, id),
      api.getImport(person, job, id),
      api.completeImport(person, job, id, put),
    ])
      expect((await call).status).toBe(404);
  });

  it('is too late once it is complete', async () => {
    const person = newPerson();
    const job = await api.job(person);
    const id = await api.import(person, job, archive);
    expect(await api.abortImport(person, job, id)).toMatchObject({
      status: 409,
      body: { error: { details: { reason: 'completed' } } },
    });
  });
});

it('nobody touches the import of somebody else, or of another job', async () => {
  const { person, job, id, parts } = await started();
  const put = await putParts(parts, archive);
  const stranger = newPerson();
  for (const [who, where] of [
    [stranger, job],
    [stranger, await api.job(stranger)],
    [person, await api.job(person)],
  ] as const) {
    for (const call of [
      api.getImport(who, where, id),
      api.abortImport(who, where, id),
      api.completeImport(who, where, id, put),
    ])
      expect((await call).status).toBe(404);
  }
  expect(await begun(id)).toBe(1);
  expect((await api.completeImport(person, job, id, put)).status).toBe(200);
  expect((await api.getImport(stranger, job, id)).status).toBe(404);
});
