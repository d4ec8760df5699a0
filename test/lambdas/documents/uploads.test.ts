import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Identity } from '../../../lambdas/shared/identity';
import { startTestDatabase, type TestDatabase } from '../../support/database';
import { DocumentsApi, pdfType, postForm } from '../../support/documents-api';
import { startTestBucket, type TestBucket } from '../../support/object-store';
import { minimalDocx, minimalPdf } from '../../support/office-file';

let database: TestDatabase;
let bucket: TestBucket;
let api: DocumentsApi;
let people = 0;

/** A stranger to every other test. */
const newPerson = (): Identity => ({ issuer: 'https://issuer.example', subject: `person-${people++}` });

beforeAll(async () => {
  [database, bucket] = await Promise.all([startTestDatabase(), startTestBucket()]);
  api = new DocumentsApi(database, bucket);
});

afterAll(async () => {
  await Promise.all([database.close(), bucket.close()]);
});

const audit = async (entityId: string) =>
  (
    await database.admin.query('select action from landfall.audit_log where entity_id = $1 order by id', [
      entityId,
    ])
  ).rows.map(({ action }) => action);

const objectAt = async (id: string) => {
  const { rows } = await database.admin.query(
    `select object_key, user_id from landfall.documents where id = $1
     union all select object_key, user_id from landfall.uploads where id = $1`,
    [id],
  );
  const [row] = rows;
  return {
    key: row?.object_key as string,
    final: row && (await bucket.store.find(row.object_key)),
    quarantined: row && (await bucket.store.find(`quarantine/${row.user_id}/${id}`)),
  };
};

describe('starting an upload', () => {
  it('answers a form for exactly one file, for 300 seconds, under a key the server chose', async () => {
    const person = newPerson();
    const { status, body } = await api.createUpload(person, { fileName: '../../x.pdf' });
    expect(status).toBe(201);
    expect(Date.parse(body.expiresAt) - api.now.getTime()).toBe(300_000);
    const userId = await api.deps.database.withUser(person, async (tx) => tx.userId);
    expect(body.fields).toMatchObject({ key: `quarantine/${userId}/${body.id}`, 'Content-Type': pdfType });
    const policy = JSON.parse(Buffer.from(body.fields.Policy, 'base64').toString());
    expect(policy.conditions).toContainEqual([
      'content-length-range',
      minimalPdf().length,
      minimalPdf().length,
    ]);
    expect(policy.conditions).toContainEqual({ key: body.fields.key });
    expect(await audit(body.id)).toEqual(['upload.create']);
  });

  it('makes a form that S3 refuses for another size, another type, or another key', async () => {
    const { body } = await api.createUpload(newPerson());
    expect((await postForm(body, Buffer.concat([minimalPdf(), Buffer.from('x')]))).status).toBe(400);
    expect((await postForm(body, minimalPdf().subarray(1))).status).toBe(400);
    expect((await postForm(body, minimalPdf(), { 'Content-Type': 'text/html' })).status).toBe(403);
    expect((await postForm(body, minimalPdf(), { key: 'users/someone/resumes/a.pdf' })).status).toBe(403);
    expect((await postForm(body, minimalPdf())).status).toBe(204);
  });

  it.each([
    ['a format this environment does not take', { mimeType: 'text/plain' }, 415, 'unsupported_media_type'],
    ['a file that is too large', { fileSize: 10 * 1024 * 1024 + 1 }, 413, 'payload_too_large'],
    ['an unknown type', { type: 'passport' }, 400, 'bad_request'],
    ['an empty file', { fileSize: 0 }, 400, 'bad_request'],
    ['a name without a visible character', { name: '\u202e \u0000' }, 400, 'bad_request'],
    ['a key chosen by the client', { key: 'users/me/x' }, 400, 'bad_request'],
  ])('refuses %s', async (_, body, status, code) => {
    const answer = await api.createUpload(newPerson(), body);
    expect(answer).toMatchObject({ status, body: { error: { code, requestId: expect.any(String) } } });
  });

  it('takes the largest file that is allowed', async () => {
    expect((await api.createUpload(newPerson(), { fileSize: 10 * 1024 * 1024 })).status).toBe(201);
  });
});

