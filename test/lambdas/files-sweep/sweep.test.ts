import { randomUUID } from 'node:crypto';
import { fileTables, sweptPrefixes } from '../../../lambdas/files-sweep/contract';
import { type SweepDependencies, sweep } from '../../../lambdas/files-sweep/sweep';
import { openMaintenanceDatabase, type SystemDatabase } from '../../../lambdas/shared/database';
import type { Identity } from '../../../lambdas/shared/identity';
import { startTestDatabase, type TestDatabase } from '../../support/database';
import { insertDocument } from '../../support/documents';
import { DocumentsApi, postForm } from '../../support/documents-api';
import { startTestBucket, type TestBucket } from '../../support/object-store';
import { minimalPdf } from '../../support/office-file';

let database: TestDatabase;
let bucket: TestBucket;
let sweeper: SystemDatabase;
let deps: SweepDependencies;

const person: Identity = { issuer: 'https://issuer.example', subject: 'someone' };
const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3600_000);

beforeAll(async () => {
  [database, bucket] = await Promise.all([startTestDatabase(), startTestBucket()]);
  sweeper = openMaintenanceDatabase(async () => database.target('maintenance'));
  deps = { database: sweeper, buckets: { documents: bucket.store }, clock: () => new Date() };
});

beforeEach(async () => {
  await database.admin.query(
    'truncate landfall.documents, landfall.uploads, landfall.idempotency_keys cascade',
  );
});

afterAll(async () => {
  await sweeper.close();
  await Promise.all([database.close(), bucket.close()]);
});

/** An instance whose clock was stopped some hours ago, and whose S3 may be broken. */
function apiOf(hours: number, broken: Partial<DocumentsApi['deps']['storage']> = {}): DocumentsApi {
  const api = new DocumentsApi(database, bucket, { storage: { ...bucket.store, ...broken } });
  api.now = hoursAgo(hours);
  return api;
}

const away = () => Promise.reject(new Error('S3 is away'));
const count = async (table: string) =>
  (await database.admin.query(`select count(*)::int as n from landfall.${table}`)).rows[0].n;

it('finishes deletions that S3 failed', async () => {
  const api = apiOf(1, { remove: away });
  const { id } = await apiOf(1).document(person);
  await api.delete(person, id);
  const { rows } = await database.admin.query('select object_key from landfall.documents');
  expect(await bucket.store.find(rows[0].object_key)).toBeDefined();
  expect(await sweep(deps)).toMatchObject({ removed: { documents: 1 }, failures: 0, more: false });
  expect(await bucket.store.find(rows[0].object_key)).toBeUndefined();
  expect(await count('documents')).toBe(0);
});

it('leaves a deletion alone that a request is still working on', async () => {
  const { id } = await apiOf(1).document(person);
  await apiOf(0, { remove: away }).delete(person, id);
  expect(await sweep(deps)).toMatchObject({ removed: { documents: 0 } });
});

it('removes uploads nobody completed, with their objects', async () => {
  const { body } = await apiOf(2).createUpload(person);
  // The form itself has expired; its object came in time.
  const userId = await apiOf(0).deps.database.withUser(person, async (tx) => tx.userId);
  const fresh = await apiOf(0).createUpload(person);
  await postForm(fresh.body, minimalPdf());
  const source = await bucket.store.find(fresh.body.fields.key);
  const key = `quarantine/${userId}/${body.id}`;
  await bucket.store.copy(
    { key: fresh.body.fields.key, etag: source?.etag as string },
    { key, mimeType: 'application/pdf' },
  );
  expect(await sweep(deps)).toMatchObject({ uploadsRemoved: 1 });
  expect(await bucket.store.find(key)).toBeUndefined();
  expect(await count('uploads')).toBe(1);
  expect(await bucket.store.find(fresh.body.fields.key)).toBeDefined();
});

it('removes the copy a worker left behind that was killed before its commit', async () => {
  const upload = await apiOf(0).createUpload(person);
  await postForm(upload.body, minimalPdf());
  const { rows } = await database.admin.query('select object_key from landfall.uploads');
  const source = await bucket.store.find(upload.body.fields.key);
  await bucket.store.copy(
    { key: upload.body.fields.key, etag: source?.etag as string },
    { key: rows[0].object_key, mimeType: 'application/pdf' },
  );
  await database.admin.query(`update landfall.uploads set expires_at = $1, claimed_until = $1`, [
    hoursAgo(1),
  ]);
  expect(await sweep(deps)).toMatchObject({ uploadsRemoved: 1 });
  expect(await bucket.store.find(rows[0].object_key)).toBeUndefined();
  expect(await bucket.store.find(upload.body.fields.key)).toBeUndefined();
});

it('never takes the object of a document', async () => {
  const document = await apiOf(3).document(person);
  await sweep({ ...deps, clock: () => new Date(Date.now() + 24 * 3600_000) });
  const { url } = (await apiOf(0).download(person, document.id)).body;
  expect((await fetch(url)).status).toBe(200);
});

