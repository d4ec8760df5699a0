import { createHash } from 'node:crypto';
import {
  AdminCreateUserCommand,
  AdminDisableUserCommand,
  CognitoIdentityProviderClient,
  GetUserCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { CognitoJwtVerifier } from 'aws-jwt-verify';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import type { Page } from './browser';
import {
  authorizeUrl,
  CALLBACK,
  claimsOf,
  OTHER_CALLBACK,
  pkce,
  type RunningDomain,
  signIn,
  startDomain,
} from './running-domain';

let domain: RunningDomain;
beforeAll(async () => {
  domain = await startDomain();
  await domain.administrator.send(
    new AdminCreateUserCommand({
      UserPoolId: domain.poolId,
      Username: 'ann@example.com',
      MessageAction: 'SUPPRESS',
      UserAttributes: [
        { Name: 'email_verified', Value: 'true' },
        { Name: 'name', Value: 'Ann' },
        { Name: 'phone_number', Value: '+49301234567' },
      ],
    }),
  );
  await domain.user('ann@example.com');
});
afterEach(() => {
  domain.aws.offset = 0;
});
afterAll(() => domain.stop());

const read = (page: Page) => JSON.parse(page.body);
/** A code for the client without a secret, and its verifier. */
async function code(more: Record<string, string | undefined> = {}, clientId = domain.web) {
  const { verifier, challenge } = pkce();
  const back = await signIn(domain.browser(), authorizeUrl(clientId, challenge, more), 'ann@example.com');
  return { code: back.code ?? '', verifier };
}
type Fields = Record<string, string>;
const exchange = (given: { code: string; verifier: string }, more: Fields = {}, headers: Fields = {}) =>
  domain.post(
    '/oauth2/token',
    {
      grant_type: 'authorization_code',
      client_id: domain.web,
      redirect_uri: CALLBACK,
      code: given.code,
      code_verifier: given.verifier,
      ...more,
    },
    headers,
  );
const refresh = (token: string, more: Fields = {}) =>
  domain.post('/oauth2/token', {
    grant_type: 'refresh_token',
    client_id: domain.web,
    refresh_token: token,
    ...more,
  });
const revoke = (token: string, more: Fields = {}) =>
  domain.post('/oauth2/revoke', { token, client_id: domain.web, ...more });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const basic = (id: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
});
const tokens = async (more: Record<string, string | undefined> = {}) =>
  read(await exchange(await code(more)));
const error = (name: string, description = '') => ({
  error: name,
  error_description: expect.stringContaining(description),
});

