import { randomUUID } from 'node:crypto';
import { register } from '../../../lambdas/post-confirmation/register';
import { type IdentityDatabase, openIdentityDatabase } from '../../../lambdas/shared/identity-database';
import { logger } from '../../../lambdas/shared/logger';
import { personOf } from '../../../lambdas/shared/user-pool';
import { startTestDatabase, type TestDatabase } from '../../support/database';
import { type SilentServer, startSilentServer } from '../../support/silent-server';

logger.setLogLevel('SILENT');

let test: TestDatabase;
let silent: SilentServer;
let database: IdentityDatabase;

beforeAll(async () => {
  test = await startTestDatabase();
  silent = await startSilentServer();
  database = openIdentityDatabase(async () => test.target('identity'));
}, 60_000);
afterAll(async () => {
  await database?.close();
  await silent?.close();
  await test?.close();
});

const person = (attributes: Record<string, string> = {}) =>
  personOf({
    region: 'eu-central-1',
    userPoolId: 'eu-central-1_AbCdEfGhI',
    request: { userAttributes: { sub: randomUUID(), email: 'user@example.com', ...attributes } },
  });

const rowsOf = async (subject: string) =>
  (
    await test.admin.query(
      `select i.issuer, u.email from landfall.identities i join landfall.users u on u.id = i.user_id where i.subject = $1`,
      [subject],
    )
  ).rows;

it('makes the user and the identity under the issuer that the pool’s tokens name', async () => {
  const someone = person();
  await register({ database }, someone);
  expect(await rowsOf(someone.identity.subject)).toEqual([
    {
      issuer: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI',
      email: 'user@example.com',
    },
  ]);
});

it('makes one user when Cognito asks several times, also at once', async () => {
  const someone = person();
  const others = Array.from({ length: 3 }, () => openIdentityDatabase(async () => test.target('identity')));
  await Promise.all(others.map((other) => register({ database: other }, someone)));
  await register({ database }, someone);
  expect(await rowsOf(someone.identity.subject)).toHaveLength(1);
  await Promise.all(others.map((other) => other.close()));
});

it('does not fail a confirmation that has happened, and keeps within Cognito’s time, when the database is silent', async () => {
  const unreachable = openIdentityDatabase(async () => ({ ...test.target('identity'), port: silent.port }));
  const start = Date.now();
  await expect(register({ database: unreachable }, person())).resolves.toBeUndefined();
  expect(Date.now() - start).toBeLessThan(4_000);
  await unreachable.close();
});
