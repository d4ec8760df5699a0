import { createServer } from 'node:net';
import { connectAsOwner } from '../../../lambdas/migrations/owner';
import type { Target } from '../../../lambdas/shared/connection';
import { startTestDatabase, type TestDatabase } from '../../support/database';

let database: TestDatabase;
let owner: Target;
const refused = (): Target => ({ ...owner, password: 'not the password' });

beforeAll(async () => {
  database = await startTestDatabase();
  owner = database.target('owner');
});

afterAll(() => database.close());

async function userOf(signIn: Parameters<typeof connectAsOwner>[0]): Promise<string> {
  const client = await connectAsOwner(signIn);
  try {
    return (await client.query('select session_user as name')).rows[0].name;
  } finally {
    await client.end();
  }
}

it('signs in by password while the server takes it, and then makes no token', async () => {
  const token = jest.fn();
  expect(await userOf({ password: owner, token })).toBe(owner.user);
  expect(token).not.toHaveBeenCalled();
});

it('signs in by token once the server refuses the password', async () => {
  expect(await userOf({ password: refused(), token: async () => owner })).toBe(owner.user);
});

it('reports a refused password where there are no tokens', async () => {
  await expect(connectAsOwner({ password: refused() })).rejects.toMatchObject({ code: '28P01' });
});

it('does not take a server that cannot be reached for one that refuses', async () => {
  const closed = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => closed.once('listening', resolve));
  const { port } = closed.address() as { port: number };
  await new Promise((resolve) => closed.close(resolve));
  const token = jest.fn();
  await expect(connectAsOwner({ password: { ...owner, port }, token })).rejects.toMatchObject({
    code: 'ECONNREFUSED',
  });
  expect(token).not.toHaveBeenCalled();
});

it('needs the token because the owner, who made the roles, counts as a member of theirs', async () => {
  const { rows } = await database.admin.query(
    `select current_setting('server_version_num')::int >= 160000 as expected, pg_has_role($1, 'app', 'member') as member`,
    [owner.user],
  );
  expect(rows[0].member).toBe(rows[0].expected);
});
