import { randomBytes } from 'node:crypto';
import { GetObjectCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { connectArchives } from '../../../lambdas/account-export/s3-archive-store';
import {
  claimSeconds,
  type ExportDependencies,
  writeExport,
} from '../../../lambdas/account-export/write-export';
import type { ExportJob } from '../../../lambdas/shared/export-job';
import type { Identity } from '../../../lambdas/shared/identity';
import { AccountApi, signedIn } from '../../support/account-api';
import { unzip } from '../../support/archive';
import { startTestDatabase, type TestDatabase } from '../../support/database';
import { allow, allowAll, deny } from '../../support/decisions';
import { insertDocument, insertText } from '../../support/documents';
import { DocumentsApi } from '../../support/documents-api';
import { startTestBucket, type TestBucket } from '../../support/object-store';
import { minimalPdf } from '../../support/office-file';

let database: TestDatabase;
let bucket: TestBucket;
let api: AccountApi;
let documents: DocumentsApi;
let deps: ExportDependencies;
let people = 0;

/** A stranger to every other test. */
const newPerson = (): Identity =>
  signedIn(
    {
      issuer: 'https://issuer.example',
      subject: `person-${people}`,
      email: `person-${people++}@example.com`,
    },
    new Date(),
  );

beforeAll(async () => {
  [database, bucket] = await Promise.all([startTestDatabase(), startTestBucket()]);
  documents = new DocumentsApi(database, bucket);
});

beforeEach(() => {
  bucket.authorize = allowAll;
  api = new AccountApi(database, bucket);
  deps = {
    database: api.deps.database,
    storage: bucket.store,
    archives: connectArchives(bucket.name, bucket.client),
    clock: () => api.now,
  };
});

afterAll(async () => {
  await Promise.all([database.close(), bucket.close()]);
});

const startOf = async (person: Identity): Promise<ExportJob> => {
  await api.export(person);
  return api.jobs.at(-1) as ExportJob;
};

const rowOf = async ({ exportId }: ExportJob) =>
  (await database.admin.query('select * from landfall.account_exports where id = $1', [exportId])).rows[0];

const download = async (person: Identity) => {
  const { body } = await api.export(person);
  expect(body.status).toBe('ready');
  const archive = Buffer.from(await (await fetch(body.url)).arrayBuffer());
  expect(archive.length).toBe(body.size);
  const files = await unzip(archive);
  const json = (name: string) => JSON.parse(files.get(name)?.toString() ?? 'null');
  return { files, account: json('account.json'), documents: json('documents.json') };
};

const objectKey = async (id: string) =>
  (await database.admin.query('select object_key from landfall.documents where id = $1', [id])).rows[0]
    .object_key;

/** A PDF that no other one equals. */
const someFile = (bytes = 0) =>
  Buffer.concat([minimalPdf().subarray(0, 9), randomBytes(bytes), minimalPdf()]);

it('holds the account, the documents and every file byte by byte', async () => {
  const person = newPerson();
  await api.update(person, { name: 'Ada', locale: 'en-GB' });
  const [first, second] = [someFile(), someFile(3 * 1024 * 1024)];
  const a = await documents.document(person, { fileName: 'Résumé.pdf', name: 'Mine' }, first);
  const { id: userId } = (await api.get(person)).body;
  await insertText(database.admin, { id: a.id, userId }, { text: 'Bonjour', language: 'fr', pages: 3 });
  documents.now = new Date(documents.now.getTime() + 1000);
  const b = await documents.document(person, { fileName: 'Résumé.pdf', type: 'other' }, second);
  await writeExport(deps, await startOf(person), 'request');
  const zip = await download(person);
  expect([...zip.files.keys()]).toEqual([
    `documents/${b.id}-Résumé.pdf`,
    `documents/${a.id}-Résumé.pdf`,
    'documents.json',
    'account.json',
  ]);
  expect(zip.files.get(`documents/${a.id}-Résumé.pdf`)?.equals(first)).toBe(true);
  expect(zip.files.get(`documents/${b.id}-Résumé.pdf`)?.equals(second)).toBe(true);
  expect(zip.documents).toEqual(
    [b, a].map((document) => ({
      ...document,
      ...(document === a ? { language: 'fr', pages: 3 } : { language: null, pages: null }),
      file: `documents/${document.id}-Résumé.pdf`,
    })),
  );
  const { identities, ...account } = (await api.get(person)).body;
  expect(zip.account).toEqual({
    ...account,
    identities: [{ issuer: person.issuer, createdAt: expect.any(String) }],
    exportedAt: api.now.toISOString(),
    missing: [],
  });
  expect(new Date(zip.account.identities[0].createdAt)).toEqual(new Date(identities[0].createdAt));
});

it('holds neither what was deleted nor what belongs to somebody else', async () => {
  const [person, other] = [newPerson(), newPerson()];
  const { id } = await documents.document(person);
  await documents.delete(person, id);
  await documents.document(other);
  await writeExport(deps, await startOf(person), 'request');
  const zip = await download(person);
  expect([...zip.files.keys()]).toEqual(['documents.json', 'account.json']);
  expect(zip.documents).toEqual([]);
});

it('lists the files that are not there, and is ready all the same', async () => {
  const person = newPerson();
  const [lost, kept] = [await documents.document(person), await documents.document(person)];
  await bucket.store.remove(await objectKey(lost.id));
  await writeExport(deps, await startOf(person), 'request');
  const zip = await download(person);
  expect(zip.account.missing).toEqual([`documents/${lost.id}-cv.pdf`]);
  expect(zip.files.has(`documents/${lost.id}-cv.pdf`)).toBe(false);
  expect(zip.files.has(`documents/${kept.id}-cv.pdf`)).toBe(true);
  expect(zip.documents).toHaveLength(2);
});

it('goes through more documents than fit on a page, each once', async () => {
  const person = newPerson();
  const { id: userId } = (await api.get(person)).body;
  const createdAt = new Date();
  const ids = [];
  for (let n = 0; n < 205; n++) ids.push(await insertDocument(database.admin, { userId, createdAt }));
  await writeExport(deps, await startOf(person), 'request');
  const zip = await download(person);
  expect(zip.documents.map(({ id }: { id: string }) => id).sort()).toEqual(ids.sort());
  expect(zip.account.missing).toHaveLength(205);
});

it('gives a file whose own name is too long the name of its id', async () => {
  const person = newPerson();
  const { id, fileName } = await documents.document(person, { fileName: `${'x'.repeat(250)}.pdf` });
  expect(fileName).toHaveLength(254);
  await writeExport(deps, await startOf(person), 'request');
  const zip = await download(person);
  expect(zip.files.has(`documents/${id}.pdf`)).toBe(true);
  expect(zip.documents).toMatchObject([{ fileName, file: `documents/${id}.pdf` }]);
});

it('marks a failure with its code and throws it; the repetition of the invocation makes the export ready', async () => {
  const person = newPerson();
  await documents.document(person);
  const job = await startOf(person);
  const away = { find: () => Promise.reject(new Error('S3 is away')) };
  await expect(writeExport({ ...deps, storage: away }, job, 'request')).rejects.toThrow('S3 is away');
  expect(await rowOf(job)).toMatchObject({ status: 'failed', failure: 'internal', claimed_by: null });
  await writeExport(deps, job, 'request');
  expect(await rowOf(job)).toMatchObject({ status: 'ready', failure: null, claimed_by: null });
  expect((await download(person)).documents).toHaveLength(1);
});

it('leaves no part of a ZIP that it could not finish, wherever it failed', async () => {
  const person = newPerson();
  await documents.document(person, {}, someFile(9 * 1024 * 1024));
  const { id } = await documents.document(person, {}, someFile(9 * 1024 * 1024));
  const last = await objectKey(id);
  const job = await startOf(person);
  const breaking = {
    find: async (key: string) => {
      const object = await bucket.store.find(key);
      if (key === last || !object) return object;
      const read = (start: number, length: number) =>
        start > 4 * 1024 * 1024 ? Promise.reject(new Error('broken file')) : object.read(start, length);
      return { ...object, read };
    },
  };
  await expect(writeExport({ ...deps, storage: breaking }, job, 'request')).rejects.toThrow('broken file');
  bucket.authorize = async ({ action, resource }) =>
    action === 's3:PutObject' && resource.includes('exports/') ? deny : allow;
  await expect(writeExport(deps, job, 'request')).rejects.toThrow('not authorized');
  bucket.authorize = allowAll;
  expect(await bucket.store.find((await rowOf(job)).object_key)).toBeUndefined();
  const { Uploads = [] } = await bucket.client.send(new ListMultipartUploadsCommand({ Bucket: bucket.name }));
  expect(Uploads).toEqual([]);
  await writeExport(deps, job, 'request');
  expect((await download(person)).files.size).toBe(4);
});

it('leaves an export alone that another invocation is at work on, until that must have crashed', async () => {
  const person = newPerson();
  const job = await startOf(person);
  let concurrent: Promise<void> | undefined;
  const writing = {
    write: async () => {
      concurrent = writeExport({ ...deps, database: database.open() }, job, 'another request');
      await concurrent;
      expect(await rowOf(job)).toMatchObject({ status: 'preparing', claimed_by: 'request' });
      throw new Error('killed');
    },
  };
  const dead = { ...deps, archives: writing, clock: () => api.now };
  await expect(writeExport(dead, job, 'request')).rejects.toThrow('killed');
  await expect(concurrent).resolves.toBeUndefined();
  // As if the function had been killed, without a word to the database.
  await database.admin.query(
    `update landfall.account_exports set claimed_by = 'request', claimed_until = $2 where id = $1`,
    [job.exportId, new Date(api.now.getTime() + claimSeconds * 1000)],
  );
  await writeExport(deps, job, 'another request');
  expect((await rowOf(job)).status).toBe('failed');
  api.now = new Date(api.now.getTime() + claimSeconds * 1000);
  await writeExport(deps, job, 'another request');
  expect((await rowOf(job)).status).toBe('ready');
});

it('is taken over at once by the repetition of an invocation that was killed', async () => {
  const person = newPerson();
  const job = await startOf(person);
  await database.admin.query(
    `update landfall.account_exports set claimed_by = 'request', claimed_until = $2 where id = $1`,
    [job.exportId, new Date(api.now.getTime() + claimSeconds * 1000)],
  );
  await writeExport(deps, job, 'request');
  expect((await rowOf(job)).status).toBe('ready');
});

it('is written once, however often its event comes', async () => {
  const person = newPerson();
  const job = await startOf(person);
  await writeExport(deps, job, 'request');
  const { object_key, finished_at } = await rowOf(job);
  const find = async () =>
    await bucket.client.send(new GetObjectCommand({ Bucket: bucket.name, Key: object_key }));
  const before = await find();
  api.now = new Date(api.now.getTime() + 5000);
  await writeExport(deps, job, 'request');
  await writeExport(deps, job, 'another request');
  expect((await rowOf(job)).finished_at).toEqual(finished_at);
  expect((await find()).VersionId).toBe(before.VersionId);
});

it('is not written when it has expired, or was never asked for', async () => {
  const person = newPerson();
  const job = await startOf(person);
  api.now = new Date(api.now.getTime() + 3600_000);
  await writeExport(deps, job, 'request');
  expect(await rowOf(job)).toMatchObject({ status: 'preparing', claimed_by: null });
  const other = newPerson();
  await expect(
    writeExport(deps, { ...job, identity: { ...other, claims: {} } }, 'request'),
  ).resolves.toBeUndefined();
});

it.each(['delete', 'signOut'] as const)(
  'ends without a retry when the user is gone meanwhile: %s',
  async (leave) => {
    const person = newPerson();
    const job = await startOf(person);
    const archives = {
      write: async (...args: Parameters<ExportDependencies['archives']['write']>) => {
        const size = await deps.archives.write(...args);
        expect((await api[leave](person)).status).toBeLessThan(300);
        return size;
      },
    };
    await expect(writeExport({ ...deps, archives }, job, 'request')).resolves.toBeUndefined();
    expect((await rowOf(job)).status).not.toBe('ready');
    await expect(writeExport(deps, job, 'request')).resolves.toBeUndefined();
  },
);
