import { randomUUID } from 'node:crypto';
import { compare, hash } from 'bcryptjs';
import { openIdentityDatabase } from '../../../lambdas/shared/identity-database';
import { logger } from '../../../lambdas/shared/logger';
import { importedHashes } from '../../../lambdas/user-migration/hashes';
import { type MigrationDependencies, migrate } from '../../../lambdas/user-migration/migrate';
import { attributesOf, type Source } from '../../../lambdas/user-migration/source';
import { supabase } from '../../../lambdas/user-migration/supabase';
import { startTestDatabase, type TestDatabase } from '../../support/database';
import { SupabaseServer } from '../../support/supabase-server';

// The real one, watched.
jest.mock('bcryptjs', () => {
  const actual = jest.requireActual('bcryptjs');
  return { ...actual, compare: jest.fn(actual.compare) };
});

const issuer = 'https://old.supabase.co/auth/v1';
const until = new Date('2026-07-01T00:00:00Z');
const clock = () => new Date('2026-03-01T09:30:00Z');
const refusal = 'Incorrect user name or password';
const password = 'Correct-horse-7-battery';

let server: SupabaseServer;
let atSupabase: Source;
const logged: string[] = [];

beforeAll(async () => {
  server = await SupabaseServer.start();
  const serviceRoleKey = async () => server.serviceRoleKey;
  atSupabase = supabase({ url: `${server.url}/`, issuer, serviceRoleKey, clock });
  for (const level of ['info', 'warn', 'error'] as const) {
    jest.spyOn(logger, level).mockImplementation((...parts) => {
      logged.push(JSON.stringify(parts, (_, value) => (value instanceof Error ? `${value.stack}` : value)));
    });
  }
});
beforeEach(() => {
  server.instead = undefined;
  server.requests.length = 0;
  logged.length = 0;
});
afterAll(async () => {
  await server?.close();
  jest.restoreAllMocks();
});

const deps = (sources: readonly Source[] = [atSupabase]): MigrationDependencies => ({
  sources,
  clock,
  until,
});
const signIn = (username: string, secret = password, sources?: readonly Source[]) =>
  migrate(deps(sources), { username, password: secret });
const forgot = (username: string, sources?: readonly Source[]) =>
  migrate(deps(sources), { username, password: undefined });

describe('a password that Supabase knows', () => {
  it('migrates its user with id, address and name', async () => {
    const { id, email } = server.addUser({
      password,
      user_metadata: { full_name: ' Ada Lovelace ', name: 'ada' },
    });
    const account = await signIn(email);
    expect(attributesOf(account)).toEqual({
      email,
      email_verified: 'true',
      name: 'Ada Lovelace',
      'custom:legacy_issuer': issuer,
      'custom:legacy_subject': id,
    });
  });

  it('is asked about under the address in lower case', async () => {
    const { id, email } = server.addUser({ password });
    expect(await signIn(` ${email.toUpperCase()} `)).toEqual({ issuer, subject: id, email });
  });

  it.each([
    ['a wrong password', {}, 'wrong'],
    ['a user without a password', { password: undefined }, password],
    ['an address that was never confirmed', { email_confirmed_at: null }, password],
    ['a banned user', { banned_until: '2100-01-01T00:00:00Z' }, password],
  ])('is refused for %s', async (_, changed, secret) => {
    const { email } = server.addUser({ password, ...changed });
    await expect(signIn(email, secret)).rejects.toThrow(refusal);
  });

  it('is refused for somebody Supabase does not know, for no password, and for what is no address', async () => {
    for (const [name, secret] of [
      [`${randomUUID()}@example.com`, password],
      ['a@example.com', ''],
      ['ada', password],
    ]) {
      await expect(signIn(name as string, secret)).rejects.toThrow(refusal);
    }
    expect(server.requests).toEqual(['POST /auth/v1/token?grant_type=password']);
  });
});

