import { connectArchives } from '../../../lambdas/account-export/s3-archive-store';
import { writeExport } from '../../../lambdas/account-export/write-export';
import { sweep as sweepAccounts } from '../../../lambdas/accounts-sweep/sweep';
import { sweep as sweepFiles } from '../../../lambdas/files-sweep/sweep';
import { openMaintenanceDatabase } from '../../../lambdas/shared/database';
import type { ExportJob } from '../../../lambdas/shared/export-job';
import type { Identity } from '../../../lambdas/shared/identity';
import { AccountApi, signedIn } from '../../support/account-api';
import { unzip } from '../../support/archive';
import { startTestDatabase, type TestDatabase } from '../../support/database';
import { startTestBucket, type TestBucket } from '../../support/object-store';
import { PhotosApi } from '../../support/photos-api';
import { picture } from '../../support/samples/photos';

let database: TestDatabase;
let bucket: TestBucket;
let photos: PhotosApi;
let account: AccountApi;

const person = (subject: string): Identity =>
  signedIn({ issuer: 'https://issuer.example', subject, email: `${subject}@example.com` }, new Date());

beforeAll(async () => {
  [database, bucket] = await Promise.all([startTestDatabase(), startTestBucket()]);
  photos = new PhotosApi(database, bucket);
  account = new AccountApi(database, bucket);
});

afterAll(async () => {
  await photos.close();
  await Promise.all([database.close(), bucket.close()]);
});

it('gives its owner the originals, byte by byte, and what is known about them', async () => {
  const owner = person('exporter');
  const file = await picture(60, 40)
    .jpeg()
    .withExif({ IFD0: { Artist: 'Somebody' } })
    .toBuffer();
  const second = await photos.photo(owner);
  const first = await photos.photo(owner, file);
  const elsewhere = await photos.photo(person('another'));
  await photos.order(owner, [first, second]);
  await account.export(owner);
  await writeExport(
    {
      database: account.deps.database,
      storage: bucket.store,
      photoStorage: bucket.store,
      archives: connectArchives(bucket.name, bucket.client),
      clock: () => account.now,
    },
    account.jobs.at(-1) as ExportJob,
    'invocation',
  );
  const { body } = await account.export(owner);
  const files = await unzip(Buffer.from(await (await fetch(body.url)).arrayBuffer()));
  expect(files.get(`photos/${first}.jpeg`)?.equals(file)).toBe(true);
  const listed = JSON.parse(files.get('photos.json')?.toString() ?? '');
  expect(listed).toMatchObject([
    { id: first, status: 'ready', width: 60, height: 40, file: `photos/${first}.jpeg` },
    { id: second },
  ]);
  expect([...files.keys()].join()).not.toContain(elsewhere);
});

it('goes with the account: photos, sizes and uploads under way, and a photo that came too late', async () => {
  const owner = person('leaver');
  await photos.photo(owner);
  const { body } = await photos.createUpload(owner);
  const userId = await photos.deps.database.withUser(owner, async (tx) => tx.userId);
  expect((await account.delete(owner)).status).toBe(202);
  expect((await photos.list(owner)).status).toBe(401);
  // What a request adds that began before the deletion.
  await bucket.store.put(
    { key: `originals/${userId}/${body.id}`, mimeType: 'image/jpeg' },
    Buffer.from('late'),
  );
  await database.admin.query(
    `insert into landfall.photos (id, user_id, mime_type, size, object_key, object_version, position, created_at)
     values ($1, $2, 'image/jpeg', 4, $3, 'v', 1, now())`,
    [body.id, userId, `originals/${userId}/${body.id}`],
  );
  const maintenance = openMaintenanceDatabase(async () => database.target('maintenance'));
  const clock = () => new Date(Date.now() + 3 * 3_600_000);
  await database.admin.query(`update landfall.uploads set expires_at = now() - interval '1 hour'`);
  expect(
    await sweepAccounts({
      database: maintenance,
      storage: bucket.store,
      userPool: undefined,
      clock: () => new Date(),
    }),
  ).toMatchObject({ latePhotos: 1, failures: 0 });
  await sweepFiles({
    database: maintenance,
    buckets: { documents: bucket.store, photos: bucket.store },
    clock,
  });
  await maintenance.close();
  const { rows } = await database.admin.query(
    `select id from landfall.photos where user_id = $1
     union all select id from landfall.uploads where user_id = $1`,
    [userId],
  );
  expect(rows).toEqual([]);
  expect(await photos.objectsOf(userId)).toEqual([]);
});
