import { randomUUID } from 'node:crypto';
import { documentPage } from '../../../lambdas/documents/queries';
import { encodeCursor } from '../../../lambdas/shared/cursor';
import type { Identity } from '../../../lambdas/shared/identity';
import { startTestDatabase, type TestDatabase } from '../../support/database';
import { insertDocument } from '../../support/documents';
import { DocumentsApi } from '../../support/documents-api';
import { startTestBucket, type TestBucket } from '../../support/object-store';
import { minimalPdf } from '../../support/office-file';

let database: TestDatabase;
let bucket: TestBucket;
let api: DocumentsApi;
let people = 0;

/** A stranger to every other test. */
const newPerson = (): Identity => ({ issuer: 'https://issuer.example', subject: `person-${people++}` });
const userIdOf = (person: Identity) => api.deps.database.withUser(person, async (tx) => tx.userId);

beforeAll(async () => {
  [database, bucket] = await Promise.all([startTestDatabase(), startTestBucket()]);
  api = new DocumentsApi(database, bucket);
});

afterAll(async () => {
  await Promise.all([database.close(), bucket.close()]);
});

describe('the list', () => {
  it('is empty for a stranger', async () => {
    expect(await api.list(newPerson())).toMatchObject({ status: 200, body: { items: [], nextCursor: null } });
  });

  it('goes through all documents once, newest first, also when many have the same time', async () => {
    const person = newPerson();
    const userId = await userIdOf(person);
    const start = Date.parse('2026-01-01T00:00:00.000Z');
    for (let n = 0; n < 25; n++) {
      await insertDocument(database.admin, {
        userId,
        name: `n${n}`,
        createdAt: new Date(start + Math.floor(n / 5)),
      });
    }
    const seen: { id: string; createdAt: string }[] = [];
    let cursor: string | null = null;
    let pages = 0;
    do {
      const { body } = await api.list(person, { limit: '4', ...(cursor && { cursor }) });
      seen.push(...body.items);
      cursor = body.nextCursor;
      pages += 1;
    } while (cursor);
    expect(pages).toBe(7);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(25);
    const times = seen.map(({ createdAt }) => createdAt);
    expect(times).toEqual([...times].sort().reverse());
  });

  it('neither repeats nor skips documents when one is added in between', async () => {
    const person = newPerson();
    const userId = await userIdOf(person);
    const at = (n: number) => new Date(Date.parse('2026-01-01T00:00:00.000Z') + n);
    for (let n = 0; n < 6; n++)
      await insertDocument(database.admin, { userId, name: `n${n}`, createdAt: at(n) });
    const first = await api.list(person, { limit: '3' });
    await insertDocument(database.admin, { userId, name: 'new', createdAt: at(100) });
    const second = await api.list(person, { limit: '3', cursor: first.body.nextCursor });
    const names = [...first.body.items, ...second.body.items].map(({ name }) => name);
    expect(names).toEqual(['n5', 'n4', 'n3', 'n2', 'n1', 'n0']);
    expect(second.body.nextCursor).toBeNull();
  });

  it('filters by type', async () => {
    const person = newPerson();
    const userId = await userIdOf(person);
    await insertDocument(database.admin, { userId, type: 'resume' });
    const id = await insertDocument(database.admin, { userId, type: 'certificate' });
    const { body } = await api.list(person, { type: 'certificate' });
    expect(body.items.map((item: { id: string }) => item.id)).toEqual([id]);
  });

  it.each([
    ['an unknown type', { type: 'passport' }],
    ['no documents a page', { limit: '0' }],
    ['more than 100 a page', { limit: '101' }],
    ['a limit that is no number', { limit: 'many' }],
    ['an unknown parameter', { sort: 'name' }],
    ['a cursor of somebody else’s making', { cursor: 'abc' }],
    [
      'a cursor with SQL in it',
      { cursor: Buffer.from(`2026-01-01T00:00:00.000Z_' or true --`).toString('base64url') },
    ],
    [
      'a cursor with an impossible time',
      { cursor: Buffer.from(`2026-13-41T00:00:00.000Z_${randomUUID()}`).toString('base64url') },
    ],
    [
      'a cursor with trailing bytes',
      { cursor: `${encodeCursor({ createdAt: new Date(), id: randomUUID() })}AAAA` },
    ],
  ])('refuses %s', async (_, query: Record<string, string>) => {
    expect(await api.list(newPerson(), query)).toMatchObject({
      status: 400,
      body: { error: { code: 'bad_request' } },
    });
  });

  it.each([
    ['a first page', undefined],
    ['a later page', { createdAt: new Date(), id: randomUUID() }],
  ])('reads %s of a user by the index, in its order, under the policy', async (_, after) => {
    const app = await database.connect('app');
    const { text, values = [] } = documentPage({ type: undefined, limit: 20, after });
    await app.query(
      'begin; set local enable_seqscan = off; set local enable_sort = off; set local enable_bitmapscan = off',
    );
    await app.query('select landfall.identify($1, $2, null)', ['https://issuer.example', 'planner']);
    const { rows } = await app.query(`explain ${text}`, [...values]);
    await app.query('rollback');
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).toMatch(/Index Scan using documents_page/);
    expect(plan).toMatch(/Index Cond: .*user_id = /);
    if (after) expect(plan).toMatch(/Index Cond: .*ROW\(created_at, id\) </);
  });
});

