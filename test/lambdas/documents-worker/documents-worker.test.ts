import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Context, SQSEvent } from 'aws-lambda';
import { documentProcessor } from '../../../lambdas/documents-worker/document-processor';
import type { Extractor } from '../../../lambdas/extraction/extraction';
import type { Identity } from '../../../lambdas/shared/identity';
import { createQueueHandler } from '../../../lambdas/shared/processing/queue-handler';
import { startTestDatabase, type TestDatabase } from '../../support/database';
import { DocumentsApi } from '../../support/documents-api';
import { testExtractor } from '../../support/extraction';
import { startTestBucket, type TestBucket } from '../../support/object-store';
import { minimalPdf } from '../../support/office-file';
import { objectCreated, TestWorker } from '../../support/worker';

const docxType = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
const fixture = (name: string) => readFile(path.resolve(__dirname, '../../fixtures', name));

let database: TestDatabase;
let bucket: TestBucket;
let api: DocumentsApi;
let worker: TestWorker;
let extractor: Extractor;
let people = 0;

beforeAll(async () => {
  [database, bucket, extractor] = await Promise.all([
    startTestDatabase(),
    startTestBucket(),
    testExtractor(),
  ]);
  worker = await TestWorker.start(database, bucket);
  api = new DocumentsApi(database, bucket, {
    limits: { maxBytes: 10 * 1024 ** 2, formats: ['pdf', 'docx', 'txt', 'md'] },
  });
});

afterAll(async () => {
  await Promise.all([worker.close(), extractor.close()]);
  await Promise.all([database.close(), bucket.close()]);
});

const newPerson = (): Identity => ({ issuer: 'https://issuer.example', subject: `person-${people++}` });

/** What the event of a document's file leads to: how many messages go back to the queue. */
async function work(id: string, { redrive = false } = {}, reader: Pick<Extractor, 'extract'> = extractor) {
  const { rows } = await database.admin.query(
    'select object_key, object_version from landfall.documents where id = $1',
    [id],
  );
  const { object_key: key, object_version: version } = rows[0];
  const record = {
    messageId: id,
    receiptHandle: 'receipt',
    body: JSON.stringify(objectCreated(bucket.name, key, version)),
    attributes: { ApproximateReceiveCount: '1' },
    messageAttributes: redrive ? { 'landfall-redrive': {} } : {},
  };
  const handler = createQueueHandler(documentProcessor(reader, {}), worker.deps());
  const context = { awsRequestId: 'request', getRemainingTimeInMillis: () => 900_000 } as unknown as Context;
  const event = { Records: [record] } as unknown as SQSEvent;
  return (await handler(event, context)).batchItemFailures.length;
}

const upload = async (person: Identity, file: Buffer, mimeType = 'application/pdf') =>
  api.document(person, { mimeType, fileName: 'file', name: 'A file' }, file);

const textsOf = async (id: string): Promise<number> =>
  (
    await database.admin.query(
      'select count(*)::int as n from landfall.document_texts where document_id = $1',
      [id],
    )
  ).rows[0].n;

