import type { Identity } from '../../../lambdas/shared/identity';
import { AccountApi, signedIn } from '../../support/account-api';
import { startTestDatabase, type TestDatabase } from '../../support/database';
import { DocumentsApi, postForm } from '../../support/documents-api';
import { startTestBucket, type TestBucket } from '../../support/object-store';
import { minimalPdf } from '../../support/office-file';
import { createTestPool, type TestPool } from '../../support/user-pool';

let database: TestDatabase;
let bucket: TestBucket;
let pool: TestPool;
let api: AccountApi;
let people = 0;

/** A stranger to every other test. */
const newPerson = (): Identity => ({
  issuer: 'https://issuer.example',
  subject: `person-${people}`,
  email: `person-${people++}@example.com`,
});

beforeAll(async () => {
  [database, bucket] = await Promise.all([startTestDatabase(), startTestBucket()]);
  pool = await createTestPool(bucket.aws);
  api = new AccountApi(database, bucket);
});

beforeEach(() => {
  api.now = new Date();
});

afterAll(async () => {
  pool.close();
  await Promise.all([database.close(), bucket.close()]);
});

const rowOf = async (person: Identity) => {
  const { rows } = await database.admin.query(
    `select u.* from landfall.users u join landfall.identities i on i.user_id = u.id
     where i.issuer = $1 and i.subject = $2`,
    [person.issuer, person.subject],
  );
  return rows[0];
};

const audit = async (person: Identity) => {
  const { id } = await rowOf(person);
  const { rows } = await database.admin.query(
    'select action, entity_id, details from landfall.audit_log where user_id = $1 order by id',
    [id],
  );
  return rows;
};

const refused = { status: 401, body: { error: { code: 'unauthorized' } } };

describe('the account', () => {
  it('is there from the first call on, with what the token says and nothing that is unknown', async () => {
    const person = newPerson();
    const { status, body } = await api.get(person);
    expect(status).toBe(200);
    const { id, created_at } = await rowOf(person);
    expect(body).toEqual({
      id,
      email: person.email,
      createdAt: created_at.toISOString(),
      identities: [{ issuer: person.issuer, createdAt: created_at.toISOString() }],
    });
  });

  it('names the groups of the token', async () => {
    const { body } = await api.get({ ...newPerson(), claims: { groups: ['admin', 'staff'] } });
    expect(body.groups).toEqual(['admin', 'staff']);
  });

  it('names every issuer the user came by, and never a subject', async () => {
    const person = newPerson();
    const { body } = await api.get(person);
    await database.admin.query(
      `insert into landfall.identities (issuer, subject, user_id) values ('https://older.example', 'secret-subject', $1)`,
      [body.id],
    );
    const { identities } = (await api.get(person)).body;
    expect(identities.map(({ issuer }: { issuer: string }) => issuer).sort()).toEqual([
      'https://issuer.example',
      'https://older.example',
    ]);
    expect(JSON.stringify(identities)).not.toMatch(/subject|person-/);
  });
});

describe('a change of the account', () => {
  it('keeps name and locale in their clean form, and is audited without their values', async () => {
    const person = newPerson();
    const { status, body } = await api.update(person, { name: '  Ada \u202e Lovelace\n', locale: 'EN-gb' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ name: 'Ada Lovelace', locale: 'en-GB' });
    expect((await api.get(person)).body).toEqual(body);
    expect(await audit(person)).toEqual([
      { action: 'account.update', entity_id: body.id, details: { changed: ['name', 'locale'] } },
    ]);
  });

  it('leaves alone what it does not name, and null clears', async () => {
    const person = newPerson();
    await api.update(person, { name: 'Ada', locale: 'de' });
    expect((await api.update(person, { locale: 'fr' })).body).toMatchObject({ name: 'Ada', locale: 'fr' });
    const { body } = await api.update(person, { name: null });
    expect(body).toMatchObject({ locale: 'fr' });
    expect(body).not.toHaveProperty('name');
  });

  it('takes a name of 200 characters, however long they are', async () => {
    const person = newPerson();
    expect((await api.update(person, { name: `  ${'\u{1f680}'.repeat(200)}  ` })).status).toBe(200);
    expect(await api.update(person, { name: '\u{1f680}'.repeat(201) })).toMatchObject({
      status: 400,
      body: { error: { details: { issues: [{ message: 'expected at most 200 characters, found 201' }] } } },
    });
  });

  it.each([
    [{}],
    [{ name: '' }],
    [{ name: ' \u200b\u202e ' }],
    [{ name: 7 }],
    [{ email: 'other@example.com' }],
    [{ id: '0198f3a2-6f3b-7c1d-9a54-3c1f0e2b7d10' }],
    [{ locale: '' }],
    [{ locale: 'conversational' }],
    [{ locale: 'en_GB' }],
    [{ locale: 'x' }],
    [{ locale: `en-u-${'attr-'.repeat(20)}x` }],
    ['not json'],
  ])('refuses %j', async (body) => {
    const person = newPerson();
    expect(await api.update(person, body)).toMatchObject({
      status: 400,
      body: { error: { code: 'bad_request' } },
    });
  });

  it.each(['de', 'pt-BR', 'zh-Hant-TW', 'de-u-co-phonebk', 'es-419', 'art-lojban'])(
    'takes the locale %s, which the database takes too',
    async (locale) => {
      const [canonical] = Intl.getCanonicalLocales(locale);
      expect((await api.update(newPerson(), { locale })).body.locale).toBe(canonical);
    },
  );

  it('changes nobody else', async () => {
    const [person, other] = [newPerson(), newPerson()];
    const before = (await api.get(other)).body;
    await api.update(person, { name: 'Ada' });
    expect((await api.get(other)).body).toEqual(before);
  });
});