describe('the documents of others', () => {
  it('do not exist: not to get, rename, download, delete or list', async () => {
    const [owner, stranger] = [newPerson(), newPerson()];
    const { id } = await api.document(owner);
    const answers = [
      await api.get(stranger, id),
      await api.update(stranger, id, { name: 'mine' }),
      await api.update(stranger, id, { isPrimary: true }),
      await api.download(stranger, id),
      await api.delete(stranger, id),
    ];
    const unknown = await api.get(stranger, randomUUID());
    for (const { status, body } of answers) {
      expect(status).toBe(404);
      expect({ ...body.error, requestId: '' }).toEqual({ ...unknown.body.error, requestId: '' });
    }
    expect((await api.list(stranger)).body.items).toEqual([]);
    expect((await api.get(owner, id)).body).toMatchObject({ id, name: 'My resume', isPrimary: false });
  });
});

describe('a change', () => {
  it('renames', async () => {
    const person = newPerson();
    const { id } = await api.document(person);
    api.now = new Date(api.now.getTime() + 1000);
    const { status, body } = await api.update(person, id, { name: '  New\u202e name ' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ name: 'New name', updatedAt: api.now.toISOString() });
    expect((await api.get(person, id)).body).toEqual(body);
    const { rows } = await database.admin.query(
      'select action, details from landfall.audit_log where entity_id = $1 order by id',
      [id],
    );
    expect(rows.at(-1)).toEqual({ action: 'document.update', details: { changed: ['name'] } });
  });

  it.each([{}, { name: '' }, { isPrimary: 'yes' }, { type: 'resume' }, 'not json', '[]', 'null'])(
    'refuses %j',
    async (body) => {
      const person = newPerson();
      const { id } = await api.document(person);
      expect(await api.update(person, id, body)).toMatchObject({ status: 400 });
    },
  );

  it('makes a document primary and takes the mark from the other of its type only', async () => {
    const person = newPerson();
    const [a, b] = [await api.document(person), await api.document(person)];
    const letter = await api.document(person, { type: 'cover_letter' });
    for (const { id } of [letter, a, b])
      expect((await api.update(person, id, { isPrimary: true })).status).toBe(200);
    const { items } = (await api.list(person)).body;
    const primary = items
      .filter((item: { isPrimary: boolean }) => item.isPrimary)
      .map((item: { id: string }) => item.id);
    expect(new Set(primary)).toEqual(new Set([letter.id, b.id]));
    await api.update(person, b.id, { isPrimary: false });
    expect((await api.get(person, b.id)).body.isPrimary).toBe(false);
  });

  it('leaves exactly one primary document when twelve are made primary at once, over and over', async () => {
    const person = newPerson();
    const userId = await userIdOf(person);
    const ids: string[] = [];
    for (let n = 0; n < 12; n++) ids.push(await insertDocument(database.admin, { userId }));
    const instances = ids.map(() => new DocumentsApi(database, bucket));
    for (let round = 0; round < 3; round++) {
      const answers = await Promise.all(
        instances.map((instance, n) => instance.update(person, ids[n] as string, { isPrimary: true })),
      );
      expect(answers.map(({ status }) => status)).toEqual(Array(12).fill(200));
      const { rows } = await database.admin.query(
        'select id from landfall.documents where user_id = $1 and is_primary',
        [userId],
      );
      expect(rows).toHaveLength(1);
    }
  });
});

