import { setTimeout as wait } from 'node:timers/promises';
import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import sharp from 'sharp';
import { sweep } from '../../../lambdas/files-sweep/sweep';
import { openMaintenanceDatabase } from '../../../lambdas/shared/database';
import type { Identity } from '../../../lambdas/shared/identity';
import { startTestDatabase, type TestDatabase } from '../../support/database';
import { startTestBucket, type TestBucket } from '../../support/object-store';
import { cdnUrl, PhotosApi } from '../../support/photos-api';
import { photoSamples, picture } from '../../support/samples/photos';

let database: TestDatabase;
let bucket: TestBucket;
let api: PhotosApi;
let people = 0;
const newPerson = (): Identity => ({ issuer: 'https://issuer.example', subject: `person-${people++}` });

beforeAll(async () => {
  [database, bucket] = await Promise.all([startTestDatabase(), startTestBucket()]);
  api = new PhotosApi(database, bucket);
});

afterAll(async () => {
  await api.close();
  await Promise.all([database.close(), bucket.close()]);
});

const userOf = (person: Identity) => api.deps.database.withUser(person, async (tx) => tx.userId);
const listed = async (person: Identity): Promise<string[]> =>
  (await api.list(person)).body.items.map(({ id }: { id: string }) => id);
const primaries = async (person: Identity): Promise<string[]> =>
  (await api.list(person)).body.items.flatMap(({ id, isPrimary }: { id: string; isPrimary: boolean }) =>
    isPrimary ? [id] : [],
  );

/** Runs the sweep as it would run some minutes later. */
async function sweepLater(seconds = 120) {
  const maintenance = openMaintenanceDatabase(async () => database.target('maintenance'));
  const clock = () => new Date(api.now.getTime() + seconds * 1000);
  try {
    return await sweep({
      database: maintenance,
      buckets: { documents: bucket.store, photos: bucket.store },
      clock,
    });
  } finally {
    await maintenance.close();
  }
}

describe('a photo that was worked on', () => {
  it('is ready, with dimensions, a placeholder and addresses of its sizes for an hour', async () => {
    const person = newPerson();
    const id = await api.photo(
      person,
      await picture(3000, 2000).jpeg().withMetadata({ orientation: 6 }).toBuffer(),
    );
    const { body } = await api.get(person, id);
    const userId = await userOf(person);
    expect(body).toMatchObject({
      id,
      status: 'ready',
      failure: null,
      width: 2000,
      height: 3000,
      isPrimary: true,
    });
    expect(body.blur).toMatch(/^data:image\/webp;base64,/);
    const life = Date.parse(body.urlsExpireAt) - api.now.getTime();
    expect(life).toBeGreaterThan(3_000_000);
    expect(life).toBeLessThanOrEqual(3_600_000);
    for (const [name, longest] of [
      ['small', 320],
      ['medium', 960],
      ['large', 2048],
    ] as const) {
      const url = new URL(body.urls[name]);
      expect(url.origin + url.pathname).toBe(`${cdnUrl}/photos/${userId}/${id}/${name}.webp`);
      expect(url.searchParams.get('Key-Pair-Id')).toBe('K1');
      const key = url.pathname.slice(1);
      const head = await bucket.client.send(new HeadObjectCommand({ Bucket: bucket.name, Key: key }));
      expect(head).toMatchObject({
        ContentType: 'image/webp',
        CacheControl: expect.stringMatching(/^max-age=3600, .*immutable$/),
      });
      const object = await bucket.client.send(new GetObjectCommand({ Bucket: bucket.name, Key: key }));
      const metadata = await sharp(await object.Body?.transformToByteArray()).metadata();
      expect(metadata).toMatchObject({ format: 'webp', height: longest });
      expect(metadata.exif).toBeUndefined();
    }
    expect((await api.list(person)).body.items).toEqual([body]);
  });

  it.each(['cut off in the middle', 'that declares twice the rows it has'])(
    'fails when it is %s',
    async (name) => {
      const sample = photoSamples.find((candidate) => candidate.format === 'webp' && candidate.name === name);
      const person = newPerson();
      const { body } = await api.uploaded(
        person,
        await (sample as NonNullable<typeof sample>).make(),
        'image/webp',
      );
      await api.work(body.id);
      expect((await api.get(person, body.id)).body).toMatchObject({
        status: 'failed',
        failure: 'corrupt',
        width: null,
        blur: null,
        urls: null,
        urlsExpireAt: null,
        isPrimary: false,
      });
      expect(await api.objects(person)).toEqual([`originals/${await userOf(person)}/${body.id}`]);
    },
  );

  it('is the same after a second event', async () => {
    const person = newPerson();
    const id = await api.photo(person);
    const before = [(await api.get(person, id)).body, await api.objects(person)];
    await api.work(id);
    expect([(await api.get(person, id)).body, await api.objects(person)]).toEqual(before);
  });

  it('stays with the queue when a size cannot be stored, and is made by the next try', async () => {
    const person = newPerson();
    const { body } = await api.uploaded(person, await picture(60, 40).jpeg().toBuffer());
    await api.work(body.id, { put: () => Promise.reject(new Error('S3 answers 500')) });
    expect((await api.get(person, body.id)).body.status).toBe('processing');
    await api.work(body.id);
    expect((await api.get(person, body.id)).body.status).toBe('ready');
  });
});

