import type { Identity } from '../../../lambdas/shared/identity';
import { startTestDatabase, type TestDatabase } from '../../support/database';
import { postForm } from '../../support/documents-api';
import { startTestBucket, type TestBucket } from '../../support/object-store';
import { PhotosApi } from '../../support/photos-api';
import { foreign } from '../../support/samples/photo-bytes';
import { photoSamples, picture } from '../../support/samples/photos';

let database: TestDatabase;
let bucket: TestBucket;
let api: PhotosApi;
let people = 0;

/** A stranger to every other test. */
const newPerson = (): Identity => ({ issuer: 'https://issuer.example', subject: `person-${people++}` });

beforeAll(async () => {
  [database, bucket] = await Promise.all([startTestDatabase(), startTestBucket()]);
  api = new PhotosApi(database, bucket);
});

afterAll(async () => {
  await api.close();
  await Promise.all([database.close(), bucket.close()]);
});

const audit = async (entityId: string) =>
  (
    await database.admin.query('select action from landfall.audit_log where entity_id = $1 order by id', [
      entityId,
    ])
  ).rows.map(({ action }) => action);

describe('starting an upload', () => {
  it('answers a form for exactly one file, for 15 minutes, under a key the server chose', async () => {
    const person = newPerson();
    const { status, body } = await api.createUpload(person, { fileSize: 5 });
    expect(status).toBe(201);
    expect(Date.parse(body.expiresAt) - api.now.getTime()).toBe(900_000);
    const userId = await api.deps.database.withUser(person, async (tx) => tx.userId);
    expect(body.fields).toMatchObject({
      key: `quarantine/${userId}/${body.id}`,
      'Content-Type': 'image/jpeg',
    });
    expect((await postForm(body, Buffer.alloc(6))).status).toBe(400);
    expect((await postForm(body, Buffer.alloc(5), { 'Content-Type': 'image/png' })).status).toBe(403);
    expect((await postForm(body, Buffer.alloc(5), { key: `photos/${userId}/x/small.webp` })).status).toBe(
      403,
    );
    expect((await postForm(body, Buffer.alloc(5))).status).toBe(204);
    expect(await audit(body.id)).toEqual(['upload.create']);
  });

  it.each([
    ['HEIC, and says what to do', { mimeType: 'image/heic' }, 415, /export the photo as JPEG/],
    ['HEIF, and says what to do', { mimeType: 'image/heif-sequence' }, 415, /export the photo as JPEG/],
    [
      'a GIF',
      { mimeType: 'image/gif' },
      415,
      /^Send one of: image\/jpeg, image\/png, image\/webp, image\/avif/,
    ],
    ['an SVG', { mimeType: 'image/svg+xml' }, 415, /Send one of/],
    ['a file that is too large', { fileSize: 10 * 1024 * 1024 + 1 }, 413, /at most 10485760 bytes/],
    ['an empty file', { fileSize: 0 }, 400, /./],
    ['a key chosen by the client', { key: 'photos/x' }, 400, /./],
  ])('refuses %s', async (_, body, status, message) => {
    const answer = await api.createUpload(newPerson(), body);
    expect(answer).toMatchObject({ status, body: { error: { message: expect.stringMatching(message) } } });
  });

  it('counts uploads under way, and lets 20 at once have no more than the limit', async () => {
    const person = newPerson();
    await api.photo(person);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => new PhotosApi(database, bucket)).map((another) =>
        another.createUpload(person).finally(() => another.close()),
      ),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(7);
    const refused = answers.filter(({ status }) => status === 409);
    expect(refused).toHaveLength(13);
    expect(refused[0]?.body.error).toMatchObject({
      message: 'There are 8 photos already. Delete one first.',
      details: { reason: 'too_many_photos', maxPerUser: 8 },
    });
  });

  it('gives the place of a deleted photo, and of an upload that never came, to the next', async () => {
    const person = newPerson();
    const photo = await api.photo(person);
    for (let i = 0; i < 7; i++) await api.createUpload(person);
    expect((await api.createUpload(person)).status).toBe(409);
    await api.delete(person, photo);
    expect((await api.createUpload(person)).status).toBe(201);
    expect((await api.createUpload(person)).status).toBe(409);
    const now = api.now;
    api.now = new Date(now.getTime() + 3_601_000);
    expect((await api.createUpload(person)).status).toBe(201);
    api.now = now;
  });

  it('answers the same upload to the same Idempotency-Key, also when the limit has been reached', async () => {
    const person = newPerson();
    for (let i = 0; i < 7; i++) await api.createUpload(person);
    const headers = { 'Idempotency-Key': 'one' };
    const first = await api.createUpload(person, {}, headers);
    const again = await api.createUpload(person, {}, headers);
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.body.id).toBe(first.body.id);
  });
});