describe('completing an upload', () => {
  it('makes the file a document, out of quarantine, under the id of the upload', async () => {
    const person = newPerson();
    const upload = await api.createUpload(person, { name: ' My  cv ', fileName: 'Résumé.pdf' });
    await postForm(upload.body, minimalPdf());
    const { status, body } = await api.complete(person, upload.body.id);
    expect(status).toBe(200);
    expect(body).toEqual({
      id: upload.body.id,
      type: 'resume',
      name: 'My cv',
      fileName: 'Résumé.pdf',
      mimeType: pdfType,
      size: minimalPdf().length,
      isPrimary: false,
      status: 'processing',
      failure: null,
      createdAt: api.now.toISOString(),
      updatedAt: api.now.toISOString(),
    });
    const { key, final, quarantined } = await objectAt(body.id);
    expect(key).toMatch(new RegExp(`^users/[0-9a-f-]{36}/resumes/${body.id}-Resume\\.pdf$`));
    expect(final?.size).toBe(minimalPdf().length);
    expect(quarantined).toBeUndefined();
    expect(await audit(body.id)).toEqual(['upload.create', 'document.create']);
  });

  it('takes real files', async () => {
    const fixture = (name: string) => readFile(path.resolve(__dirname, '../../fixtures', name));
    const docx = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
    const person = newPerson();
    await expect(api.document(person, {}, await fixture('resume.pdf'))).resolves.toMatchObject({
      mimeType: pdfType,
    });
    await expect(
      api.document(
        person,
        { mimeType: docx, type: 'cover_letter', fileName: 'l.docx' },
        await fixture('cover-letter.docx'),
      ),
    ).resolves.toMatchObject({ mimeType: docx, type: 'cover_letter' });
  });

  it.each([
    ['a renamed program', Buffer.concat([Buffer.from('MZ'), Buffer.alloc(500)])],
    ['a truncated file', minimalPdf().subarray(0, 60)],
    ['another format', minimalDocx()],
  ])('refuses %s with 422 and removes it', async (_, file) => {
    const person = newPerson();
    const upload = await api.createUpload(person, { fileSize: file.length });
    await postForm(upload.body, file);
    const before = await objectAt(upload.body.id);
    expect(before.quarantined).toBeDefined();
    const answer = await api.complete(person, upload.body.id);
    expect(answer).toMatchObject({
      status: 422,
      body: { error: { code: 'unprocessable', details: { reason: 'file_rejected' } } },
    });
    expect(await bucket.store.find(upload.body.fields.key)).toBeUndefined();
    expect(await audit(upload.body.id)).toEqual(['upload.create', 'upload.reject']);
    expect((await api.complete(person, upload.body.id)).status).toBe(404);
    expect((await api.list(person)).body.items).toEqual([]);
  });

  it('refuses an object of another size, however it got there', async () => {
    const person = newPerson();
    const upload = await api.createUpload(person, { fileSize: minimalPdf().length + 5 });
    const smuggled = await api.createUpload(person);
    await postForm(smuggled.body, minimalPdf());
    const source = await bucket.store.find(smuggled.body.fields.key);
    await bucket.store.copy(
      { key: smuggled.body.fields.key, etag: source?.etag as string },
      { key: upload.body.fields.key, mimeType: pdfType },
    );
    expect(await api.complete(person, upload.body.id)).toMatchObject({ status: 422 });
  });

  it('answers 409 while the file has not arrived, and works once it has', async () => {
    const person = newPerson();
    const upload = await api.createUpload(person);
    const early = await api.complete(person, upload.body.id);
    expect(early).toMatchObject({ status: 409, body: { error: { details: { reason: 'file_missing' } } } });
    await postForm(upload.body, minimalPdf());
    expect((await api.complete(person, upload.body.id)).status).toBe(200);
  });

  it('answers the same document again', async () => {
    const person = newPerson();
    const document = await api.document(person);
    expect(await api.complete(person, document.id)).toMatchObject({ status: 200, body: document });
    expect(await audit(document.id)).toEqual(['upload.create', 'document.create']);
  });

  it('answers 404 for the upload of somebody else', async () => {
    const upload = await api.createUpload(newPerson());
    await postForm(upload.body, minimalPdf());
    expect((await api.complete(newPerson(), upload.body.id)).status).toBe(404);
  });

  it('answers 410 after an hour, and for a document that was deleted', async () => {
    const later = new DocumentsApi(database, bucket);
    const person = newPerson();
    const upload = await later.createUpload(person);
    later.now = new Date(later.now.getTime() + 3600_000);
    expect(await later.complete(person, upload.body.id)).toMatchObject({
      status: 410,
      body: { error: { code: 'gone' } },
    });
  });

  it('keeps the checked file when the form is posted again', async () => {
    const person = newPerson();
    const upload = await api.createUpload(person);
    await postForm(upload.body, minimalPdf());
    await api.complete(person, upload.body.id);
    await postForm(upload.body, Buffer.from(minimalPdf().map(() => 0x41)));
    const { final } = await objectAt(upload.body.id);
    expect(await final?.read(0, 5)).toEqual(Buffer.from('%PDF-'));
    expect((await api.complete(person, upload.body.id)).status).toBe(200);
    const again = await objectAt(upload.body.id);
    expect(again.final?.etag).toBe(final?.etag);
  });

  it('refuses a file that was exchanged between the check and the copy', async () => {
    const person = newPerson();
    const swapping = new DocumentsApi(database, bucket, {
      storage: {
        ...bucket.store,
        copy: async (...args) => {
          await postForm(upload.body, Buffer.from(minimalPdf().map(() => 0x41)));
          return bucket.store.copy(...args);
        },
      },
    });
    const upload = await swapping.createUpload(person);
    await postForm(upload.body, minimalPdf());
    const answer = await swapping.complete(person, upload.body.id);
    expect(answer).toMatchObject({ status: 409, body: { error: { details: { reason: 'file_replaced' } } } });
    expect((await objectAt(upload.body.id)).final).toBeUndefined();
    expect((await swapping.complete(person, upload.body.id)).status).toBe(422);
  });

  it('refuses a file that was exchanged while it was read', async () => {
    const person = newPerson();
    const swapping = new DocumentsApi(database, bucket, {
      storage: {
        ...bucket.store,
        find: async (...args) => {
          const found = await bucket.store.find(...args);
          await postForm(upload.body, Buffer.from(minimalPdf().map(() => 0x41)));
          return found;
        },
      },
    });
    const upload = await swapping.createUpload(person);
    await postForm(upload.body, minimalPdf());
    const answer = await swapping.complete(person, upload.body.id);
    expect(answer).toMatchObject({ status: 409, body: { error: { details: { reason: 'file_replaced' } } } });
  });

  it('can be repeated after a crash between the copy and the commit', async () => {
    const person = newPerson();
    let crash = true;
    const crashing = new DocumentsApi(database, bucket, {
      storage: {
        ...bucket.store,
        copy: async (...args) => {
          const copied = await bucket.store.copy(...args);
          if (crash) throw new Error('the function was killed here');
          return copied;
        },
      },
    });
    const upload = await crashing.createUpload(person);
    await postForm(upload.body, minimalPdf());
    const failed = await crashing.complete(person, upload.body.id);
    expect(failed).toMatchObject({
      status: 500,
      body: { error: { message: 'Something went wrong on our side.' } },
    });
    expect((await crashing.list(person)).body.items).toEqual([]);
    crash = false;
    expect((await crashing.complete(person, upload.body.id)).status).toBe(200);
  });

  it('makes one document of ten calls at once, and all ten answer it', async () => {
    const person = newPerson();
    const upload = await api.createUpload(person);
    await postForm(upload.body, minimalPdf());
    const instances = Array.from({ length: 10 }, () => new DocumentsApi(database, bucket));
    const answers = await Promise.all(instances.map((instance) => instance.complete(person, upload.body.id)));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(await audit(upload.body.id)).toEqual(['upload.create', 'document.create']);
  });
});