describe('an answer of Supabase that is not as expected', () => {
  const json = (status: number, body: string) => (response: import('node:http').ServerResponse) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  const user = { id: 'x', email: 'user@example.com', email_confirmed_at: '2025-01-01T00:00:00Z' };

  it.each([
    [
      'says 200 for another address',
      json(200, JSON.stringify({ user: { ...user, email: 'other@example.com' } })),
    ],
    [
      'says 200 for a user that it marks as banned',
      json(200, JSON.stringify({ user: { ...user, banned_until: '2100-01-01T00:00:00Z' } })),
    ],
    [
      'says 200 with a ban that is no date',
      json(200, JSON.stringify({ user: { ...user, banned_until: 'forever' } })),
    ],
    [
      'says 200 for a user that it marks as deleted',
      json(200, JSON.stringify({ user: { ...user, deleted_at: '2025-01-01T00:00:00Z' } })),
    ],
    [
      'says 200 for a user without confirmation',
      json(200, JSON.stringify({ user: { ...user, email_confirmed_at: null } })),
    ],
    ['says 200 without a user', json(200, '{}')],
    ['says 200 with something else', json(200, '<html>password: hunter2</html>')],
    ['says 400 with something else', json(400, 'password: hunter2')],
    ['says that we ask too often', json(429, '{"code":429,"error_code":"over_request_rate_limit"}')],
    ['says 500', json(500, '{"code":500,"msg":"hunter2"}')],
    ['says nothing and hangs up', (response: import('node:http').ServerResponse) => response.destroy()],
    [
      'leads elsewhere',
      (response: import('node:http').ServerResponse) =>
        response.writeHead(307, { location: `${server.url}/elsewhere` }).end(),
    ],
  ])('%s: refused, and not repeated in the log', async (_, instead) => {
    server.instead = instead;
    await expect(signIn('user@example.com')).rejects.toThrow(refusal);
    await expect(forgot('user@example.com')).rejects.toThrow(refusal);
    expect(server.requests.every((request) => request.includes('/auth/v1/'))).toBe(true);
    expect(logged.length).toBeGreaterThan(0);
    expect(logged.join()).not.toMatch(/hunter2|Correct-horse|user@example\.com|service-role-key/);
  });

  it.each([
    ['it begins to answer', () => undefined],
    [
      'its answer is complete',
      (response: import('node:http').ServerResponse) => response.writeHead(200).write('{"user":'),
    ],
  ])(
    'is not waited for beyond 3.5 s until %s',
    async (_, instead) => {
      server.instead = instead;
      const start = Date.now();
      await expect(signIn('user@example.com')).rejects.toThrow(refusal);
      expect(Date.now() - start).toBeGreaterThan(3_000);
      expect(Date.now() - start).toBeLessThan(4_500);
    },
    10_000,
  );

  it('is an error in the log when our key is wrong', async () => {
    const { email } = server.addUser({ password });
    const wrong = supabase({ url: server.url, issuer, serviceRoleKey: async () => 'wrong', clock });
    await expect(signIn(email, password, [wrong])).rejects.toThrow(refusal);
    expect(logged.join()).toContain('found 401');
  });
});

describe('a password that was forgotten', () => {
  it('is set anew by a user whom Supabase knows, found by the exact address among similar ones', async () => {
    const email = `ada-${randomUUID()}@example.com`;
    for (let i = 0; i < 120; i++) server.addUser({ email: `x${i}${email}` });
    server.addUser({ user_metadata: { full_name: email } });
    const { id } = server.addUser({ email, user_metadata: { name: 'Ada' } });
    expect(attributesOf(await forgot(email.toUpperCase()))).toMatchObject({
      email,
      email_verified: 'true',
      'custom:legacy_subject': id,
      name: 'Ada',
    });
    expect(server.requests).toHaveLength(3);
  });

  it.each([
    ['is banned', { banned_until: '2100-01-01T00:00:00Z' }],
    ['never confirmed the address', { email_confirmed_at: null }],
  ])('is not set by somebody who %s', async (_, changed) => {
    const { email } = server.addUser(changed);
    await expect(forgot(email)).rejects.toThrow(refusal);
  });

  it('is set again once a ban is over', async () => {
    const { id, email } = server.addUser({ banned_until: '2026-03-01T09:30:00Z' });
    expect((await forgot(email)).subject).toBe(id);
  });

  it('is not set for an address that two users have, nor for one that nobody has', async () => {
    const { email } = server.addUser();
    server.addUser({ email });
    await expect(forgot(email)).rejects.toThrow(refusal);
    await expect(forgot(`${randomUUID()}@example.com`)).rejects.toThrow(refusal);
    await expect(forgot('example.com')).rejects.toThrow(refusal);
  });
});

