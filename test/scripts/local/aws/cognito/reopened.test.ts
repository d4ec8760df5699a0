import { readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  AdminAddUserToGroupCommand,
  AdminDeleteUserCommand,
  AdminSetUserPasswordCommand,
  CreateGroupCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { declarePool, error, Password, poolOf, type RunningPool, startPool } from './running-pool';

let pool: RunningPool;
const reopened: RunningPool[] = [];

beforeAll(async () => {
  pool = await startPool();
});
afterEach(async () => {
  for (const { client, aws } of reopened.splice(0)) {
    client.destroy();
    await aws.close();
  }
});
afterAll(() => pool.stop());

const linesOf = async ({ aws, UserPoolId }: RunningPool) => {
  const text = await readFile(path.join(aws.directory, 'cognito', `${UserPoolId}.jsonl`), 'utf8');
  return text.split('\n').length - 1;
};

/** As after a kill: the running endpoint is neither closed nor flushed. */
async function reopen(): Promise<RunningPool> {
  const aws = await pool.aws.restart();
  const { poolId, clientId } = await declarePool(aws);
  const again = poolOf(aws, poolId, clientId);
  reopened.push(again);
  return again;
}

test('a pool that is opened again has its users under every name, in their groups, in their order, without those who went', async () => {
  const { client, UserPoolId } = pool;
  await client.send(new CreateGroupCommand({ UserPoolId, GroupName: 'admin' }));
  const names = ['a@example.com', 'b@example.com', 'c@example.com'];
  for (const name of names) await pool.user(name);
  await client.send(
    new AdminAddUserToGroupCommand({ UserPoolId, Username: 'c@example.com', GroupName: 'admin' }),
  );
  const { RefreshToken } = await pool.tokensOf('a@example.com');
  await client.send(new AdminDeleteUserCommand({ UserPoolId, Username: 'b@example.com' }));

  const again = await reopen();
  const found = again.aws.cognito.pool(UserPoolId);
  expect(found.list().map(({ attributes }) => attributes.email)).toEqual(['a@example.com', 'c@example.com']);
  expect(found.find('B@example.com')).toBeUndefined();
  const sub = pool.aws.cognito.pool(UserPoolId).find('c@example.com')?.sub ?? '';
  expect(found.find(sub)?.attributes.email).toBe('c@example.com');
  expect(found.users.inGroup('admin')).toHaveLength(1);
  expect(found.sessionOf(RefreshToken ?? '')?.username).toBe(found.find('a@example.com')?.username);
  await again.signIn('c@example.com');
  await expect(again.signIn('b@example.com')).rejects.toEqual(error('NotAuthorizedException'));
});

test('opening again drops what is superseded, and the next opening finds the same', async () => {
  const { client, UserPoolId } = pool;
  for (let i = 0; i < 30; i++)
    await client.send(
      new AdminSetUserPasswordCommand({ UserPoolId, Username: 'a@example.com', Password, Permanent: true }),
    );
  const before = await linesOf(pool);
  const once = await reopen();
  const after = await linesOf(pool);
  expect(before).toBeGreaterThan(30);
  expect(after).toBeLessThan(10);
  const users = once.aws.cognito.pool(UserPoolId).list();
  const twice = await reopen();
  expect(twice.aws.cognito.pool(UserPoolId).list()).toEqual(users);
  await twice.signIn('a@example.com');
});