describe('Idempotency-Key', () => {
  const withKey = (key: string) => ({ 'Idempotency-Key': key });

  it('answers a repeated request with the same upload, starts one, and stores no form', async () => {
    const person = newPerson();
    const first = await api.createUpload(person, {}, withKey('a'));
    const second = await api.createUpload(person, {}, withKey('a'));
    const { id, url, fields } = first.body;
    expect(second).toMatchObject({ status: 201, body: { id, url, fields: { key: fields.key } } });
    const [stored] = await api.deps.database.withUser(person, {
      text: 'select body from landfall.idempotency_keys',
    });
    expect(Object.keys((stored as { body: object }).body)).toEqual(['id', 'userId']);
    const [row] = await api.deps.database.withUser(person, {
      text: 'select count(*)::int as n from landfall.uploads',
    });
    expect(row).toEqual({ n: 1 });
  });

  it('signs the form of a repeated request anew, so that a late repetition is of use', async () => {
    const person = newPerson();
    await api.createUpload(person, {}, withKey('late'));
    const now = new Date(Date.now() + 600_000);
    const later = new DocumentsApi(database, bucket, { clock: () => now });
    const { body } = await later.createUpload(person, {}, withKey('late'));
    expect(body.expiresAt).toBe(new Date(now.getTime() + 300_000).toISOString());
  });

  it('has one effect when twelve instances receive the same request at once', async () => {
    const person = newPerson();
    await api.list(person);
    const instances = Array.from({ length: 12 }, () => new DocumentsApi(database, bucket));
    const answers = await Promise.all(
      instances.map((instance) => instance.createUpload(person, {}, withKey('race'))),
    );
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.id}`)).size).toBe(1);
    const [row] = await api.deps.database.withUser(person, {
      text: 'select count(*)::int as n from landfall.uploads',
    });
    expect(row).toEqual({ n: 1 });
  });

  it('refuses the same key with another request', async () => {
    const person = newPerson();
    await api.createUpload(person, {}, withKey('b'));
    const other = await api.createUpload(person, { name: 'Another' }, withKey('b'));
    expect(other).toMatchObject({
      status: 422,
      body: { error: { code: 'unprocessable', details: { reason: 'idempotency_key_reused' } } },
    });
  });

  it('does not care for the order of a body’s fields', async () => {
    const person = newPerson();
    const file = { name: 'n', type: 'resume', fileName: 'a.pdf', fileSize: 9, mimeType: pdfType };
    const reversed = Object.fromEntries(Object.entries(file).reverse());
    const call = (body: unknown) =>
      api.call({
        method: 'POST',
        resource: '/documents/uploads',
        identity: person,
        headers: withKey('order'),
        body,
      });
    expect((await call(reversed)).body.id).toBe((await call(file)).body.id);
  });

  it('belongs to its user', async () => {
    const one = await api.createUpload(newPerson(), {}, withKey('shared'));
    const other = await api.createUpload(newPerson(), {}, withKey('shared'));
    expect(other.status).toBe(201);
    expect(other.body.id).not.toBe(one.body.id);
  });

  it('is forgotten after 24 hours', async () => {
    const later = new DocumentsApi(database, bucket);
    const person = newPerson();
    const first = await later.createUpload(person, {}, withKey('day'));
    later.now = new Date(later.now.getTime() + 24 * 3600_000);
    const second = await later.createUpload(person, {}, withKey('day'));
    expect(second.status).toBe(201);
    expect(second.body.id).not.toBe(first.body.id);
  });

  it('is not used up by a request that failed', async () => {
    const person = newPerson();
    const failing = new DocumentsApi(database, bucket, {
      storage: { ...bucket.store, uploadForm: () => Promise.reject(new Error('no signature today')) },
    });
    expect((await failing.createUpload(person, {}, withKey('again'))).status).toBe(500);
    expect((await api.createUpload(person, {}, withKey('again'))).status).toBe(201);
  });

  it('works for completing an upload too', async () => {
    const person = newPerson();
    const [one, two] = [await api.createUpload(person), await api.createUpload(person)];
    for (const { body } of [one, two]) await postForm(body, minimalPdf());
    const first = await api.complete(person, one.body.id, withKey('done'));
    expect(await api.complete(person, one.body.id, withKey('done'))).toMatchObject({
      status: 200,
      body: first.body,
    });
    expect((await api.complete(person, two.body.id, withKey('done'))).status).toBe(422);
  });

  it('answers the completion of an upload as it was, whatever became of the document since', async () => {
    const person = newPerson();
    const upload = await api.createUpload(person);
    await postForm(upload.body, minimalPdf());
    const first = await api.complete(person, upload.body.id, withKey('first'));
    await api.update(person, upload.body.id, { name: 'Renamed' });
    const second = await api.complete(person, upload.body.id, withKey('second'));
    await api.delete(person, upload.body.id);
    expect(second.body.name).toBe('Renamed');
    expect((await api.complete(person, upload.body.id, withKey('first'))).body).toEqual(first.body);
    expect((await api.complete(person, upload.body.id, withKey('second'))).body).toEqual(second.body);
    expect((await api.complete(person, upload.body.id)).status).toBe(404);
  });

  it.each(['', 'with space', 'ü', 'x'.repeat(256)])(
    'must be 1 to 255 visible ASCII characters: %j',
    async (key) => {
      expect((await api.createUpload(newPerson(), {}, withKey(key))).status).toBe(400);
    },
  );
});