describe('signing out everywhere', () => {
  it('refuses tokens of earlier sign-ins at once, and lets a later one in', async () => {
    const person = newPerson();
    const earlier = signedIn(person, new Date(api.now.getTime() - 60_000));
    const sameSecond = signedIn(person, api.now);
    expect((await api.signOut(sameSecond)).status).toBe(204);
    for (const token of [earlier, sameSecond, person]) expect(await api.get(token)).toMatchObject(refused);
    expect((await api.get(signedIn(person, new Date(api.now.getTime() + 1000)))).status).toBe(200);
    expect((await audit(person)).map(({ action }) => action)).toEqual(['account.sign_out']);
  });

  it('ends the sessions of the user pool, by the name the pool has for the user', async () => {
    const email = 'sessions@example.com';
    const person = signedIn(await pool.createUser(email), api.now);
    const session = await pool.refreshToken(email);
    expect(await pool.refreshes(session)).toBe(true);
    const names: string[] = [];
    const recording = {
      signOut: async (username: string) => {
        names.push(username);
        await pool.pool.signOut(username);
      },
    };
    const cognito = new AccountApi(database, bucket, { userPool: recording });
    expect((await cognito.signOut(person)).status).toBe(204);
    expect(await pool.refreshes(session)).toBe(false);
    await cognito.signOut({ ...signedIn(newPerson(), cognito.now), username: 'google_42' });
    expect(names).toEqual([person.subject, 'google_42']);
  });

  it('answers 503 when the pool cannot be told, refuses the tokens all the same, and can be done again', async () => {
    const person = newPerson();
    const failing = new AccountApi(database, bucket, {
      userPool: { signOut: () => Promise.reject(new Error('Cognito is away')) },
    });
    const token = signedIn(person, failing.now);
    expect(await failing.signOut(token)).toMatchObject({
      status: 503,
      body: { error: { code: 'unavailable' } },
    });
    expect(await api.get(token)).toMatchObject(refused);
    const again = signedIn(person, new Date(failing.now.getTime() + 1000));
    api.now = new Date(failing.now.getTime() + 2000);
    expect((await api.signOut(again)).status).toBe(204);
  });

  it('leaves everybody else signed in', async () => {
    const [person, other] = [newPerson(), newPerson()];
    const token = signedIn(other, new Date(api.now.getTime() - 60_000));
    await api.get(token);
    await api.signOut(signedIn(person, api.now));
    expect((await api.get(token)).status).toBe(200);
  });

  it('happens once for an Idempotency-Key', async () => {
    const person = newPerson();
    const key = { 'Idempotency-Key': 'leave' };
    await api.signOut(signedIn(person, api.now), key);
    const { tokens_valid_after } = await rowOf(person);
    api.now = new Date(api.now.getTime() + 5000);
    expect((await api.signOut(signedIn(person, api.now), key)).status).toBe(204);
    expect((await rowOf(person)).tokens_valid_after).toEqual(tokens_valid_after);
  });
});

