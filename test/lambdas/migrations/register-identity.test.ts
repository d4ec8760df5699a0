/** landfall.register_identity and landfall.legacy_user, by the door that the sign-in triggers use. */
import { randomUUID } from 'node:crypto';
import type { Database } from '../../../lambdas/shared/database';
import type { Identity } from '../../../lambdas/shared/identity';
import { type IdentityDatabase, openIdentityDatabase } from '../../../lambdas/shared/identity-database';
import { startTestDatabase, type TestDatabase } from '../../support/database';
import { insertDocument } from '../../support/documents';

let test: TestDatabase;
let database: Database;
let triggers: IdentityDatabase;

const pool = 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_pool';
const before = 'https://project.supabase.co/auth/v1';
const person = (): Identity => ({ issuer: pool, subject: randomUUID(), email: 'user@example.com' });
const earlier = (subject: string = randomUUID()) => ({ issuer: before, subject });

beforeAll(async () => {
  test = await startTestDatabase();
  database = test.open();
  triggers = openIdentityDatabase(async () => test.target('identity'));
});

afterAll(async () => {
  await triggers.close();
  await test.close();
});

const idOf = (identity: Identity) => database.withUser(identity, async (tx) => tx.userId);

/** To how many users these identities lead. */
async function users(...identities: readonly Identity[]): Promise<number> {
  const { rows } = await test.admin.query(
    'select count(distinct user_id)::int as count from landfall.identities where subject = any ($1)',
    [identities.map(({ subject }) => subject)],
  );
  return rows[0].count;
}

/** Users whom no identity leads to: left over by a lost race. */
async function orphans(): Promise<number> {
  const { rows } = await test.admin.query(
    'select count(*)::int from landfall.users u where not exists (select from landfall.identities i where i.user_id = u.id)',
  );
  return rows[0].count;
}

describe('somebody new', () => {
  it('becomes a user once, however often a trigger is repeated', async () => {
    const who = person();
    const id = await triggers.register(who);
    expect(await triggers.register(who)).toBe(id);
    expect(await idOf(who)).toBe(id);
    const rows = await database.withUser(who, { text: 'select email from landfall.users' });
    expect(rows).toEqual([{ email: 'user@example.com' }]);
  });

  it('is not kept out by an address that the database would refuse', async () => {
    await expect(triggers.register({ ...person(), email: '' })).resolves.toEqual(expect.any(String));
    await expect(triggers.register({ ...person(), email: 'x'.repeat(400) })).resolves.toEqual(
      expect.any(String),
    );
  });
});

describe('somebody who moves', () => {
  it('signs in at the issuer before, then at Cognito, and sees the same documents', async () => {
    const old = earlier();
    const oldId = await idOf(old);
    const document = await insertDocument(test.admin, { userId: oldId });
    const moved = person();
    expect(await triggers.register(moved, old)).toBe(oldId);
    for (const who of [old, moved]) {
      const rows = await database.withUser(who, { text: 'select id from landfall.documents' });
      expect(rows).toEqual([{ id: document }]);
    }
  });

  it('signs in at Cognito first, and is the same user with a token of the issuer before', async () => {
    const [moved, old] = [person(), earlier('user_2abc')];
    const id = await triggers.register(moved, old);
    expect(await idOf(old)).toBe(id);
  });

  it('keeps the old id when that is a uuid, so that copied rows still belong to them', async () => {
    const old = earlier();
    expect(await triggers.register(person(), old)).toBe(old.subject);
  });

  it.each([['user_2NNEqL2nrIRdJ194ndJqAHwEfxC'], ['11111111-1111-4111-8111-11111111111'], ['{}'], ['']])(
    'gets an id of their own when the old one is no uuid: %j',
    async (subject) => {
      const id = await triggers.register(person(), earlier(subject || `x${randomUUID()}`));
      expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      expect(id).not.toBe(subject);
    },
  );

  it('gets an id of their own when the old one is another person’s', async () => {
    const taken = await idOf({ issuer: 'https://third.example', subject: 'owner' });
    const moved = person();
    const id = await triggers.register(moved, earlier(taken));
    expect(id).not.toBe(taken);
    expect(await idOf(earlier(taken))).toBe(id);
  });

  it('is linked afterwards when the first request came before the trigger', async () => {
    const [moved, old] = [person(), earlier()];
    const id = await idOf(moved);
    expect(await triggers.register(moved, old)).toBe(id);
    expect(await idOf(old)).toBe(id);
  });

  it('is never merged with another person who has the old identity', async () => {
    const [moved, old] = [person(), earlier()];
    const [own, other] = [await idOf(moved), await idOf(old)];
    expect(await triggers.register(moved, old)).toBe(own);
    expect(await idOf(old)).toBe(other);
  });

  it('is refused by either identity once the account is deleted', async () => {
    const [moved, old] = [person(), earlier()];
    const id = await triggers.register(moved, old);
    await test.admin.query('update landfall.users set deleted_at = now() where id = $1', [id]);
    const refused = { code: 'unauthorized', message: 'This account was deleted.' };
    await expect(triggers.register(moved)).rejects.toMatchObject(refused);
    const again = person();
    await expect(triggers.register(again, old)).rejects.toMatchObject(refused);
    expect(await users(again)).toBe(0);
  });
});

