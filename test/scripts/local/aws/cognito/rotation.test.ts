import {
  GetTokensFromRefreshTokenCommand,
  GetUserCommand,
  InitiateAuthCommand,
  RevokeTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { CLIENT, claimsOf, error, type RunningPool, startPool } from './running-pool';

let pool: RunningPool;

const rotating = (graceSeconds: number) => ({
  ...CLIENT,
  ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
  RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: graceSeconds },
});

beforeAll(async () => {
  pool = await startPool({}, rotating(60));
});
afterEach(() => {
  pool.aws.offset = 0;
});
afterAll(() => pool.stop());

const refresh = (RefreshToken: string | undefined, ClientId = pool.ClientId) =>
  pool.client.send(new GetTokensFromRefreshTokenCommand({ ClientId, RefreshToken }));

test('each refresh token is followed by another one of the same sign-in, which ends when the first would have', async () => {
  const first = await pool.tokensOf(await pool.user('rotates@example.com'));
  const { AuthenticationResult: second } = await refresh(first.RefreshToken);
  expect(second?.RefreshToken).toBeDefined();
  expect(second?.RefreshToken).not.toBe(first.RefreshToken);
  const [before, after] = [claimsOf(first.AccessToken), claimsOf(second?.AccessToken)];
  expect([after.origin_jti, after.auth_time]).toEqual([before.origin_jti, before.auth_time]);
  pool.aws.offset = 86_401_000;
  await expect(refresh(second?.RefreshToken)).rejects.toEqual(error('NotAuthorizedException', 'expired'));
});

test('a client that lost the answer may ask again within the grace period, and is found out after it', async () => {
  const first = await pool.tokensOf(await pool.user('grace@example.com'));
  const { AuthenticationResult: second } = await refresh(first.RefreshToken);
  pool.aws.offset = 59_000;
  const { AuthenticationResult: again } = await refresh(first.RefreshToken);
  pool.aws.offset = 61_000;
  await expect(refresh(first.RefreshToken)).rejects.toEqual(error('RefreshTokenReuseException'));
  await refresh(second?.RefreshToken);
  await refresh(again?.RefreshToken);
});

test('without a grace period a token serves once, also when it is used twice at the same time', async () => {
  const { id } = await pool.aws.cognito.createClient({
    key: 'auth/Strict',
    poolId: pool.UserPoolId,
    properties: rotating(0),
  });
  const email = await pool.user('strict@example.com');
  const { RefreshToken } = await pool.aws.cognito.signIn({ clientId: id, email });
  const attempts = await Promise.allSettled(Array.from({ length: 8 }, () => refresh(RefreshToken, id)));
  expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const attempt of attempts)
    if (attempt.status === 'rejected') expect(attempt.reason.name).toBe('RefreshTokenReuseException');
});

test('revoking the newest token ends the whole sign-in', async () => {
  const first = await pool.tokensOf(await pool.user('revoked@example.com'));
  const { AuthenticationResult: second } = await refresh(first.RefreshToken);
  await pool.client.send(
    new RevokeTokenCommand({ ClientId: pool.ClientId, Token: second?.RefreshToken ?? '' }),
  );
  await expect(refresh(first.RefreshToken)).rejects.toEqual(error('NotAuthorizedException', 'revoked'));
  await expect(pool.client.send(new GetUserCommand({ AccessToken: first.AccessToken }))).rejects.toEqual(
    error('NotAuthorizedException', 'revoked'),
  );
});

test('the flow REFRESH_TOKEN_AUTH is refused, and a client cannot declare both', async () => {
  const { RefreshToken = '' } = await pool.tokensOf(await pool.user('flow@example.com'));
  const attempt = new InitiateAuthCommand({
    ClientId: pool.ClientId,
    AuthFlow: 'REFRESH_TOKEN_AUTH',
    AuthParameters: { REFRESH_TOKEN: RefreshToken },
  });
  await expect(pool.client.send(attempt)).rejects.toEqual(
    error('InvalidParameterException', 'REFRESH_TOKEN_AUTH flow not enabled'),
  );
  await expect(
    pool.aws.cognito.createClient({
      key: 'auth/Both',
      poolId: pool.UserPoolId,
      properties: { ...rotating(0), ExplicitAuthFlows: ['ALLOW_REFRESH_TOKEN_AUTH'] },
    }),
  ).rejects.toThrow('RefreshTokenRotation excludes ALLOW_REFRESH_TOKEN_AUTH');
});

test('without rotation GetTokensFromRefreshToken works too, and gives no new refresh token', async () => {
  const { id } = await pool.aws.cognito.createClient({
    key: 'auth/Plain',
    poolId: pool.UserPoolId,
    properties: CLIENT,
  });
  const email = await pool.user('plain@example.com');
  const { RefreshToken } = await pool.aws.cognito.signIn({ clientId: id, email });
  const { AuthenticationResult } = await refresh(RefreshToken, id);
  expect(AuthenticationResult?.IdToken).toBeDefined();
  expect(AuthenticationResult?.RefreshToken).toBeUndefined();
  await refresh(RefreshToken, id);
});