describe('somebody else', () => {
  it('finds, orders, marks and deletes nothing', async () => {
    const [owner, stranger] = [newPerson(), newPerson()];
    const id = await api.photo(owner);
    expect((await api.list(stranger)).body.items).toEqual([]);
    const answers = [
      await api.get(stranger, id),
      await api.update(stranger, id),
      await api.delete(stranger, id),
      await api.order(stranger, [id]),
    ];
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 409]);
    expect(await listed(owner)).toEqual([id]);
  });
});

describe('the order', () => {
  it('is that of the uploads until the user says another', async () => {
    const person = newPerson();
    const ids = [await api.photo(person), await api.photo(person), await api.photo(person)];
    expect(await listed(person)).toEqual(ids);
    const turned = [...ids].reverse();
    expect((await api.order(person, turned)).status).toBe(204);
    expect(await listed(person)).toEqual(turned);
    const last = await api.photo(person);
    expect(await listed(person)).toEqual([...turned, last]);
  });

  it('takes every photo exactly once', async () => {
    const person = newPerson();
    const [a, b] = [await api.photo(person), await api.photo(person)];
    const foreignId = await api.photo(newPerson());
    const orders = [
      [a],
      [a, b, foreignId],
      [a, foreignId],
      [a, a],
      [a, b, a],
      [],
      ['x'],
      [a, b.toUpperCase()],
    ];
    const statuses = [];
    for (const ids of orders) statuses.push((await api.order(person, ids)).status);
    expect(statuses).toEqual([409, 409, 409, 400, 400, 409, 400, 204]);
    await api.delete(person, a);
    expect((await api.order(person, [b, a])).status).toBe(409);
    expect((await api.order(person, [b])).status).toBe(204);
  });

  it('waits for whoever holds the photos of the user', async () => {
    const person = newPerson();
    const ids = [await api.photo(person), await api.photo(person)];
    const { admin: holder } = database;
    const userId = await userOf(person);
    await holder.query('begin');
    await holder.query('select from landfall.users where id = $1 for no key update', [userId]);
    let done = false;
    const ordering = api.order(person, [...ids].reverse()).finally(() => {
      done = true;
    });
    await wait(500);
    expect(done).toBe(false);
    await holder.query('commit');
    expect((await ordering).status).toBe(204);
    expect(await listed(person)).toEqual([...ids].reverse());
  });

  it('is one of those that were sent, however many are sent at once', async () => {
    const person = newPerson();
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.push(await api.photo(person));
    const orders = ids.map((_, turn) => [...ids.slice(turn), ...ids.slice(0, turn)]);
    const others = orders.map(() => new PhotosApi(database, bucket));
    for (let round = 0; round < 4; round++) {
      const answers = await Promise.all(orders.map((order, i) => others[i]?.order(person, order)));
      expect(answers.map((answer) => answer?.status)).toEqual(orders.map(() => 204));
      expect(orders).toContainEqual(await listed(person));
    }
    await Promise.all(others.map((other) => other.close()));
  });
});

