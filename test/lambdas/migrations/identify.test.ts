/** landfall.identify: who gets in, and what the transaction knows about them. */
import type { Client } from 'pg';
import type { Database } from '../../../lambdas/shared/database';
import type { Claims, Identity } from '../../../lambdas/shared/identity';
import { startTestDatabase, type TestDatabase } from '../../support/database';

let test: TestDatabase;
let database: Database;
let app: Client;

const issuer = 'https://issuer.example';

beforeAll(async () => {
  test = await startTestDatabase();
  database = test.open();
  app = await test.connect('app');
});

afterAll(() => test.close());

const idOf = (identity: Identity) => database.withUser(identity, async (tx) => tx.userId);

/** The claims that policies see in a transaction of this identity. */
async function seenBy(identity: Identity): Promise<unknown> {
  const text = `select current_setting('request.jwt.claims')::jsonb as claims`;
  const [row] = await database.withUser<{ claims: unknown }>(identity, { text });
  return row?.claims;
}

describe('the claims of a transaction', () => {
  it('say who the user is here, and what the token says besides', async () => {
    const claims: Claims = { auth_time: 1_700_000_000, groups: ['admin'], app_metadata: { role: 'editor' } };
    const alice = { issuer, subject: 'alice', email: 'user@example.com', claims };
    expect(await seenBy(alice)).toEqual({
      sub: await idOf(alice),
      role: 'authenticated',
      iss: issuer,
      email: 'user@example.com',
      ...claims,
    });
  });

  it('have no address where the token has none', async () => {
    expect(await seenBy({ issuer, subject: 'silent' })).toMatchObject({ email: null });
  });

  it('survive addresses and issuers with characters that JSON escapes, and claims that are empty', async () => {
    const odd = {
      issuer: 'https://issuer.example/"\\\n}',
      subject: 'odd',
      email: '"quoted, {odd}\\"@example.com',
      claims: {},
    };
    expect(await seenBy(odd)).toEqual({
      sub: await idOf(odd),
      role: 'authenticated',
      iss: odd.issuer,
      email: odd.email,
    });
  });

  it('cannot be passed off as those of somebody else', async () => {
    const forged = { sub: 'another', role: 'service_role', iss: 'another', email: 'boss@example.com' };
    const mallory = { issuer, subject: 'mallory', claims: forged as Claims };
    expect(await seenBy(mallory)).toEqual({
      sub: await idOf(mallory),
      role: 'authenticated',
      iss: issuer,
      email: null,
    });
  });

  it('hide an address that its holder has not confirmed, because policies give access by address', async () => {
    const unconfirmed: Identity = {
      issuer,
      subject: 'hasty',
      email: 'boss@example.com',
      claims: { email_verified: false },
    };
    expect(await seenBy(unconfirmed)).toMatchObject({ email: null, email_verified: false });
  });

  it('end with the transaction', async () => {
    await app.query('begin');
    await app.query('select landfall.identify($1, $2, null, $3)', [issuer, 'alice', { groups: ['admin'] }]);
    await app.query('commit');
    const { rows } = await app.query(
      `select nullif(current_setting('request.jwt.claims', true), '') as claims, auth.uid(), auth.jwt(), auth.role(), auth.email()`,
    );
    expect(rows).toEqual([{ claims: null, uid: null, jwt: null, role: null, email: null }]);
  });
});

describe('the three-argument form', () => {
  it('leads the code of before to the same user', async () => {
    const { rows } = await app.query('select landfall.identify($1, $2, null) as id', [issuer, 'alice']);
    expect(rows).toEqual([{ id: await idOf({ issuer, subject: 'alice' }) }]);
  });

  it('is no way past a deletion', async () => {
    const id = await idOf({ issuer, subject: 'leaver' });
    await test.admin.query('update landfall.users set deleted_at = now() where id = $1', [id]);
    await expect(app.query('select landfall.identify($1, $2, null)', [issuer, 'leaver'])).rejects.toThrow(
      'account_deleted',
    );
  });
});