it('keeps the row of an object it could not remove, and says so', async () => {
  const { id } = await apiOf(1).document(person);
  await apiOf(1, { remove: away }).delete(person, id);
  expect(await sweep({ ...deps, buckets: { documents: { remove: away } } })).toMatchObject({
    removed: { documents: 0 },
    failures: 1,
  });
  expect(await sweep(deps)).toMatchObject({ removed: { documents: 1 }, failures: 0 });
});

it('forgets idempotency keys after their day', async () => {
  await apiOf(25).createUpload(person, {}, { 'Idempotency-Key': 'old' });
  await apiOf(1).createUpload(person, {}, { 'Idempotency-Key': 'young' });
  expect(await sweep(deps)).toMatchObject({ idempotencyKeysRemoved: 1 });
  const { rows } = await database.admin.query('select key from landfall.idempotency_keys');
  expect(rows).toEqual([{ key: 'young' }]);
});

it('works in batches and says when there is more', async () => {
  const userId = await apiOf(0).deps.database.withUser(person, async (tx) => tx.userId);
  for (let n = 0; n < 205; n++) await insertDocument(database.admin, { userId, deletedAt: hoursAgo(1) });
  expect(await sweep(deps)).toMatchObject({ removed: { documents: 200 }, more: true });
  expect(await sweep(deps)).toMatchObject({ removed: { documents: 5 }, more: false });
});

it('shares the uploads between two sweeps at once', async () => {
  for (let n = 0; n < 10; n++) await apiOf(2).createUpload(person);
  const other = openMaintenanceDatabase(async () => database.target('maintenance'));
  const reports = await Promise.all([sweep(deps), sweep({ ...deps, database: other })]);
  expect(reports.reduce((sum, { uploadsRemoved }) => sum + uploadsRemoved, 0)).toBe(10);
  await other.close();
});

describe('work on files', () => {
  const userOf = () => apiOf(0).deps.database.withUser(person, async (tx) => tx.userId);
  const set = (id: string, columns: string) =>
    database.admin.query(`update landfall.documents set ${columns} where id = $1`, [id]);

  it('is waited for: until the claim of a worker ends, it may write objects of a deleted row', async () => {
    const userId = await userOf();
    const id = await insertDocument(database.admin, { userId, deletedAt: hoursAgo(1) });
    await set(id, `status = 'processing', claimed_until = now() + interval '1 minute'`);
    expect(await sweep(deps)).toMatchObject({ removed: { documents: 0 } });
    await set(id, `claimed_until = now() - interval '1 second'`);
    expect(await sweep(deps)).toMatchObject({ removed: { documents: 1 } });
  });

  it('that nobody does is counted after a day, and neither taken nor changed', async () => {
    const userId = await userOf();
    for (const hours of [23, 25, 49]) {
      const id = await insertDocument(database.admin, { userId, createdAt: hoursAgo(hours) });
      await set(id, `status = 'processing', object_version = 'v'`);
    }
    await insertDocument(database.admin, { userId, createdAt: hoursAgo(49) });
    expect(await sweep(deps)).toMatchObject({ waiting: 2, failures: 0, removed: { documents: 0 } });
    expect(await count('documents')).toBe(4);
  });
});

describe('uploads of another bucket', () => {
  async function photoUpload(): Promise<string[]> {
    const userId = await apiOf(0).deps.database.withUser(person, async (tx) => tx.userId);
    const id = randomUUID();
    const key = `originals/${userId}/${id}`;
    await database.admin.query(
      `insert into landfall.uploads (id, user_id, purpose, file_name, mime_type, size, object_key, created_at, expires_at)
       values ($1, $2, 'photo', 'a.jpg', 'image/jpeg', 1, $3, $4, $4)`,
      [id, userId, key, hoursAgo(2)],
    );
    return [`quarantine/${userId}/${id}`, key];
  }
  const recording = () => {
    const keys: string[] = [];
    return { keys, remove: async (key: string) => void keys.push(key) };
  };

  it('are removed there', async () => {
    const keys = await photoUpload();
    const [documents, photos] = [recording(), recording()];
    expect(await sweep({ ...deps, buckets: { documents, photos } })).toMatchObject({ uploadsRemoved: 1 });
    expect([documents.keys, photos.keys]).toEqual([[], keys]);
  });

  it('are left alone where there is no such bucket', async () => {
    await photoUpload();
    expect(await sweep(deps)).toMatchObject({ uploadsRemoved: 0, failures: 0 });
    expect(await count('uploads')).toBe(1);
  });
});

it('has a prefix for every key that it removes', () => {
  const row = { id: 'id', user_id: 'user', object_key: 'key' };
  for (const { objects, prefixes, bucket } of fileTables) {
    expect(
      objects({ ...row, object_key: `${prefixes[0]}user/x` }).every((key) =>
        prefixes.some((prefix) => key.startsWith(prefix)),
      ),
    ).toBe(true);
    for (const prefix of prefixes) expect(sweptPrefixes(bucket)).toContain(prefix);
  }
});