describe('the primary photo', () => {
  it('is the first that is ready until the user chooses, and again when the chosen one is deleted', async () => {
    const person = newPerson();
    const unready = (await api.uploaded(person, await picture(9, 9).jpeg().toBuffer())).body.id;
    const [a, b] = [await api.photo(person), await api.photo(person)];
    expect(await primaries(person)).toEqual([a]);
    expect(await api.update(person, b)).toMatchObject({ status: 200, body: { id: b, isPrimary: true } });
    expect(await primaries(person)).toEqual([b]);
    expect((await api.get(person, a)).body.isPrimary).toBe(false);
    await api.delete(person, b);
    expect(await primaries(person)).toEqual([a]);
    expect(await api.update(person, unready)).toMatchObject({
      status: 409,
      body: { error: { details: { reason: 'photo_not_ready' } } },
    });
    expect((await api.update(person, b)).status).toBe(404);
    expect((await api.update(person, a, { isPrimary: false })).status).toBe(400);
  });

  it('is one, however many are chosen at once', async () => {
    const person = newPerson();
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.push(await api.photo(person));
    const others = ids.map(() => new PhotosApi(database, bucket));
    const answers = await Promise.all(ids.map((id, i) => others[i]?.update(person, id)));
    expect(answers.map((answer) => answer?.status)).toEqual(ids.map(() => 200));
    expect(await primaries(person)).toHaveLength(1);
    await Promise.all(others.map((other) => other.close()));
  });
});

describe('deleting', () => {
  it('removes the photo and everything that was made of it at once', async () => {
    const person = newPerson();
    const id = await api.photo(person);
    expect(await api.objects(person)).toHaveLength(4);
    expect((await api.delete(person, id)).status).toBe(204);
    expect(await api.objects(person)).toEqual([]);
    const { rows } = await database.admin.query('select from landfall.photos where id = $1', [id]);
    expect(rows).toEqual([]);
    expect((await api.delete(person, id)).status).toBe(404);
    expect((await api.complete(person, id)).status).toBe(404);
  });

  it('leaves nothing of a photo that is being worked on, when its worker has stopped or its time is up', async () => {
    const person = newPerson();
    const { body } = await api.uploaded(person, await picture(60, 40).jpeg().toBuffer());
    let deleted = false;
    await api.work(body.id, {
      put: async (...args) => {
        // After the first size has been written, and before the others.
        const written = await bucket.store.put(...args);
        if (!deleted) {
          deleted = true;
          expect((await api.delete(person, body.id)).status).toBe(204);
        }
        return written;
      },
    });
    expect((await api.get(person, body.id)).status).toBe(404);
    expect(await api.objects(person)).not.toEqual([]);
    expect(await sweepLater(65)).toMatchObject({ removed: { photos: 0 } });
    expect(await sweepLater()).toMatchObject({ removed: { photos: 1 }, failures: 0 });
    expect(await api.objects(person)).toEqual([]);
    const { rows } = await database.admin.query('select from landfall.photos where id = $1', [body.id]);
    expect(rows).toEqual([]);
  });

  it('is finished by the sweep when the bucket is away', async () => {
    const person = newPerson();
    const id = await api.photo(person);
    const away = new PhotosApi(database, bucket, {
      storage: { ...bucket.store, remove: () => Promise.reject(new Error('S3 is away')) },
    });
    expect((await away.delete(person, id)).status).toBe(204);
    await away.close();
    expect(await listed(person)).toEqual([]);
    expect(await api.objects(person)).toHaveLength(4);
    await sweepLater();
    expect(await api.objects(person)).toEqual([]);
  });

  it('is not undone by an event that comes later', async () => {
    const person = newPerson();
    const { body } = await api.uploaded(person, await picture(60, 40).jpeg().toBuffer());
    await database.admin.query('update landfall.photos set deleted_at = now() where id = $1', [body.id]);
    await api.work(body.id);
    expect(await api.objects(person)).toEqual([`originals/${await userOf(person)}/${body.id}`]);
  });
});