describe('completing an upload', () => {
  it('makes the file a photo that is being worked on, out of quarantine', async () => {
    const person = newPerson();
    const file = await picture(60, 40).jpeg().toBuffer();
    const { status, body } = await api.uploaded(person, file);
    expect(status).toBe(200);
    expect(body).toEqual({
      id: expect.any(String),
      mimeType: 'image/jpeg',
      size: file.length,
      status: 'processing',
      failure: null,
      width: null,
      height: null,
      blur: null,
      isPrimary: false,
      createdAt: api.now.toISOString(),
    });
    const userId = await api.deps.database.withUser(person, async (tx) => tx.userId);
    expect(await api.objects(person)).toEqual([`originals/${userId}/${body.id}`]);
    expect(await audit(body.id)).toEqual(['upload.create', 'photo.create']);
    expect((await api.complete(person, body.id)).body).toEqual(body);
  });

  it.each([
    [
      'a PNG that calls itself JPEG',
      () => picture(9, 9).png().toBuffer(),
      /it is image\/png, image\/jpeg was announced/,
    ],
    ['a HEIC', async () => foreign.heic, /it is a HEIC.*export it as JPEG/],
    ['a page', async () => foreign.html, /no JPEG, PNG, WebP or AVIF/],
    [
      'a JPEG without dimensions',
      async () => Buffer.from('ffd8ffe000104a464946', 'hex'),
      /damaged or incomplete/,
    ],
    ['more pixels than allowed', bomb, /it has 65000 by 65000 pixels/],
  ])('refuses and removes %s', async (_, make, message) => {
    const person = newPerson();
    const { status, body } = await api.uploaded(person, await make());
    expect({ status, message: body.error.message }).toEqual({
      status: 422,
      message: expect.stringMatching(message),
    });
    expect(await api.objects(person)).toEqual([]);
    expect((await api.list(person)).body.items).toEqual([]);
  });

  it('reads no more than the head of a file', async () => {
    const person = newPerson();
    const file = Buffer.concat([await picture(60, 40).jpeg().toBuffer(), Buffer.alloc(5_000_000)]);
    let read = 0;
    const counting = new PhotosApi(database, bucket, {
      storage: {
        ...bucket.store,
        find: async (key) => {
          const found = await bucket.store.find(key);
          return (
            found && {
              ...found,
              read: (start, length) =>
                found.read(start, length).then((part) => {
                  read += part.length;
                  return part;
                }),
            }
          );
        },
      },
    });
    expect((await counting.uploaded(person, file)).status).toBe(200);
    expect(read).toBeLessThanOrEqual(64 * 1024);
    await counting.close();
  });

  it('answers 409 before the file, 410 after an hour, 404 to somebody else', async () => {
    const person = newPerson();
    const { body } = await api.createUpload(person);
    expect(await api.complete(person, body.id)).toMatchObject({
      status: 409,
      body: { error: { details: { reason: 'file_missing' } } },
    });
    expect((await api.complete(newPerson(), body.id)).status).toBe(404);
    const now = api.now;
    api.now = new Date(now.getTime() + 3_601_000);
    expect((await api.complete(person, body.id)).status).toBe(410);
    api.now = now;
  });

  it('makes one photo of ten calls at once', async () => {
    const person = newPerson();
    const file = await picture(60, 40).jpeg().toBuffer();
    const upload = await api.createUpload(person, { fileSize: file.length });
    await postForm(upload.body, file);
    const answers = await Promise.all(Array.from({ length: 10 }, () => api.complete(person, upload.body.id)));
    for (const { status, body } of answers)
      expect(status === 409 ? 'busy' : body.id).toBe(status === 409 ? 'busy' : upload.body.id);
    expect((await api.list(person)).body.items).toHaveLength(1);
  });
});

function bomb(): Promise<Buffer> {
  const sample = photoSamples.find(({ name }) => name === 'that declares 65000 by 65000 pixels');
  if (!sample) throw new Error('the sample has another name');
  return sample.make();
}