describe('a deletion', () => {
  it('answers 202, and from then on 401 for whatever the user asks', async () => {
    const person = newPerson();
    const documents = new DocumentsApi(database, bucket);
    const document = await documents.document(person);
    const { status, body } = await api.delete(person);
    expect({ status, body }).toEqual({ status: 202, body: { deletedAt: api.now.toISOString() } });
    const later = signedIn(person, new Date(api.now.getTime() + 60_000));
    for (const token of [person, later]) {
      for (const answer of [
        await api.get(token),
        await api.update(token, { name: 'Ada' }),
        await api.delete(token),
        await api.export(token),
        await api.signOut(token),
        await documents.list(token),
        await documents.get(token, document.id),
        await documents.createUpload(token),
      ]) {
        expect(answer).toMatchObject(refused);
      }
    }
    expect(await audit(person)).toContainEqual({
      action: 'account.delete',
      entity_id: (await rowOf(person)).id,
      details: {},
    });
  });

  it('leaves tombstones, ended uploads and no answers behind', async () => {
    const person = newPerson();
    const documents = new DocumentsApi(database, bucket);
    await documents.document(person);
    const primary = await documents.document(person);
    await documents.update(person, primary.id, { isPrimary: true });
    await documents.createUpload(person, {}, { 'Idempotency-Key': 'kept' });
    const { id } = await rowOf(person);
    await api.delete(person);
    const rows = async (sql: string) => (await database.admin.query(sql, [id])).rows;
    expect(await rows('select deleted_at from landfall.documents where user_id = $1')).toEqual([
      { deleted_at: api.now },
      { deleted_at: api.now },
    ]);
    // By then no form of the upload is accepted any more, so that the sweep finds all that was posted.
    expect(await rows('select expires_at from landfall.uploads where user_id = $1')).toEqual([
      { expires_at: new Date(api.now.getTime() + 330_000) },
    ]);
    expect(await rows('select key from landfall.idempotency_keys where user_id = $1')).toEqual([]);
  });

  it('touches nobody else', async () => {
    const [person, other] = [newPerson(), newPerson()];
    const documents = new DocumentsApi(database, bucket);
    const document = await documents.document(other);
    await documents.document(person);
    await documents.createUpload(other, {}, { 'Idempotency-Key': 'kept' });
    const everything = async () => {
      const { id } = await rowOf(other);
      const found = [];
      for (const table of ['documents', 'uploads', 'idempotency_keys', 'identities']) {
        const sql = `select * from landfall.${table} where user_id = $1 order by 1`;
        found.push((await database.admin.query(sql, [id])).rows);
      }
      return [await rowOf(other), ...found];
    };
    const before = await everything();
    await api.delete(person);
    expect(await everything()).toEqual(before);
    expect((await documents.get(other, document.id)).status).toBe(200);
  });

  it('happens once when ten instances are asked at once', async () => {
    const person = newPerson();
    await api.get(person);
    const instances = Array.from({ length: 10 }, () => new AccountApi(database, bucket));
    const answers = await Promise.all(instances.map((instance) => instance.delete(person)));
    expect(answers.map(({ status }) => status).sort()).toEqual([202, ...Array(9).fill(401)]);
    expect((await audit(person)).filter(({ action }) => action === 'account.delete')).toHaveLength(1);
  });

  it('forgets an imported password in the same moment', async () => {
    const person = newPerson();
    await api.get(person);
    for (const { issuer, subject, email } of [
      person,
      { ...person, subject: 'somebody else', email: 'else@example.com' },
    ]) {
      await database.admin.query(
        'insert into landfall.legacy_users (email, issuer, subject, confirmed, banned) values ($1, $2, $3, true, false)',
        [email, issuer, subject],
      );
    }
    await api.delete(person);
    const { rows } = await database.admin.query('select email from landfall.legacy_users');
    expect(rows).toEqual([{ email: 'else@example.com' }]);
  });

  it('does not wait for a completion of an upload that is under way, nor the other way round', async () => {
    const person = newPerson();
    const documents = new DocumentsApi(database, bucket);
    const upload = await documents.createUpload(person);
    await postForm(upload.body, minimalPdf());
    const slow = new DocumentsApi(database, bucket, {
      storage: {
        ...bucket.store,
        copy: async (...args) => {
          const copied = await bucket.store.copy(...args);
          expect((await api.delete(person)).status).toBe(202);
          return copied;
        },
      },
    });
    expect(await slow.complete(person, upload.body.id)).toMatchObject(refused);
    const { rows } = await database.admin.query('select id from landfall.documents where id = $1', [
      upload.body.id,
    ]);
    expect(rows).toEqual([]);
  });
});
