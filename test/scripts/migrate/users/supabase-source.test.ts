import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { ensureCertificates } from '../../../../scripts/local/certificates';
import { type SupabaseOptions, supabaseSource } from '../../../../scripts/migrate/users/supabase-source';
import type { SourceUser } from '../../../../scripts/migrate/users/user';
import { type AdminApi, json, serviceRoleKey, startAdminApi } from './admin-api';

let api: AdminApi;
beforeEach(async () => {
  api = await startAdminApi();
});
afterEach(() => api.close());

const listed = (index: number, more = {}) => ({
  id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
  email: `user-${index}@example.com`,
  created_at: new Date(1_700_000_000_000 + index * 1000).toISOString(),
  email_confirmed_at: '2024-05-06T07:08:09.123456Z',
  app_metadata: { provider: 'email', providers: ['email'] },
  user_metadata: {},
  is_anonymous: false,
  ...more,
});

const logs: string[] = [];
async function read(more: Partial<SupabaseOptions> = {}): Promise<SourceUser[]> {
  logs.length = 0;
  const source = supabaseSource({
    url: api.url,
    serviceRoleKey,
    now: Date.parse('2026-01-01'),
    interrupted: new AbortController().signal,
    log: (line) => logs.push(line),
    perPage: 10,
    retryBaseMs: 1,
    ...more,
  });
  const users: SourceUser[] = [];
  for await (const user of source.users()) users.push(user);
  return users;
}

test('every page is read', async () => {
  api.users = Array.from({ length: 37 }, (_, index) => listed(index));
  const ids = (await read()).map(({ id }) => id);
  expect(ids.sort()).toEqual(api.users.map(({ id }) => id));
  // The first for their number, four pages, and the last again for those who signed up meanwhile.
  expect(api.requests).toHaveLength(6);
});

test('a server that gives smaller pages than asked for is read completely', async () => {
  api.users = Array.from({ length: 37 }, (_, index) => listed(index));
  expect(await read({ perPage: 500 })).toHaveLength(37);
  api.largestPage = 5;
  expect(await read({ perPage: 500 })).toHaveLength(37);
});

test('nobody in it is nobody', async () => {
  expect(await read()).toEqual([]);
});

test('what the API says of a user is understood', async () => {
  api.users = [
    listed(1, {
      user_metadata: { full_name: 'Ann' },
      banned_until: '2999-01-01T00:00:00Z',
      email_confirmed_at: undefined,
    }),
    listed(2, { app_metadata: { provider: 'google', providers: ['google'] } }),
    listed(3, { is_anonymous: true, email: '' }),
    listed(4, { deleted_at: '2024-01-01T00:00:00Z' }),
  ];
  expect(await read()).toMatchObject([
    { name: 'Ann', banned: true, confirmed: false, password: 'unknown', createdAt: api.users[0]?.created_at },
    { password: 'no', confirmed: true, banned: false, kind: 'person' },
    { kind: 'anonymous', email: undefined },
    { kind: 'deleted' },
  ]);
});

test.each([1, 2, 3, 4])(
  'nobody is missed when others sign up and are deleted before request %i',
  async (at) => {
    api.users = Array.from({ length: 35 }, (_, index) => listed(index));
    const stay = api.users.slice(9).map(({ id }) => id);
    api.intercept = () => {
      if (api.requests.length === at) {
        api.users.splice(0, 9);
        api.users.push(listed(100), listed(101));
      }
      return false;
    };
    const ids = (await read()).map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining([...stay, listed(100).id, listed(101).id]));
    expect(new Set(ids).size).toBe(ids.length);
  },
);

test('users who fall between pages because their order is not stable are missed aloud', async () => {
  api.users = Array.from({ length: 25 }, (_, index) => listed(index, { created_at: '2024-01-01T00:00:00Z' }));
  api.intercept = () => {
    api.users.reverse();
    return false;
  };
  await expect(read()).rejects.toThrow(/lists 25 users but its pages held \d+: [\s\S]*export auth\.users/);
});

test('it waits as long as a 429 asks for, and goes on', async () => {
  api.users = Array.from({ length: 15 }, (_, index) => listed(index));
  let refused = 0;
  api.intercept = (_, response) =>
    ++refused === 2 && json(response, 429, { code: 429, msg: 'slow down' }, { 'retry-after': '1' });
  const started = performance.now();
  expect(await read()).toHaveLength(15);
  expect(performance.now() - started).toBeGreaterThan(990);
  expect(logs).toEqual([expect.stringContaining('answered 429; again in 1 s')]);
});

test.each([
  ['a server error', 500],
  ['a broken gateway', 502],
])('%s is tried again', async (_, status) => {
  api.users = [listed(1)];
  let first = true;
  api.intercept = (_request, response) => {
    const now = first;
    first = false;
    return now && json(response, status, {});
  };
  expect(await read()).toHaveLength(1);
});

test('a lost connection is tried again', async () => {
  api.users = [listed(1)];
  let first = true;
  api.intercept = (request) => {
    const now = first;
    first = false;
    if (now) request.socket.destroy();
    return now;
  };
  expect(await read()).toHaveLength(1);
});

test('a wrong key is refused at once, with what is needed, and without the key', async () => {
  const failure = read({ serviceRoleKey: 'anon-key' });
  await expect(failure).rejects.toThrow(
    /refused the key \(401\)[\s\S]*SUPABASE_SERVICE_ROLE_KEY must be the service_role/,
  );
  await expect(failure).rejects.not.toThrow('anon-key');
  expect(api.requests).toHaveLength(1);
});

test('a place that is no Supabase is named', async () => {
  await expect(read({ url: `${api.url}/elsewhere` })).rejects.toThrow(/no Supabase Auth \(404\)/);
  api.intercept = (_, response) => json(response, 200, { hello: 'world' });
  await expect(read()).rejects.toThrow('something else than a page of users');
});

test('the key does not follow a redirect', async () => {
  const other = await startAdminApi();
  api.intercept = (_, response) => {
    response.writeHead(302, { location: `${other.url}/auth/v1/admin/users` }).end();
    return true;
  };
  const failure = await read().catch((error: Error) => error.message);
  await other.close();
  expect(failure).toContain(`redirects to ${other.url}`);
  expect(other.requests).toEqual([]);
});

test('a server that is not there is named with the reason', async () => {
  await api.close();
  await expect(read()).rejects.toThrow(/cannot be reached: .*ECONNREFUSED.*Check --from/);
});

test('a certificate that nobody vouches for is refused, with the way to trust it', async () => {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'landfall-tls-'));
  const server = createServer(await ensureCertificates(directory), (_, response) => void response.end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await expect(read({ url })).rejects.toThrow(/certificate[\s\S]*NODE_EXTRA_CA_CERTS/);
  server.close();
  await rm(directory, { recursive: true });
});
