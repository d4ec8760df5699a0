import { randomUUID } from 'node:crypto';
import { contract } from '../../../lambdas/documents/contract';
import { routes } from '../../../lambdas/documents/routes';
import { createHttpHandler } from '../../../lambdas/shared/http';
import type { Identity } from '../../../lambdas/shared/identity';
import { proxyEvent } from '../../support/api';
import { startTestDatabase, type TestDatabase } from '../../support/database';
import { insertDocument, insertText } from '../../support/documents';
import { DocumentsApi } from '../../support/documents-api';
import { startTestBucket, type TestBucket } from '../../support/object-store';

let database: TestDatabase;
let bucket: TestBucket;
let api: DocumentsApi;
let people = 0;

beforeAll(async () => {
  [database, bucket] = await Promise.all([startTestDatabase(), startTestBucket()]);
  api = new DocumentsApi(database, bucket);
});

afterAll(async () => {
  await Promise.all([database.close(), bucket.close()]);
});

async function newPerson(): Promise<{ identity: Identity; userId: string }> {
  const identity = { issuer: 'https://issuer.example', subject: `person-${people++}` };
  return { identity, userId: await api.deps.database.withUser(identity, async (tx) => tx.userId) };
}

describe('the text of a document', () => {
  it('is answered with what is known about it', async () => {
    const { identity, userId } = await newPerson();
    const id = await insertDocument(database.admin, { userId });
    await insertText(
      database.admin,
      { id, userId },
      { text: 'one\f two', pages: 2, language: 'en', metadata: { title: 'T', author: 'A' }, truncated: true },
    );
    expect(await api.text(identity, id)).toMatchObject({
      status: 200,
      body: {
        documentId: id,
        status: 'ready',
        text: 'one\f two',
        pages: 2,
        language: 'en',
        metadata: { title: 'T', author: 'A' },
        truncated: true,
      },
    });
  });

  it('is a conflict while it is being read', async () => {
    const { identity, userId } = await newPerson();
    const id = await insertDocument(database.admin, { userId, status: 'processing' });
    expect(await api.text(identity, id)).toMatchObject({
      status: 409,
      body: { error: { code: 'conflict', details: { reason: 'processing' } } },
    });
  });

  it.each(['encrypted', 'no_text', 'malware', 'crashed'])('says why there is none: %s', async (failure) => {
    const { identity, userId } = await newPerson();
    const id = await insertDocument(database.admin, { userId, status: 'failed', failure });
    expect(await api.text(identity, id)).toMatchObject({
      status: 422,
      body: { error: { code: 'unprocessable', details: { reason: failure } } },
    });
  });

  it('is not found for a document of before there were texts, with that reason', async () => {
    const { identity, userId } = await newPerson();
    const id = await insertDocument(database.admin, { userId });
    expect(await api.text(identity, id)).toMatchObject({
      status: 404,
      body: { error: { code: 'not_found', details: { reason: 'not_extracted' } } },
    });
  });

  it('of others, of nobody and of the deleted is not found, and no difference shows', async () => {
    const [owner, stranger] = [await newPerson(), await newPerson()];
    const id = await insertDocument(database.admin, { userId: owner.userId });
    await insertText(database.admin, { id, userId: owner.userId }, 'a secret');
    const deleted = await insertDocument(database.admin, { userId: stranger.userId, deletedAt: new Date() });
    await insertText(database.admin, { id: deleted, userId: stranger.userId }, 'a deleted text');
    const answers = [id, deleted, randomUUID()].map((each) => api.text(stranger.identity, each));
    for (const { status, body } of await Promise.all(answers)) {
      expect(status).toBe(404);
      expect({ ...body.error, requestId: '' }).toEqual({
        code: 'not_found',
        message: 'There is no such document.',
        requestId: '',
      });
    }
  });

  // Lambda hands over at most 6 MB, in which the body is once more a text of JSON.
  it.each([
    ['letters of three bytes', '简'],
    ['characters of four bytes', '👍'],
    ['what JSON escapes, twice', '"\\'],
    ['line breaks', '\n'],
  ])('fits into an answer of Lambda at its full length, if it is all %s', async (_, text) => {
    const { identity, userId } = await newPerson();
    const id = await insertDocument(database.admin, { userId });
    const full = text.repeat(1_000_000 / text.length);
    await insertText(database.admin, { id, userId }, { text: full, language: null });
    const handle = createHttpHandler(contract, routes(api.deps), { corsOrigins: [] });
    const call = { method: 'GET', resource: '/documents/{id}/text', params: { id }, identity };
    const answer = await handle(proxyEvent(call));
    expect(answer.statusCode).toBe(200);
    expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThan(6 * 1024 ** 2);
    expect(JSON.parse(answer.body).text === full).toBe(true);
  });
});

describe('a document', () => {
  it('shows in the list and by itself how far the work on it is', async () => {
    const { identity, userId } = await newPerson();
    const id = await insertDocument(database.admin, { userId, status: 'failed', failure: 'encrypted' });
    const expected = { id, status: 'failed', failure: 'encrypted' };
    expect((await api.get(identity, id)).body).toMatchObject(expected);
    expect((await api.list(identity)).body.items).toMatchObject([expected]);
    expect((await api.update(identity, id, { name: 'New' })).body).toMatchObject(expected);
  });
});

describe('the download of a document', () => {
  const states = [
    ['processing', null, 409, 'processing'],
    ['failed', 'malware', 422, 'malware'],
    ['failed', 'unscannable', 422, 'unscannable'],
    ['failed', 'encrypted', 200, undefined],
    ['ready', null, 200, undefined],
  ] as const;

  it.each(states)(
    'where files are scanned, of one that is %s (%s), answers %d',
    async (status, failure, code, reason) => {
      const scanning = new DocumentsApi(database, bucket, { malwareProtection: true });
      const { identity, userId } = await newPerson();
      const id = await insertDocument(database.admin, { userId, status, failure });
      const answer = await scanning.download(identity, id);
      expect({ code: answer.status, reason: answer.body.error?.details.reason }).toEqual({ code, reason });
    },
  );

  it.each(states)('where they are not, of one that is %s (%s), answers 200', async (status, failure) => {
    const { identity, userId } = await newPerson();
    const id = await insertDocument(database.admin, { userId, status, failure });
    expect((await api.download(identity, id)).status).toBe(200);
  });
});
