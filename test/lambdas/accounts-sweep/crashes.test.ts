/** Whatever is interrupted, and whatever goes on at the same time: in the end nothing is left of who has gone. */
import { randomInt, randomUUID } from 'node:crypto';
import { ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { connectArchives } from '../../../lambdas/account-export/s3-archive-store';
import { writeExport } from '../../../lambdas/account-export/write-export';
import { sweep as sweepAccounts } from '../../../lambdas/accounts-sweep/sweep';
import { sweep as sweepFiles } from '../../../lambdas/files-sweep/sweep';
import { openMaintenanceDatabase, type SystemDatabase } from '../../../lambdas/shared/database';
import type { ExportJob } from '../../../lambdas/shared/export-job';
import type { Identity } from '../../../lambdas/shared/identity';
import { AccountApi } from '../../support/account-api';
import { startTestDatabase, type TestDatabase } from '../../support/database';
import { insertDocument, insertText } from '../../support/documents';
import { DocumentsApi, postForm } from '../../support/documents-api';
import { startTestBucket, type TestBucket } from '../../support/object-store';
import { minimalPdf } from '../../support/office-file';
import { rowsNaming } from '../../support/rows-naming';
import { soaking } from '../../support/soak';
import { Steps } from '../../support/steps';
import { createTestPool, type TestPool } from '../../support/user-pool';

jest.setTimeout(300_000);

let database: TestDatabase;
let bucket: TestBucket;
let pool: TestPool;
let sweeper: SystemDatabase;
let account: AccountApi;
let documents: DocumentsApi;
let people = 0;

/** Everything happened so long ago that the rows may go as well. */
const then = new Date(Date.now() - 26 * 3600_000);

beforeAll(async () => {
  [database, bucket] = await Promise.all([startTestDatabase(), startTestBucket()]);
  pool = await createTestPool(bucket.aws);
  sweeper = openMaintenanceDatabase(async () => database.target('maintenance'));
  account = new AccountApi(database, bucket);
  documents = new DocumentsApi(database, bucket);
});

afterAll(async () => {
  await sweeper.close();
  pool.close();
  await Promise.all([database.close(), bucket.close()]);
});

interface Person extends Identity {
  readonly userId: string;
  readonly email: string;
}

const put = (key: string) =>
  bucket.client.send(new PutObjectCommand({ Bucket: bucket.name, Key: key, Body: 'content' }));

/** Somebody with a row in every table, and an object under every prefix. */
async function newPerson({ at = then, inPool = true } = {}): Promise<Person> {
  account.now = at;
  documents.now = at;
  const email = `person-${people++}@example.com`;
  // The pool takes its time to hash passwords.
  const identity = inPool
    ? await pool.createUser(email)
    : { issuer: 'https://issuer.example', subject: email, email };
  await account.update(identity, { name: 'Ada' });
  const { id: userId } = (await account.get(identity)).body;
  for (const isPrimary of [true, false]) {
    const id = await insertDocument(database.admin, { userId, createdAt: at, isPrimary });
    await put(`users/${userId}/resumes/${id}-a.pdf`);
    await insertText(database.admin, { id, userId }, `A text of ${userId}`);
  }
  const upload = await documents.createUpload(identity, {}, { 'Idempotency-Key': randomUUID() });
  await put(`quarantine/${userId}/${upload.body.id}`);
  await account.export(identity);
  await put(`exports/${userId}/${account.jobs.at(-1)?.exportId}.zip`);
  await database.admin.query(
    `insert into landfall.identities (issuer, subject, user_id) values ('https://older.example', $1, $2)`,
    [`older ${userId}`, userId],
  );
  await database.admin.query(
    `insert into landfall.legacy_users (email, issuer, subject, confirmed, banned)
     values ($1, 'https://older.example', $2, true, false)`,
    [email, `older ${userId}`],
  );
  return { ...identity, email, userId };
}

async function objectsOf({ userId }: Person): Promise<string[]> {
  const { Contents = [] } = await bucket.client.send(new ListObjectsV2Command({ Bucket: bucket.name }));
  return Contents.map(({ Key = '' }) => Key).filter((key) => key.includes(userId));
}

const everythingOf = async (person: Person) => ({
  rows: await rowsNaming(database.admin, [person.userId, person.subject, person.email]),
  objects: await objectsOf(person),
  poolUser: pool.has(person.subject),
});

const nothing = { rows: {}, objects: [], poolUser: false };

/** Both sweeps, in processes of their own; `later`: seconds from now. */
function sweeps(later: number, steps = new Steps(() => undefined)): (() => Promise<unknown>)[] {
  const clock = () => new Date(Date.now() + later * 1000);
  const storage = steps.service({ remove: bucket.store.remove });
  const deps = {
    database: steps.maintenance(sweeper),
    storage,
    buckets: { documents: storage },
    userPool: steps.service(pool.pool),
    clock,
  };
  return [() => sweepFiles(deps), () => sweepAccounts(deps)];
}

/** What the schedule would do in the following hours, when all claims of crashed processes are over. */
async function sweepOn(): Promise<void> {
  for (const later of [200, 400]) for (const sweep of sweeps(later)) await sweep();
}

it('is noticed when something of somebody is left: in any table, any prefix, or the pool', async () => {
  const person = await newPerson();
  expect(Object.keys((await everythingOf(person)).rows)).toEqual([
    'landfall.account_exports',
    'landfall.document_texts',
    'landfall.documents',
    'landfall.idempotency_keys',
    'landfall.identities',
    'landfall.legacy_users',
    'landfall.uploads',
    'landfall.users',
  ]);
  expect(await everythingOf(person)).toMatchObject({ objects: { length: 4 }, poolUser: true });
  await database.admin.query('create table landfall.notes (owner uuid)');
  await database.admin.query('insert into landfall.notes values ($1)', [person.userId]);
  expect((await everythingOf(person)).rows).toHaveProperty(['landfall.notes']);
  await database.admin.query('drop table landfall.notes');
});

/** Every point at full length; otherwise each so many, other ones in every run. */
const firstOf = (stride: number): number => (soaking ? 1 : 1 + randomInt(stride));

it('nothing is left of a deleted account, wherever deletion or sweeps are killed; others keep everything', async () => {
  const other = await newPerson({ at: new Date() });
  const others = await everythingOf(other);
  let target = firstOf(7);
  for (let killed = true; killed; target += soaking ? 1 : 7) {
    killed = false;
    let dead = false;
    const person = await newPerson();
    const steps = new Steps((point) => {
      if (point === target) {
        killed = true;
        dead = true;
      }
      // Nothing that the same process had still under way goes on.
      if (dead) throw new Error('killed');
    });
    const api = new AccountApi(database, bucket, { database: steps.database(account.deps.database) });
    api.now = then;
    for (const run of [() => api.delete(person), ...sweeps(0, steps)]) {
      dead = false;
      await run().catch((error: Error) => expect(error.message).toBe('killed'));
    }
    expect([202, 401]).toContain((await account.delete(person)).status);
    await sweepOn();
    expect({ target, ...(await everythingOf(person)) }).toEqual({ target, ...nothing });
    const { rows } = await database.admin.query(
      `select action from landfall.audit_log where user_id = $1 and action ~ 'delete|purge' order by id`,
      [person.userId],
    );
    // Where the first run came to its end, the second deletion made the account anew, under the id it had.
    expect(rows.map(({ action }) => action).join(' ')).toMatch(
      /^account\.delete account\.purge( account\.delete account\.purge)?$/,
    );
    expect(await everythingOf(other)).toEqual(others);
  }
  // As many points as there are, and every one of them was met.
  expect(target).toBeGreaterThan(70);
});

/** What a user may be doing while another tab deletes the account. */
const requests: [name: string, run: (person: Person, steps: Steps) => Promise<unknown>][] = [
  [
    'an upload is completed',
    async (person, steps) => {
      const upload = await documents.createUpload(person);
      await postForm(upload.body, minimalPdf());
      await documentsWith(steps).complete(person, upload.body.id);
    },
  ],
  [
    'an upload is refused',
    async (person, steps) => {
      const upload = await documents.createUpload(person, { fileSize: 10 });
      await postForm(upload.body, Buffer.from('no PDF ...'));
      await documentsWith(steps).complete(person, upload.body.id);
    },
  ],
  [
    'an upload is started, and its file posted after that',
    async (person, steps) => {
      const { status, body } = await documentsWith(steps).createUpload(
        person,
        {},
        { 'Idempotency-Key': 'k' },
      );
      if (status === 201) await postForm(body, minimalPdf());
    },
  ],
  [
    'a document is deleted',
    async (person, steps) => {
      const { body } = await documents.list(person);
      await documentsWith(steps).delete(person, body.items[0].id);
    },
  ],
  [
    'an export is started and written',
    async (person, steps) => {
      await database.admin.query(
        `update landfall.account_exports set created_at = created_at - interval '1 hour',
        status = 'failed', failure = 'internal', finished_at = created_at where user_id = $1`,
        [person.userId],
      );
      const stepping = steps.database(account.deps.database);
      const api = new AccountApi(database, bucket, { database: stepping });
      api.now = then;
      await api.export(person);
      for (const job of api.jobs as ExportJob[]) {
        const archives = steps.service(connectArchives(bucket.name, bucket.client));
        const deps = {
          database: stepping,
          storage: steps.service(bucket.store),
          archives,
          clock: () => then,
        };
        await writeExport(deps, job, randomUUID());
      }
    },
  ],
];

function documentsWith(steps: Steps): DocumentsApi {
  const api = new DocumentsApi(database, bucket, {
    database: steps.database(documents.deps.database),
    storage: steps.service(bucket.store),
    wait: async () => undefined,
  });
  api.now = then;
  return api;
}

it.each(requests)(
  'nothing is left when an account is deleted while %s, at whatever point',
  async (_, run) => {
    let target = firstOf(3);
    for (
      let deleting: Promise<unknown> | undefined = Promise.resolve();
      deleting;
      target += soaking ? 1 : 3
    ) {
      deleting = undefined;
      const person = await newPerson({ inPool: false });
      const deleter = new AccountApi(database, bucket);
      deleter.now = then;
      const steps = new Steps(async (point) => {
        if (point !== target) return;
        deleting = deleter.delete(person).then(({ status }) => expect(status).toBe(202));
        // Rows that the request has locked make the deletion wait for it, and so must nobody wait for the deletion.
        await Promise.race([deleting, new Promise((resolve) => setTimeout(resolve, 100))]);
      });
      await run(person, steps);
      if (!deleting) await account.delete(person);
      await deleting;
      await sweepOn();
      expect({ target, ...(await everythingOf(person)) }).toEqual({ target, ...nothing });
    }
    expect(target).toBeGreaterThan(8);
  },
);
