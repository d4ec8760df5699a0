import {
  CognitoIdentityProviderClient,
  GetUserCommand,
  GlobalSignOutCommand,
  InitiateAuthCommand,
  RevokeTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { CognitoJwtVerifier } from 'aws-jwt-verify';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import { CLIENT, claimsOf, declarePool, error, Password, type RunningPool, startPool } from './running-pool';

let pool: RunningPool;
let aws: RunningPool['aws'];
let client: RunningPool['client'];
let UserPoolId: string;
let ClientId: string;
let user: RunningPool['user'];
let tokensOf: RunningPool['tokensOf'];

beforeAll(async () => {
  pool = await startPool();
  ({ aws, client, UserPoolId, ClientId, user, tokensOf } = pool);
});
afterEach(() => {
  aws.offset = 0;
});
afterAll(() => pool.stop());

const refresh = (token: string | undefined, more = {}) =>
  client.send(
    new InitiateAuthCommand({
      ClientId,
      AuthFlow: 'REFRESH_TOKEN_AUTH',
      AuthParameters: { REFRESH_TOKEN: token ?? '' },
      ...more,
    }),
  );

describe('tokens', () => {
  test('are accepted by aws-jwt-verify with the keys of the endpoint, each for its use', async () => {
    const email = await user('tokens@example.com');
    const tokens = await tokensOf(email);
    const fetcher = {
      fetch: async (uri: string) =>
        (await fetch(uri.replace('https://cognito-idp.us-east-1.amazonaws.com', aws.url))).arrayBuffer(),
    };
    const verify = (tokenUse: 'id' | 'access', token = '') =>
      CognitoJwtVerifier.create(
        { userPoolId: UserPoolId, clientId: ClientId, tokenUse },
        { jwksCache: new SimpleJwksCache({ fetcher }) },
      ).verify(token);
    const id = await verify('id', tokens.IdToken);
    const access = await verify('access', tokens.AccessToken);
    const shared = {
      iss: `https://cognito-idp.us-east-1.amazonaws.com/${UserPoolId}`,
      sub: expect.stringMatching(/^[0-9a-f-]{36}$/),
      origin_jti: expect.any(String),
      event_id: expect.any(String),
      jti: expect.any(String),
      auth_time: expect.any(Number),
    };
    expect(id).toEqual({
      ...shared,
      aud: ClientId,
      token_use: 'id',
      email,
      email_verified: true,
      'cognito:username': id.sub,
      iat: expect.any(Number),
      exp: id.iat + 1800,
    });
    expect(access).toEqual({
      ...shared,
      client_id: ClientId,
      token_use: 'access',
      scope: 'aws.cognito.signin.user.admin',
      username: id.sub,
      iat: expect.any(Number),
      exp: access.iat + 900,
    });
    expect(access.origin_jti).toBe(id.origin_jti);
    await expect(verify('id', tokens.AccessToken)).rejects.toThrow();
    await expect(verify('access', tokens.IdToken)).rejects.toThrow();
    await expect(verify('id', `${tokens.IdToken?.slice(0, -6)}AAAAAA`)).rejects.toThrow();
    expect(tokens).toMatchObject({ ExpiresIn: 900, TokenType: 'Bearer' });
  });

  test('are announced by the OpenID configuration of the pool', async () => {
    const configuration = await (
      await fetch(`${aws.url}/${UserPoolId}/.well-known/openid-configuration`)
    ).json();
    expect(configuration).toMatchObject({
      issuer: `https://cognito-idp.us-east-1.amazonaws.com/${UserPoolId}`,
      id_token_signing_alg_values_supported: ['RS256'],
    });
    expect((await fetch(`${aws.url}/us-east-1_AAAAAAAAA/.well-known/jwks.json`)).status).toBe(403);
  });

  test('are refreshed, without a new refresh token, until it expires or is revoked', async () => {
    const email = await user('refresh@example.com');
    const tokens = await tokensOf(email);
    const { AuthenticationResult: again } = await refresh(tokens.RefreshToken);
    expect(again?.RefreshToken).toBeUndefined();
    const [before, after] = [claimsOf(tokens.IdToken), claimsOf(again?.IdToken)];
    expect([after.origin_jti, after.auth_time, after.sub]).toEqual([
      before.origin_jti,
      before.auth_time,
      before.sub,
    ]);
    expect(after.jti).not.toBe(before.jti);
    await expect(refresh('nonsense')).rejects.toEqual(
      error('NotAuthorizedException', 'Invalid Refresh Token'),
    );
    aws.offset = 86_401_000;
    await expect(refresh(tokens.RefreshToken)).rejects.toEqual(error('NotAuthorizedException', 'expired'));
    aws.offset = 0;
    const others = await tokensOf(email);
    await client.send(new RevokeTokenCommand({ ClientId, Token: others.RefreshToken }));
    await expect(refresh(others.RefreshToken)).rejects.toEqual(error('NotAuthorizedException', 'revoked'));
    await expect(client.send(new GetUserCommand({ AccessToken: others.AccessToken }))).rejects.toEqual(
      error('NotAuthorizedException', 'revoked'),
    );
    await client.send(new RevokeTokenCommand({ ClientId, Token: 'unknown' }));
  });

  test('belong to their client', async () => {
    const other = await aws.cognito.createClient({
      key: 'auth/Other',
      poolId: UserPoolId,
      properties: CLIENT,
    });
    const { RefreshToken } = await tokensOf(await user('client@example.com'));
    await expect(refresh(RefreshToken, { ClientId: other.id })).rejects.toEqual(
      error('NotAuthorizedException', 'Invalid Refresh Token'),
    );
  });

  test('of access read their user, until all are signed out', async () => {
    const email = await user('everywhere@example.com');
    const [one, two] = [await tokensOf(email), await tokensOf(email)];
    const { UserAttributes = [] } = await client.send(new GetUserCommand({ AccessToken: one.AccessToken }));
    expect(UserAttributes).toContainEqual({ Name: 'email', Value: email });
    await expect(client.send(new GetUserCommand({ AccessToken: one.IdToken }))).rejects.toEqual(
      error('NotAuthorizedException', 'Invalid Access Token'),
    );
    await client.send(new GlobalSignOutCommand({ AccessToken: one.AccessToken }));
    await expect(client.send(new GetUserCommand({ AccessToken: two.AccessToken }))).rejects.toEqual(
      error('NotAuthorizedException', 'revoked'),
    );
    await expect(refresh(two.RefreshToken)).rejects.toEqual(error('NotAuthorizedException', 'revoked'));
  });

  test('with the algorithm none, or a key of one’s own, are refused', async () => {
    const { AccessToken = '' } = await tokensOf(await user('forged@example.com'));
    const [, body = '', signature = ''] = AccessToken.split('.');
    const head = (header: object) => Buffer.from(JSON.stringify(header)).toString('base64url');
    for (const forged of [
      `${head({ alg: 'none' })}.${body}.`,
      `${head({ alg: 'RS256', kid: 'x' })}.${body}.${signature}`,
    ])
      await expect(client.send(new GetUserCommand({ AccessToken: forged }))).rejects.toEqual(
        error('NotAuthorizedException'),
      );
  });
});

test('users, tokens and keys survive a kill: the next process knows all that was answered', async () => {
  const email = await user('kept@example.com');
  const tokens = await tokensOf(email);
  const again = await aws.restart();
  const { poolId, clientId } = await declarePool(again);
  expect([poolId, clientId]).toEqual([UserPoolId, ClientId]);
  expect(again.cognito.jwks(UserPoolId)).toEqual(aws.cognito.jwks(UserPoolId));
  const next = new CognitoIdentityProviderClient(again.client);
  await next.send(new GetUserCommand({ AccessToken: tokens.AccessToken }));
  await next.send(
    new InitiateAuthCommand({
      ClientId,
      AuthFlow: 'REFRESH_TOKEN_AUTH',
      AuthParameters: { REFRESH_TOKEN: tokens.RefreshToken ?? '' },
    }),
  );
  await next.send(
    new InitiateAuthCommand({
      ClientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: email, PASSWORD: Password },
    }),
  );
  next.destroy();
  await again.close();
});
