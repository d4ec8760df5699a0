import { randomUUID } from 'node:crypto';
import { userIdOf } from '../../../lambdas/pre-token-generation/user-id';
import { type IdentityDatabase, openIdentityDatabase } from '../../../lambdas/shared/identity-database';
import { logger } from '../../../lambdas/shared/logger';
import { personOf } from '../../../lambdas/shared/user-pool';
import { startTestDatabase, type TestDatabase } from '../../support/database';
import { type SilentServer, startSilentServer } from '../../support/silent-server';

logger.setLogLevel('SILENT');

let test: TestDatabase;
let silent: SilentServer;
let database: IdentityDatabase;
let unreachable: IdentityDatabase;

beforeAll(async () => {
  test = await startTestDatabase();
  silent = await startSilentServer();
  database = openIdentityDatabase(async () => test.target('identity'));
  unreachable = openIdentityDatabase(async () => ({ ...test.target('identity'), port: silent.port }));
}, 60_000);
afterAll(async () => {
  await unreachable?.close();
  await database?.close();
  await silent?.close();
  await test?.close();
});

const region = 'eu-central-1';
const userPoolId = 'eu-central-1_AbCdEfGhI';
const legacyIssuer = 'https://old.supabase.co/auth/v1';
const event = (userAttributes: Record<string, string> = {}) => ({
  region,
  userPoolId,
  request: { userAttributes: { sub: randomUUID(), email: 'user@example.com', ...userAttributes } },
});
const local = () => personOf(event());
const migrated = (legacySubject: string = randomUUID()) =>
  personOf(event({ 'custom:legacy_issuer': legacyIssuer, 'custom:legacy_subject': legacySubject }));

it('names the user that the API finds for the same token', async () => {
  const person = local();
  const userId = await userIdOf({ database }, person);
  expect(await test.open().withUser(person.identity, async (tx) => tx.userId)).toBe(userId);
  expect(await userIdOf({ database }, person)).toBe(userId);
});

it('leads somebody who came from elsewhere to the user they were there', async () => {
  const subject = randomUUID();
  const before = await test.open().withUser({ issuer: legacyIssuer, subject }, async (tx) => tx.userId);
  expect(await userIdOf({ database }, migrated(subject))).toBe(before);
});

it('gives somebody who came from elsewhere, and was never here, the id they had there', async () => {
  const subject = randomUUID();
  expect(await userIdOf({ database }, migrated(subject))).toBe(subject);
});

it('takes somebody with half a past for somebody without one', () => {
  expect(personOf(event({ 'custom:legacy_issuer': legacyIssuer })).legacy).toBeUndefined();
  expect(() => personOf(event({ sub: '' }))).toThrow('sub');
});

it('refuses an account that was deleted, in a sentence for its owner', async () => {
  for (const person of [local(), migrated()]) {
    const userId = await userIdOf({ database }, person);
    await test.admin.query('update landfall.users set deleted_at = now() where id = $1', [userId]);
    await expect(userIdOf({ database }, person)).rejects.toThrow(/^This account was deleted$/);
  }
});

describe('while the database is silent', () => {
  const timed = async (task: () => Promise<unknown>) => {
    const start = Date.now();
    await task();
    return Date.now() - start;
  };

  it('lets users in without the claim, in time for Cognito', async () => {
    const took = await timed(async () => {
      expect(await userIdOf({ database: unreachable }, local())).toBeUndefined();
    });
    expect(took).toBeLessThan(3_000);
  });

  it('refuses those who came from elsewhere, in time for Cognito', async () => {
    const took = await timed(() =>
      expect(userIdOf({ database: unreachable }, migrated())).rejects.toThrow('not possible right now'),
    );
    expect(took).toBeLessThan(3_000);
  });

  it('does so as well when the database vanishes under an open connection and does not come back', async () => {
    const targets = [test.target('identity'), { ...test.target('identity'), port: silent.port }];
    const lost = openIdentityDatabase(async () => targets.shift() ?? test.target('identity'));
    await userIdOf({ database: lost }, local());
    await test.admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'identity'`,
    );
    const took = await timed(async () => {
      expect(await userIdOf({ database: lost }, local())).toBeUndefined();
    });
    expect(took).toBeLessThan(3_000);
    expect(await userIdOf({ database: lost }, local())).toMatch(/^[0-9a-f-]{36}$/);
    await lost.close();
  });
});

it('gives up on a user whose row somebody holds for long, and serves the next one', async () => {
  const person = local();
  await userIdOf({ database }, person);
  const holder = await test.connect('owner');
  await holder.query('set role migrator');
  await holder.query('begin');
  await holder.query('lock table landfall.identities in access exclusive mode');
  const start = Date.now();
  expect(await userIdOf({ database }, person)).toBeUndefined();
  expect(Date.now() - start).toBeLessThan(3_000);
  await holder.query('rollback');
  expect(await userIdOf({ database }, person)).toMatch(/^[0-9a-f-]{36}$/);
});