describe('an uploaded document', () => {
  it('is processing, then ready, with its text to read and to be found by', async () => {
    const person = newPerson();
    const document = await upload(person, await fixture('resume.pdf'));
    expect(document).toMatchObject({ status: 'processing', failure: null });
    expect(await api.text(person, document.id)).toMatchObject({
      status: 409,
      body: { error: { code: 'conflict', details: { reason: 'processing' } } },
    });
    expect(await work(document.id)).toBe(0);
    expect((await api.get(person, document.id)).body).toMatchObject({
      status: 'ready',
      failure: null,
      updatedAt: document.updatedAt,
    });
    const { status, body } = await api.text(person, document.id);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      documentId: document.id,
      status: 'ready',
      pages: expect.any(Number),
      truncated: false,
    });
    const word = /\p{L}{5,}/u.exec(body.text)?.[0] ?? '';
    const found = (await api.search(person, word)).body.items;
    expect(found).toMatchObject([{ document: { id: document.id, status: 'ready' } }]);
    expect(JSON.stringify(found[0].highlights)).toContain('"match":true');
  });

  it.each([
    ['DOCX', docxType, () => fixture('cover-letter.docx'), /\p{L}{3,}/u],
    ['plain text', 'text/plain', async () => Buffer.from('Grüße aus Łódź, 简历'), /^Grüße aus Łódź, 简历$/],
    ['Markdown', 'text/markdown', async () => Buffer.from('# A heading\n\nwith *words*'), /A heading/],
  ])('can be %s', async (_, type, file, expected) => {
    const person = newPerson();
    const { id } = await upload(person, await file(), type);
    expect(await work(id)).toBe(0);
    expect((await api.text(person, id)).body.text).toMatch(expected);
  });

  it('loses what Postgres does not take, should a reader ever let it pass', async () => {
    const person = newPerson();
    const { id } = await upload(person, await fixture('resume.pdf'));
    const careless: Pick<Extractor, 'extract'> = {
      extract: async () => ({
        text: 'nul \0, half \ud83d, 👍',
        pages: 1,
        language: null,
        metadata: { title: 'a\0b\udc00' },
        truncated: false,
      }),
    };
    expect(await work(id, {}, careless)).toBe(0);
    expect((await api.text(person, id)).body).toMatchObject({
      text: 'nul \ufffd, half \ufffd, 👍',
      metadata: { title: 'a\ufffdb\ufffd' },
    });
  });

  it('that cannot be read has failed for good: the code shows, nothing is tried again', async () => {
    const person = newPerson();
    // The frame of a PDF without any page.
    const { id } = await upload(person, minimalPdf());
    expect(await work(id)).toBe(0);
    const { failure } = (await api.get(person, id)).body;
    expect(failure).toMatch(/^(?:corrupt|no_text)$/);
    expect(await api.text(person, id)).toMatchObject({
      status: 422,
      body: { error: { code: 'unprocessable', details: { reason: failure } } },
    });
    expect(await textsOf(id)).toBe(0);
    expect((await api.download(person, id)).status).toBe(200);
  });

  it('is tried again after what is not its fault', async () => {
    const person = newPerson();
    const { id } = await upload(person, await fixture('resume.pdf'));
    const broken: Pick<Extractor, 'extract'> = {
      extract: async () => {
        throw new Error('connection reset');
      },
    };
    expect(await work(id, {}, broken)).toBe(1);
    expect((await api.get(person, id)).body.status).toBe('processing');
    expect(await work(id)).toBe(0);
    expect((await api.get(person, id)).body.status).toBe('ready');
  });

  it('that was given up gets its text when it is redriven, once', async () => {
    const person = newPerson();
    const { id } = await upload(person, await fixture('resume.pdf'));
    await worker.set(id, `status = 'failed', failure = 'crashed'`);
    expect(await work(id)).toBe(0);
    expect((await api.get(person, id)).body).toMatchObject({ status: 'failed', failure: 'crashed' });
    expect(await work(id, { redrive: true })).toBe(0);
    expect(await work(id, { redrive: true })).toBe(0);
    expect((await api.get(person, id)).body).toMatchObject({ status: 'ready', failure: null });
    expect(await textsOf(id)).toBe(1);
  });

  it('that is deleted meanwhile gets no text', async () => {
    const person = newPerson();
    const { id } = await upload(person, await fixture('resume.pdf'));
    const slow: Pick<Extractor, 'extract'> = {
      extract: async (...args) => {
        const text = await extractor.extract(...args);
        await worker.set(id, 'deleted_at = now()');
        return text;
      },
    };
    // The claim is lost; who receives the message next sees why.
    expect(await work(id, {}, slow)).toBe(1);
    expect(await work(id)).toBe(0);
    expect(await textsOf(id)).toBe(0);
  });
});

describe('the text of a document', () => {
  it('goes with the document, for its user and for the sweep', async () => {
    const person = newPerson();
    const [first, second] = [
      await upload(person, await fixture('resume.pdf')),
      await upload(person, await fixture('resume.pdf')),
    ];
    await work(first.id);
    await work(second.id);
    expect((await api.delete(person, first.id)).status).toBe(204);
    expect(await textsOf(first.id)).toBe(0);
    await worker.set(second.id, 'deleted_at = now()');
    expect((await api.text(person, second.id)).status).toBe(404);
    const maintenance = await database.connect('maintenance');
    const { rowCount } = await maintenance.query('delete from landfall.documents where id = $1', [second.id]);
    expect(rowCount).toBe(1);
    expect(await textsOf(second.id)).toBe(0);
  });

  it('is written, and never read, by the worker, and never for somebody else’s document', async () => {
    const person = newPerson();
    const { id } = await upload(person, await fixture('resume.pdf'));
    await work(id);
    const client = await database.connect('worker');
    await expect(client.query('select content from landfall.document_texts')).rejects.toThrow(
      /permission denied/,
    );
    await expect(client.query('delete from landfall.document_texts')).rejects.toThrow(/permission denied/);
    const { rows } = await database.admin.query('insert into landfall.users default values returning id');
    const insert = `insert into landfall.document_texts
      (document_id, user_id, content, metadata, truncated, search, searchable_characters, created_at)
      values ($1, $2, 'x', '{}', false, '', 1, now())`;
    await database.admin.query('delete from landfall.document_texts where document_id = $1', [id]);
    await expect(client.query(insert, [id, rows[0].id])).rejects.toThrow(/foreign key/);
  });
});