describe('a deleted account', () => {
  it('lets nobody in, neither to read nor to write', async () => {
    const gone = { issuer, subject: 'gone' };
    const id = await idOf(gone);
    await database.withUser(gone, (tx) => tx.query('update landfall.users set deleted_at = now()'));
    const refused = { code: 'unauthorized', message: 'This account was deleted.' };
    await expect(database.withUser(gone, { text: 'select 1' })).rejects.toMatchObject(refused);
    await expect(database.withUser(gone, (tx) => tx.query('select 1'))).rejects.toMatchObject(refused);
    const { rows } = await test.admin.query('select id from landfall.users where id = $1', [id]);
    expect(rows).toHaveLength(1);
  });

  it('keeps the address it had, whatever a token says', async () => {
    const gone = { issuer, subject: 'gone', email: 'new@example.com' };
    await expect(idOf(gone)).rejects.toMatchObject({ code: 'unauthorized' });
    const { rows } = await test.admin.query(
      `select 1 from landfall.users u join landfall.identities i on i.user_id = u.id where i.subject = 'gone' and u.email is not null`,
    );
    expect(rows).toEqual([]);
  });

  it('leaves its audit entries behind when its rows go', async () => {
    const id = await idOf({ issuer, subject: 'audited' });
    await test.admin.query(
      `insert into landfall.audit_log (user_id, action, entity_id) values ($1, 'account.delete', $1)`,
      [id],
    );
    await test.admin.query('delete from landfall.users where id = $1', [id]);
    const { rows } = await test.admin.query('select action from landfall.audit_log where user_id = $1', [id]);
    expect(rows).toEqual([{ action: 'account.delete' }]);
  });
});

describe('signing out everywhere', () => {
  const signedOutAt = 1_700_000_000;
  const with_ = (claims: Claims | undefined): Identity => ({
    issuer,
    subject: 'traveller',
    ...(claims && { claims }),
  });

  beforeAll(async () => {
    const id = await idOf({ issuer, subject: 'traveller' });
    await test.admin.query('update landfall.users set tokens_valid_after = to_timestamp($2) where id = $1', [
      id,
      signedOutAt + 0.5,
    ]);
  });

  it.each<[string, Claims | undefined]>([
    ['of a sign-in before', { auth_time: signedOutAt - 3600 }],
    ['of a sign-in in the same second, which cannot be told from one before', { auth_time: signedOutAt }],
    ['refreshed afterwards', { auth_time: signedOutAt - 3600, iat: signedOutAt + 60 }],
    ['issued before', { iat: signedOutAt - 1 }],
    ['that does not say when', { groups: ['admin'] }],
    ['of which nothing is known', undefined],
  ])('refuses a token %s', async (_, claims) => {
    await expect(idOf(with_(claims))).rejects.toMatchObject({
      code: 'unauthorized',
      message: expect.stringContaining('Sign in again'),
    });
  });

  it.each<[string, Claims]>([
    ['of a sign-in afterwards', { auth_time: signedOutAt + 1 }],
    ['issued afterwards', { iat: signedOutAt + 1 }],
  ])('lets in a token %s', async (_, claims) => {
    await expect(idOf(with_(claims))).resolves.toEqual(expect.any(String));
  });

  it('asks nobody for a time who has not signed out', async () => {
    await expect(idOf({ issuer, subject: 'sedentary' })).resolves.toEqual(expect.any(String));
  });
});

describe('a profile', () => {
  it('is changed by its user and by nobody else', async () => {
    const [ada, eve] = [
      { issuer, subject: 'ada' },
      { issuer, subject: 'eve' },
    ];
    const adaId = await idOf(ada);
    const rename = (name: string) => (tx: { query(text: string, values: unknown[]): Promise<unknown[]> }) =>
      tx.query('update landfall.users set name = $2, locale = $3 where id = $1 returning id', [
        adaId,
        name,
        'pt-BR',
      ]);
    expect(await database.withUser(ada, rename('Ada'))).toHaveLength(1);
    expect(await database.withUser(eve, rename('Eve'))).toEqual([]);
    expect(await database.withUser(ada, { text: 'select name, locale from landfall.users' })).toEqual([
      { name: 'Ada', locale: 'pt-BR' },
    ]);
  });

  it('does not include the address, which is the issuer’s to state, nor the id', async () => {
    for (const column of [`email = 'boss@example.com'`, 'id = gen_random_uuid()']) {
      const change = database.withUser({ issuer, subject: 'ada' }, (tx) =>
        tx.query(`update landfall.users set ${column}`),
      );
      await expect(change).rejects.toThrow('permission denied');
    }
  });

  it.each([
    [`name = ''`],
    [`name = repeat('x', 201)`],
    [`locale = 'not a locale'`],
    [`locale = 'en-' || repeat('abcdefg-', 5)`],
  ])('refuses %s', async (change) => {
    const update = database.withUser({ issuer, subject: 'ada' }, (tx) =>
      tx.query(`update landfall.users set ${change}`),
    );
    await expect(update).rejects.toThrow('check constraint');
  });
});