describe('requests at once', () => {
  const rounds = 25;

  /** Calls on connections of their own, all at the same moment. */
  async function race(calls: (id: number) => readonly ((round: number) => Promise<string>)[]): Promise<void> {
    for (let round = 0; round < rounds; round++) {
      const ids = await Promise.all(calls(round).map((call) => call(round)));
      expect(new Set(ids).size).toBe(1);
    }
    expect(await orphans()).toBe(0);
  }

  let doors: Database[];
  let triggerDoors: IdentityDatabase[];

  beforeAll(async () => {
    doors = Array.from({ length: 4 }, () => test.open());
    triggerDoors = Array.from({ length: 4 }, () => openIdentityDatabase(async () => test.target('identity')));
    await Promise.all(doors.map((door) => door.ping()));
  });

  afterAll(() => Promise.all(triggerDoors.map((door) => door.close())));

  const identified = (who: Identity) =>
    doors.map((door) => () => door.withUser(who, async (tx) => tx.userId));
  const registered = (who: Identity, legacy?: Identity) =>
    triggerDoors.map((door) => () => door.register(who, legacy));

  it('of the API and of triggers make one user of one identity', async () => {
    await race(() => {
      const who = person();
      return [...identified(who), ...registered(who)];
    });
  });

  it('of repeated triggers make one user with the old id', async () => {
    await race(() => {
      const [who, old] = [person(), earlier()];
      return [...registered(who, old), async () => old.subject];
    });
  });

  it('with an old id that is no uuid make one user as well', async () => {
    await race((n) => registered(person(), earlier(`user_${n}_${randomUUID()}`)));
  });

  it('with the old token at the API and a sign-in at Cognito make one user of both identities', async () => {
    await race(() => {
      const [who, old] = [person(), earlier()];
      return [...identified(old), ...registered(who, old)];
    });
  });

  it('of the API and of triggers that know the old identity make one user', async () => {
    await race(() => {
      const [who, old] = [person(), earlier()];
      return [...identified(who), ...registered(who, old)];
    });
  });
});

describe('an imported user', () => {
  const hash = `$2b$10$${'a'.repeat(53)}`;
  const add = (email: string, subject: string, password: string | null = hash) =>
    test.admin.query('insert into landfall.legacy_users values ($1, $2, $3, $4, true, false)', [
      email,
      before,
      subject,
      password,
    ]);

  it('is found by the address in any case', async () => {
    await add('mixed@example.com', 'mixed');
    expect(await triggers.legacyUser('Mixed@Example.com')).toEqual({
      issuer: before,
      subject: 'mixed',
      passwordHash: hash,
      confirmed: true,
      banned: false,
    });
    expect(await triggers.legacyUser('nobody@example.com')).toBeUndefined();
  });

  it('may have no password, but none that is no bcrypt hash', async () => {
    await add('passwordless@example.com', 'passwordless', null);
    expect(await triggers.legacyUser('passwordless@example.com')).toMatchObject({ passwordHash: null });
    await expect(add('plain@example.com', 'plain', 'hunter2')).rejects.toThrow('password_hash_check');
  });
});

describe('the role of the triggers', () => {
  it('may do nothing but its functions', async () => {
    const client = await test.connect('identity');
    for (const sql of [
      'select * from landfall.users',
      'select * from landfall.identities',
      'select * from landfall.legacy_users',
      'select * from landfall.documents',
      `select landfall.identify('a', 'b', null)`,
      `select landfall.identify('a', 'b', null, null)`,
      'select landfall.act_as_service()',
    ]) {
      await expect(client.query(sql)).rejects.toThrow('permission denied');
    }
  });

  it('gives up after 2 s, because Cognito waits 5 s for a trigger', async () => {
    const client = await test.connect('identity');
    const { rows } = await client.query(
      `select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock`,
    );
    expect(rows).toEqual([{ statement: '2s', lock: '2s' }]);
  });

  it.each(['app', 'maintenance'] as const)('is alone with its functions: not for %s', async (role) => {
    const client = await test.connect(role);
    for (const sql of [
      `select landfall.register_identity('a', 'b', null, null, null)`,
      `select * from landfall.legacy_user('user@example.com')`,
      'select * from landfall.legacy_users',
    ]) {
      await expect(client.query(sql)).rejects.toThrow('permission denied');
    }
  });
});