describe('a code', () => {
  test('is exchanged for tokens like Cognito’s, which carry the scopes, the nonce and the hash of each other', async () => {
    const page = await exchange(await code({ nonce: 'n-0S6_WzA2Mj' }));
    expect(page.status).toBe(200);
    expect(page.headers).toMatchObject({
      'content-type': 'application/json;charset=UTF-8',
      'cache-control': 'no-store',
      'access-control-allow-origin': '*',
    });
    const { access_token, id_token, ...more } = read(page);
    expect(more).toEqual({ refresh_token: expect.any(String), expires_in: 3600, token_type: 'Bearer' });
    const access = claimsOf(access_token);
    expect(access).toMatchObject({
      scope: 'openid email',
      version: 2,
      token_use: 'access',
      client_id: domain.web,
      username: access.sub,
    });
    const id = claimsOf(id_token);
    expect(id).toMatchObject({
      nonce: 'n-0S6_WzA2Mj',
      at_hash: createHash('sha256').update(access_token).digest().subarray(0, 16).toString('base64url'),
      email: 'ann@example.com',
      email_verified: true,
      aud: domain.web,
      sub: access.sub,
      origin_jti: access.origin_jti,
    });
    // Neither was granted.
    expect(id).not.toHaveProperty('name');
    expect(id).not.toHaveProperty('phone_number');
  });

  test('gives tokens that an application verifies by the pool’s issuer', async () => {
    const { id_token } = await tokens();
    const { aws, poolId, web } = domain;
    const fetcher = {
      fetch: async (uri: string) => (await fetch(aws.url + new URL(uri).pathname)).arrayBuffer(),
    };
    const verifier = CognitoJwtVerifier.create(
      { userPoolId: poolId, tokenUse: 'id', clientId: web },
      { jwksCache: new SimpleJwksCache({ fetcher }) },
    );
    expect(await verifier.verify(id_token)).toMatchObject({ email: 'ann@example.com' });
  });

  test.each([
    ['openid', ['email', 'name', 'phone_number']],
    ['openid profile', ['email', 'name', 'phone_number']],
    ['openid email', ['email']],
  ])('for the scope %s shows of name, e-mail and telephone: %s', async (scope, shown) => {
    const { id_token } = await tokens({ scope });
    const claims = claimsOf(id_token);
    expect(['email', 'name', 'phone_number'].filter((name) => name in claims)).toEqual(shown);
  });

  test('says in auth_time when the password was given, not when the code was used', async () => {
    const given = await code();
    domain.aws.offset = 4 * 60_000;
    const { id_token } = read(await exchange(given));
    const { auth_time, iat } = claimsOf(id_token) as { auth_time: number; iat: number };
    expect(iat - auth_time).toBeGreaterThanOrEqual(239);
  });

  test('is good for five minutes', async () => {
    const given = await code();
    domain.aws.offset = 5 * 60_000 + 1000;
    const page = await exchange(given);
    expect([page.status, read(page)]).toEqual([400, error('invalid_grant', 'expired')]);
  });

  test('used twice gives nothing the second time, and ends the session of the first', async () => {
    const given = await code();
    const { refresh_token, access_token } = read(await exchange(given));
    expect((await refresh(refresh_token)).status).toBe(200);
    const page = await exchange(given);
    expect([page.status, read(page)]).toEqual([400, error('invalid_grant', 'used before')]);
    expect(read(await refresh(refresh_token))).toEqual(error('invalid_grant', 'revoked'));
    expect((await domain.send('/oauth2/userInfo', { headers: bearer(access_token) })).status).toBe(401);
  });

  test('used by two at once leaves neither with a session', async () => {
    const given = await code();
    const pages = await Promise.all([exchange(given), exchange(given), exchange(given)]);
    const got = pages.filter(({ status }) => status === 200).map(read);
    for (const { refresh_token } of got) expect((await refresh(refresh_token)).status).toBe(400);
    expect(got.length).toBeLessThanOrEqual(1);
  });

  test.each<[string, Fields, string]>([
    ['a wrong verifier', { code_verifier: pkce().verifier }, 'code_verifier'],
    ['the challenge as verifier', { code_verifier: pkce().challenge }, 'code_verifier'],
    ['a verifier that is too short', { code_verifier: 'short' }, 'code_verifier'],
    ['another redirect_uri', { redirect_uri: OTHER_CALLBACK }, 'redirect_uri'],
    ['an address nobody registered', { redirect_uri: 'https://evil.example/' }, 'redirect_uri'],
  ])('with %s is refused, and is used up', async (_name, wrong, description) => {
    const given = await code();
    const page = await exchange(given, wrong);
    expect([page.status, read(page)]).toEqual([400, error('invalid_grant', description)]);
    expect(read(await exchange(given))).toEqual(error('invalid_grant', 'used before'));
  });

  test('without its verifier, or without redirect_uri, is refused', async () => {
    const { code: given } = await code();
    const without = {
      grant_type: 'authorization_code',
      client_id: domain.web,
      redirect_uri: CALLBACK,
      code: given,
    };
    expect(read(await domain.post('/oauth2/token', without))).toEqual(
      error('invalid_grant', 'code_verifier'),
    );
    const { redirect_uri: _redirect, ...more } = without;
    const second = await code();
    expect(
      read(
        await domain.post('/oauth2/token', { ...more, code: second.code, code_verifier: second.verifier }),
      ),
    ).toEqual(error('invalid_grant', 'redirect_uri'));
  });

  test('of one client is worth nothing to another', async () => {
    const { id, secret } = domain.confidential;
    const page = await exchange(await code(), { client_id: id }, basic(id, secret));
    expect(read(page)).toEqual(error('invalid_grant', 'another client'));
  });

  test('asked for without PKCE is refused with a verifier: somebody took the challenge away', async () => {
    const { id, secret } = domain.confidential;
    const back = await signIn(domain.browser(), authorizeUrl(id, undefined), 'ann@example.com');
    const page = await exchange(
      { code: back.code ?? '', verifier: pkce().verifier },
      { client_id: id },
      basic(id, secret),
    );
    expect(read(page)).toEqual(error('invalid_grant', 'code_verifier'));
  });

  test('is worth nothing once its user is disabled or gone', async () => {
    await domain.user('bob@example.com');
    const { verifier, challenge } = pkce();
    const browser = domain.browser();
    const { code: given = '' } = await signIn(
      browser,
      authorizeUrl(domain.web, challenge),
      'bob@example.com',
    );
    const bob = { UserPoolId: domain.poolId, Username: 'bob@example.com' };
    await domain.administrator.send(new AdminDisableUserCommand(bob));
    expect(read(await exchange({ code: given, verifier }))).toEqual(error('invalid_grant', 'disabled'));
    expect((await browser.open(authorizeUrl(domain.web, challenge))).location).toMatch(/^\/login\?/);
  });
});