describe('a download', () => {
  it('answers the file as an attachment under its own name, for an hour', async () => {
    const person = newPerson();
    const { id } = await api.document(person, { fileName: 'Résumé "final".pdf' });
    const { status, body } = await api.download(person, id);
    expect(status).toBe(200);
    expect(body.fileName).toBe('Résumé _final_.pdf');
    expect(Date.parse(body.expiresAt) - api.now.getTime()).toBe(3600_000);
    expect(new URL(body.url).searchParams.get('X-Amz-Expires')).toBe('3600');
    const response = await fetch(body.url);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-disposition')).toBe(
      `attachment; filename="Resume _final_.pdf"; filename*=UTF-8''R%C3%A9sum%C3%A9%20_final_.pdf`,
    );
    expect(response.headers.get('content-type')).toBe('application/pdf');
    expect(Buffer.from(await response.arrayBuffer())).toEqual(minimalPdf());
  });

  it('cannot be turned into one of another file or another disposition', async () => {
    const person = newPerson();
    const { id } = await api.document(person);
    const { url } = (await api.download(person, id)).body;
    const inline = new URL(url);
    inline.searchParams.set('response-content-disposition', 'inline');
    expect((await fetch(inline)).status).toBe(403);
    const other = new URL(url);
    other.pathname = other.pathname.replace(id, randomUUID());
    expect((await fetch(other)).status).toBe(403);
  });
});

describe('a deletion', () => {
  const rowsOf = async (id: string) =>
    (await database.admin.query('select object_key, deleted_at from landfall.documents where id = $1', [id]))
      .rows;

  it('removes document and object; a second one finds nothing', async () => {
    const person = newPerson();
    const { id } = await api.document(person);
    const [row] = await rowsOf(id);
    expect(await api.delete(person, id)).toEqual({
      status: 204,
      headers: expect.anything(),
      body: undefined,
    });
    expect(await rowsOf(id)).toEqual([]);
    expect(await bucket.store.find(row.object_key)).toBeUndefined();
    expect((await api.delete(person, id)).status).toBe(404);
    const { rows } = await database.admin.query(
      'select action from landfall.audit_log where entity_id = $1 order by id',
      [id],
    );
    expect(rows.map(({ action }) => action)).toEqual(['upload.create', 'document.create', 'document.delete']);
  });

  it('succeeds for the caller when S3 fails, hides the document at once and leaves the rest to the sweep', async () => {
    const person = newPerson();
    const { id } = await api.document(person);
    const failing = new DocumentsApi(database, bucket, {
      storage: { ...bucket.store, remove: () => Promise.reject(new Error('S3 is away')) },
    });
    expect((await failing.delete(person, id)).status).toBe(204);
    expect((await api.get(person, id)).status).toBe(404);
    expect((await api.download(person, id)).status).toBe(404);
    expect((await api.update(person, id, { name: 'x' })).status).toBe(404);
    expect((await api.list(person)).body.items).toEqual([]);
    expect((await api.complete(person, id)).status).toBe(410);
    expect(await rowsOf(id)).toEqual([{ object_key: expect.any(String), deleted_at: expect.any(Date) }]);
  });

  it('happens once when ten instances are asked at once', async () => {
    const person = newPerson();
    const { id } = await api.document(person);
    const instances = Array.from({ length: 10 }, () => new DocumentsApi(database, bucket));
    const answers = await Promise.all(instances.map((instance) => instance.delete(person, id)));
    expect(answers.map(({ status }) => status).sort()).toEqual([204, ...Array(9).fill(404)]);
  });

  it('of a primary document lets another become primary', async () => {
    const person = newPerson();
    const [a, b] = [await api.document(person), await api.document(person)];
    await api.update(person, a.id, { isPrimary: true });
    await api.delete(person, a.id);
    expect((await api.update(person, b.id, { isPrimary: true })).body.isPrimary).toBe(true);
  });
});