describe('imported hashes', () => {
  let test: TestDatabase;
  let hashes: Source;
  let database: ReturnType<typeof openIdentityDatabase>;

  beforeAll(async () => {
    test = await startTestDatabase();
    database = openIdentityDatabase(async () => test.target('identity'));
    hashes = importedHashes(database);
  }, 60_000);
  afterAll(async () => {
    await database?.close();
    await test?.close();
  });

  async function imported({ secret = password as string | null, confirmed = true, banned = false } = {}) {
    const [email, subject] = [`${randomUUID()}@example.com`, randomUUID()];
    await test.admin.query(
      `insert into landfall.legacy_users (email, issuer, subject, password_hash, confirmed, banned)
       values ($1, $2, $3, $4, $5, $6)`,
      [email, issuer, subject, secret === null ? null : await hash(secret, 10), confirmed, banned],
    );
    return { email, subject };
  }

  it('let their users in, and let them set a new password', async () => {
    const { email, subject } = await imported();
    expect(await signIn(email.toUpperCase(), password, [hashes])).toEqual({ issuer, subject, email });
    expect(await forgot(email, [hashes])).toEqual({ issuer, subject, email });
  });

  it.each([
    ['a wrong password', {}, 'wrong'],
    ['a user without a password', { secret: null }, password],
    ['an address that was never confirmed', { confirmed: false }, password],
    ['a banned user', { banned: true }, password],
  ])('refuse %s', async (_, changed, secret) => {
    const { email } = await imported(changed);
    await expect(signIn(email, secret, [hashes])).rejects.toThrow(refusal);
    if (secret === password && !('secret' in changed)) {
      await expect(forgot(email, [hashes])).rejects.toThrow(refusal);
    }
  });

  it('are asked before Supabase, which is asked about users and passwords they do not know', async () => {
    const both = [hashes, atSupabase];
    const { email, subject } = await imported();
    server.addUser({ email, password: 'changed-since' });
    expect((await signIn(email, password, both)).subject).toBe(subject);
    expect(server.requests).toEqual([]);
    expect((await signIn(email, 'changed-since', both)).issuer).toBe(issuer);
    const { id, email: onlyThere } = server.addUser({ password });
    expect((await signIn(onlyThere, password, both)).subject).toBe(id);
  });

  it('end it for a banned user, whom Supabase is not asked about', async () => {
    const { email } = await imported({ banned: true });
    server.addUser({ email, password });
    await expect(signIn(email, password, [hashes, atSupabase])).rejects.toThrow(refusal);
    expect(server.requests).toEqual([]);
  });

  it('end it when the database cannot be reached, although Supabase could be', async () => {
    const { email } = server.addUser({ password });
    const closed = openIdentityDatabase(async () => ({ ...test.target('identity'), port: 1 }));
    await expect(signIn(email, password, [importedHashes(closed), atSupabase])).rejects.toThrow(refusal);
    expect(server.requests).toEqual([]);
  });

  it('compare the password of somebody they do not know as well, at the same cost, so that time does not tell', async () => {
    const { email } = await imported();
    for (const name of [email, `${randomUUID()}@example.com`]) {
      jest.mocked(compare).mockClear();
      await expect(signIn(name, 'wrong', [hashes])).rejects.toThrow(refusal);
      expect(jest.mocked(compare).mock.calls).toEqual([
        ['wrong', expect.stringMatching(/^\$2b\$10\$.{53}$/)],
      ]);
    }
  });
});

it('nobody migrates any more when the time is over, and no source is asked', async () => {
  const { email } = server.addUser({ password });
  const over = { ...deps(), clock: () => until };
  await expect(migrate(over, { username: email, password })).rejects.toThrow(refusal);
  await expect(migrate(over, { username: email, password: undefined })).rejects.toThrow(refusal);
  expect(server.requests).toEqual([]);
  const just = { ...deps(), clock: () => new Date(until.getTime() - 1) };
  expect((await migrate(just, { username: email, password })).email).toBe(email);
});