describe('a client with a secret', () => {
  const codeOf = async () => {
    const back = await signIn(
      domain.browser(),
      authorizeUrl(domain.confidential.id, undefined),
      'ann@example.com',
    );
    return { grant_type: 'authorization_code', redirect_uri: CALLBACK, code: back.code ?? '' };
  };

  test('proves itself by Basic, or in the body', async () => {
    const { id, secret } = domain.confidential;
    expect((await domain.post('/oauth2/token', await codeOf(), basic(id, secret))).status).toBe(200);
    const inBody = { ...(await codeOf()), client_id: id, client_secret: secret };
    expect((await domain.post('/oauth2/token', inBody)).status).toBe(200);
  });

  test('gets nothing without it, and the code stays good for the real client', async () => {
    const { id, secret } = domain.confidential;
    const fields = await codeOf();
    for (const [more, headers] of [
      [{ client_id: id }, {}],
      [{ client_id: id, client_secret: `${secret}x` }, {}],
      [{}, basic(id, 'wrong')],
      [{}, { authorization: 'Basic !' }],
      [{}, { authorization: 'Bearer x' }],
    ] as [Fields, Fields][]) {
      const page = await domain.post('/oauth2/token', { ...fields, ...more }, headers);
      expect([page.status, read(page)]).toEqual([400, error('invalid_client')]);
    }
    expect((await domain.post('/oauth2/token', fields, basic(id, secret))).status).toBe(200);
  });

  test('is told apart from one that contradicts itself, is unknown, or has no secret to give', async () => {
    const { id, secret } = domain.confidential;
    const fields = { grant_type: 'refresh_token', refresh_token: 'x' };
    expect(
      read(await domain.post('/oauth2/token', { ...fields, client_id: domain.web }, basic(id, secret))),
    ).toEqual(error('invalid_request', 'Authorization'));
    expect(read(await domain.post('/oauth2/token', fields))).toEqual(error('invalid_request', 'client_id'));
    expect(read(await refresh('x', { client_id: 'unknown' }))).toEqual(error('invalid_client'));
    expect(read(await refresh('x', { client_secret: 'x' }))).toEqual(error('invalid_client', 'no secret'));
  });
});

