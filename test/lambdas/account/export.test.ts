import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { Identity } from '../../../lambdas/shared/identity';
import { AccountApi, signedIn } from '../../support/account-api';
import { startTestDatabase, type TestDatabase } from '../../support/database';
import { startTestBucket, type TestBucket } from '../../support/object-store';

let database: TestDatabase;
let bucket: TestBucket;
let api: AccountApi;
let people = 0;

/** A stranger to every other test. */
const newPerson = (): Identity => ({ issuer: 'https://issuer.example', subject: `person-${people++}` });

beforeAll(async () => {
  [database, bucket] = await Promise.all([startTestDatabase(), startTestBucket()]);
});

beforeEach(() => {
  api = new AccountApi(database, bucket);
});

afterAll(async () => {
  await Promise.all([database.close(), bucket.close()]);
});

const preparing = { status: 200, body: { status: 'preparing' } };
const after = (seconds: number) => {
  api.now = new Date(api.now.getTime() + seconds * 1000);
};

const exportsOf = async (person: Identity) => {
  const { rows } = await database.admin.query(
    `select e.* from landfall.account_exports e join landfall.identities i on i.user_id = e.user_id
     where i.issuer = $1 and i.subject = $2 order by e.created_at`,
    [person.issuer, person.subject],
  );
  return rows;
};

/** What the worker would have done by now. */
const finish = async (person: Identity, outcome: 'ready' | 'failed') => {
  const [row] = (await exportsOf(person)).slice(-1);
  await database.admin.query(
    `update landfall.account_exports set status = $2, size = $3, failure = $4, finished_at = $5, expires_at = $6
     where id = $1`,
    [
      row.id,
      outcome,
      outcome === 'ready' ? 10 : null,
      outcome === 'failed' ? 'internal' : null,
      api.now,
      new Date(api.now.getTime() + 3600_000),
    ],
  );
};

it('is started by the first call, once, in the name of the sign-in that asked', async () => {
  const person = signedIn({ ...newPerson(), email: 'user@example.com' }, api.now);
  expect(await api.export(person)).toMatchObject(preparing);
  expect(await api.export(person)).toMatchObject(preparing);
  const [row, ...others] = await exportsOf(person);
  expect(others).toEqual([]);
  expect(row).toMatchObject({
    status: 'preparing',
    object_key: `exports/${row.user_id}/${row.id}.zip`,
    expires_at: new Date(api.now.getTime() + 3600_000),
  });
  const { issuer, subject, claims } = person;
  expect(api.jobs).toEqual([{ exportId: row.id, identity: { issuer, subject, claims } }]);
  const { rows } = await database.admin.query(
    'select action, entity_id from landfall.audit_log where user_id = $1',
    [row.user_id],
  );
  expect(rows).toEqual([{ action: 'account.export', entity_id: row.id }]);
});

it('is started once when ten instances are asked at once', async () => {
  const person = newPerson();
  await api.get(person);
  const instances = Array.from({ length: 10 }, () => new AccountApi(database, bucket));
  const answers = await Promise.all(instances.map((instance) => instance.export(person)));
  expect(answers.map(({ body }) => body)).toEqual(Array(10).fill({ status: 'preparing' }));
  expect(instances.flatMap(({ jobs }) => jobs)).toHaveLength(1);
});

it('is offered for 15 minutes as an attachment with a plain name, by addresses that work for 15 minutes', async () => {
  const person = newPerson();
  await api.export(person);
  const [{ object_key }] = await exportsOf(person);
  await bucket.client.send(
    new PutObjectCommand({ Bucket: bucket.name, Key: object_key, Body: 'the ZIP ..' }),
  );
  await finish(person, 'ready');
  const day = api.now.toISOString().slice(0, 10);
  after(890);
  const { status, body } = await api.export(person);
  expect({ status, body }).toEqual({
    status: 200,
    body: {
      status: 'ready',
      url: expect.stringContaining(object_key),
      size: 10,
      expiresAt: new Date(api.now.getTime() + 900_000).toISOString(),
    },
  });
  expect(new URL(body.url).searchParams.get('X-Amz-Expires')).toBe('900');
  const response = await fetch(body.url);
  expect(await response.text()).toBe('the ZIP ..');
  expect(response.headers.get('content-disposition')).toBe(
    `attachment; filename="landfall-export-${day}.zip"`,
  );
  expect(response.headers.get('content-type')).toBe('application/zip');
  after(10);
  expect(await api.export(person)).toMatchObject(preparing);
  expect(api.jobs).toHaveLength(2);
});

it('is waited for 15 minutes, then given up and started anew', async () => {
  const person = newPerson();
  await api.export(person);
  after(899);
  await api.export(person);
  expect(api.jobs).toHaveLength(1);
  after(1);
  expect(await api.export(person)).toMatchObject(preparing);
  expect(api.jobs).toHaveLength(2);
  expect((await exportsOf(person)).map(({ status, failure }) => [status, failure])).toEqual([
    ['failed', 'took_too_long'],
    ['preparing', null],
  ]);
});

it('is started anew by the next call after a failure, once Lambda may have tried it again', async () => {
  const person = newPerson();
  await api.export(person);
  await finish(person, 'failed');
  after(59);
  expect(await api.export(person)).toMatchObject(preparing);
  expect(api.jobs).toHaveLength(1);
  after(1);
  expect(await api.export(person)).toMatchObject(preparing);
  expect(api.jobs).toHaveLength(2);
});

it('answers 503 when it could not be started, and the next call starts another', async () => {
  const person = newPerson();
  const failing = new AccountApi(database, bucket, {
    startExport: () => Promise.reject(new Error('Lambda is away')),
  });
  expect(await failing.export(person)).toMatchObject({
    status: 503,
    body: { error: { code: 'unavailable' } },
  });
  expect(await api.export(person)).toMatchObject(preparing);
  expect(api.jobs).toHaveLength(1);
});

it('that is being prepared ends when the user signs out everywhere; the next sign-in starts another', async () => {
  const person = newPerson();
  await api.export(signedIn(person, api.now));
  await api.signOut(signedIn(person, api.now));
  after(2);
  expect(await api.export(signedIn(person, api.now))).toMatchObject(preparing);
  expect((await exportsOf(person)).map(({ status, failure }) => [status, failure])).toEqual([
    ['failed', 'signed_out'],
    ['preparing', null],
  ]);
});

it('of somebody else is not to be had', async () => {
  const [person, other] = [newPerson(), newPerson()];
  await api.export(person);
  await finish(person, 'ready');
  expect(await api.export(other)).toMatchObject(preparing);
  const [{ user_id }] = await exportsOf(person);
  const [mine] = await exportsOf(other);
  expect(mine.object_key).not.toContain(user_id);
});

it('ends with the account', async () => {
  const person = newPerson();
  await api.export(person);
  await finish(person, 'ready');
  await api.delete(person);
  expect(await exportsOf(person)).toMatchObject([{ expires_at: api.now }]);
});