describe('a refresh token', () => {
  test('gives tokens with the scopes of the sign-in, without its nonce', async () => {
    const first = await tokens({ nonce: 'n', scope: 'openid email' });
    const page = await refresh(first.refresh_token);
    const { access_token, id_token } = read(page);
    expect(page.status).toBe(200);
    expect(claimsOf(access_token)).toMatchObject({ scope: 'openid email', version: 2 });
    expect(claimsOf(id_token)).toMatchObject({ at_hash: expect.any(String), email: 'ann@example.com' });
    expect(claimsOf(id_token)).not.toHaveProperty('nonce');
    expect(claimsOf(id_token).auth_time).toBe(claimsOf(first.id_token).auth_time);
  });

  test('serves once where the client rotates them', async () => {
    const client = await domain.client('auth/Rotating', {
      RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 },
    });
    const { refresh_token: first } = read(await exchange(await code({}, client), { client_id: client }));
    const { refresh_token: second, access_token } = read(await refresh(first, { client_id: client }));
    expect(second).not.toBe(first);
    expect(claimsOf(access_token)).toMatchObject({ scope: 'openid email' });
    expect(read(await refresh(first, { client_id: client }))).toEqual(error('invalid_grant', 'rotated'));
    expect((await refresh(second, { client_id: client })).status).toBe(200);
  });

  test('that is unknown, or another client’s, is refused', async () => {
    const { refresh_token } = await tokens();
    const { id, secret } = domain.confidential;
    expect(read(await refresh('unknown'))).toEqual(error('invalid_grant'));
    expect(read(await refresh(''))).toEqual(error('invalid_request', 'refresh_token'));
    expect(read(await refresh(refresh_token, { client_id: id, client_secret: secret }))).toEqual(
      error('invalid_grant'),
    );
  });

  test('is revoked with every token of its session', async () => {
    const { refresh_token, access_token } = await tokens();
    const page = await revoke(refresh_token);
    expect([page.status, page.body]).toEqual([200, '']);
    expect(read(await refresh(refresh_token))).toEqual(error('invalid_grant', 'revoked'));
    expect((await domain.send('/oauth2/userInfo', { headers: bearer(access_token) })).status).toBe(401);
    expect((await revoke(refresh_token)).status).toBe(200);
  });
});

describe('revoking', () => {
  test('an unknown token succeeds, so that nobody learns which exist', async () => {
    expect((await revoke('unknown')).status).toBe(200);
  });

  test('is for the client the token was issued to, and refuses what is no refresh token', async () => {
    const { refresh_token, access_token } = await tokens();
    const { id, secret } = domain.confidential;
    expect(read(await revoke(refresh_token, { client_id: id, client_secret: secret }))).toEqual(
      error('invalid_request', 'another client'),
    );
    expect(read(await revoke(access_token))).toEqual(error('unsupported_token_type'));
    expect(read(await revoke(''))).toEqual(error('invalid_request', 'token'));
    const unproven = await revoke(refresh_token, { client_id: id });
    expect([unproven.status, read(unproven)]).toEqual([401, error('invalid_client')]);
    expect((await refresh(refresh_token)).status).toBe(200);
    const fixed = await domain.client('auth/Fixed', { EnableTokenRevocation: false });
    expect(read(await revoke('x', { client_id: fixed }))).toEqual(error('invalid_request', 'not enabled'));
  });
});

describe('userInfo', () => {
  test.each(['GET', 'POST'])('by %s shows what the scopes of the access token show', async (method) => {
    const { access_token } = await tokens();
    const page = await domain.send('/oauth2/userInfo', { method, headers: bearer(access_token) });
    const { sub } = claimsOf(access_token);
    expect(page.status).toBe(200);
    expect(page.headers['access-control-allow-origin']).toBe('*');
    // Text, not a boolean: Cognito’s own answer differs from its ID token here.
    expect(read(page)).toEqual({ sub, email: 'ann@example.com', email_verified: 'true', username: sub });
    const { access_token: all } = await tokens({ scope: 'openid profile' });
    expect(read(await domain.send('/oauth2/userInfo', { method, headers: bearer(all) }))).toMatchObject({
      name: 'Ann',
      phone_number: '+49301234567',
    });
  });

  test('refuses what is no access token of this pool with openid', async () => {
    const { id_token, access_token } = await tokens();
    const missing = await domain.send('/oauth2/userInfo');
    expect([missing.status, read(missing)]).toEqual([400, error('invalid_request', 'Bearer')]);
    for (const token of [id_token, `${access_token}x`, 'x.y.z']) {
      const page = await domain.send('/oauth2/userInfo', { headers: bearer(token) });
      expect([page.status, read(page)]).toEqual([401, error('invalid_token')]);
      expect(page.headers['www-authenticate']).toMatch(/^Bearer error="invalid_token"/);
    }
    const { AccessToken } = await domain.aws.cognito.signIn({
      clientId: domain.web,
      email: 'ann@example.com',
    });
    const api = await domain.send('/oauth2/userInfo', { headers: bearer(AccessToken) });
    expect([api.status, read(api)]).toEqual([401, error('invalid_token', 'openid scope')]);
  });

  test('tokens of the sign-in pages may not call the user pools API without its scope', async () => {
    const scopes = ['openid', 'aws.cognito.signin.user.admin'];
    const client = await domain.client('auth/Admin', { AllowedOAuthScopes: scopes });
    const api = new CognitoIdentityProviderClient(domain.aws.client);
    const { access_token: AccessToken } = await tokens();
    await expect(api.send(new GetUserCommand({ AccessToken }))).rejects.toThrow('required scopes');
    const given = await code({ scope: scopes.join(' ') }, client);
    const { access_token } = read(await exchange(given, { client_id: client }));
    expect((await api.send(new GetUserCommand({ AccessToken: access_token }))).Username).toBeDefined();
    api.destroy();
  });
});

describe('the endpoints', () => {
  test('know two grants', async () => {
    const other = { grant_type: 'password', client_id: domain.web, username: 'a', password: 'b' };
    expect(read(await domain.post('/oauth2/token', other))).toEqual(error('unsupported_grant_type'));
    expect(read(await domain.post('/oauth2/token', { client_id: domain.web }))).toEqual(
      error('invalid_request', 'grant_type'),
    );
  });

  test('take forms, each parameter once', async () => {
    const asJson = await domain.send('/oauth2/token', {
      headers: { 'content-type': 'application/json' },
      body: '{"grant_type":"refresh_token"}',
    });
    expect(read(asJson)).toEqual(error('invalid_request', 'x-www-form-urlencoded'));
    const twice = await domain.send('/oauth2/token', {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'grant_type=refresh_token&grant_type=authorization_code',
    });
    expect(read(twice)).toEqual(error('invalid_request', 'more than once'));
    const large = await domain.post('/oauth2/token', { grant_type: 'x'.repeat(70_000) });
    expect([large.status, read(large)]).toEqual([413, error('invalid_request', 'too large')]);
  });

  test.each(['/oauth2/token', '/oauth2/revoke', '/oauth2/userInfo'])(
    '%s answers scripts of every origin',
    async (path) => {
      const preflight = await domain.send(path, {
        method: 'OPTIONS',
        headers: { origin: 'http://localhost:3000', 'access-control-request-headers': 'content-type' },
      });
      expect(preflight.status).toBe(204);
      expect(preflight.headers).toMatchObject({
        'access-control-allow-origin': '*',
        'access-control-allow-methods': expect.stringContaining('POST'),
        'access-control-allow-headers': 'authorization, content-type',
      });
      expect(preflight.headers).not.toHaveProperty('access-control-allow-credentials');
    },
  );

  test('say which method they take', async () => {
    const page = await domain.send('/oauth2/token');
    expect([page.status, page.headers.allow]).toEqual([405, 'POST']);
    expect(page.headers['access-control-allow-origin']).toBe('*');
    expect((await domain.post('/oauth2/authorize', {})).headers.allow).toBe('GET');
    expect((await domain.send('/oauth2/other')).status).toBe(404);
    expect((await domain.send('/constructor')).status).toBe(404);
  });

  test('are named by the pool’s OpenID configuration once it has a domain', async () => {
    const document = async () =>
      (await fetch(`${domain.aws.url}/${domain.poolId}/.well-known/openid-configuration`)).json();
    expect(await document()).not.toHaveProperty('token_endpoint');
    domain.aws.cognito.pool(domain.poolId).domain = domain.pages.url;
    expect(await document()).toMatchObject({
      issuer: `https://cognito-idp.us-east-1.amazonaws.com/${domain.poolId}`,
      authorization_endpoint: `${domain.pages.url}/oauth2/authorize`,
      token_endpoint: `${domain.pages.url}/oauth2/token`,
      userinfo_endpoint: `${domain.pages.url}/oauth2/userInfo`,
      revocation_endpoint: `${domain.pages.url}/oauth2/revoke`,
      end_session_endpoint: `${domain.pages.url}/logout`,
    });
  });

  test('write neither codes nor tokens into the log', async () => {
    const given = await code();
    const { refresh_token } = read(await exchange(given));
    await refresh(refresh_token);
    const log = domain.logs.join('\n');
    expect(log).toMatch(/sign-in POST \/oauth2\/token 200 \d+ ms/);
    for (const secret of [given.code, given.verifier, refresh_token]) expect(log).not.toContain(secret);
  });
});
