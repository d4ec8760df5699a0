import { titleOf, unescaped } from './browser';
import {
  authorizeUrl,
  CALLBACK,
  LOGOUT,
  OTHER_CALLBACK,
  parametersOf,
  pkce,
  type RunningDomain,
  signIn,
  startDomain,
} from './running-domain';

let domain: RunningDomain;
beforeAll(async () => {
  domain = await startDomain();
  await domain.user('ann@example.com');
});
afterAll(() => domain.stop());

const { challenge } = pkce();
const authorize = (more: Readonly<Record<string, string | undefined>> = {}) =>
  domain.send(authorizeUrl(domain.web, challenge, more));

describe('an authorization request', () => {
  test('leads to the sign-in page, and from there back with a code and the state to the letter', async () => {
    const state = 'päth=/a?b&c=d#e "quoted"';
    const asked = authorizeUrl(domain.web, challenge, { state, nonce: 'n-1' });
    const toLogin = await domain.send(asked);
    expect(toLogin.status).toBe(302);
    expect(toLogin.location).toMatch(/^\/login\?/);
    expect(parametersOf(toLogin.location)).toEqual(parametersOf(asked));
    const back = await signIn(domain.browser(), asked, 'ann@example.com');
    expect(back).toEqual({ code: expect.stringMatching(/^[0-9a-f-]{36}$/), state });
  });

  test('keeps the query that a callback URL has already', async () => {
    const browser = domain.browser();
    await signIn(browser, authorizeUrl(domain.web, challenge), 'ann@example.com');
    const { location } = await browser.open(
      authorizeUrl(domain.web, challenge, { redirect_uri: OTHER_CALLBACK }),
    );
    expect(location).toMatch(/^http:\/\/localhost:5173\/auth\/callback\?from=vite&code=[0-9a-f-]{36}$/);
  });

  test('returns to an application on a phone by its own scheme', async () => {
    const browser = domain.browser();
    const page = await browser.open(
      (await browser.open(authorizeUrl(domain.web, challenge, { redirect_uri: 'myapp://callback' })))
        .location,
    );
    expect(page.headers['content-security-policy']).toContain("form-action 'self' myapp:;");
    expect(unescaped(page.body)).toContain('to continue to <code>myapp:</code>');
  });

  test('asks nobody who is signed in, unless it says prompt=login', async () => {
    const browser = domain.browser();
    await signIn(browser, authorizeUrl(domain.web, challenge), 'ann@example.com');
    const silent = await browser.open(authorizeUrl(domain.web, challenge, { state: 'again' }));
    expect(parametersOf(silent.location)).toEqual({ code: expect.any(String), state: 'again' });
    const none = await browser.open(authorizeUrl(domain.web, challenge, { prompt: 'none' }));
    expect(parametersOf(none.location)).toEqual({ code: expect.any(String) });
    const asked = await browser.open(authorizeUrl(domain.web, challenge, { prompt: 'login' }));
    expect(asked.location).toMatch(/^\/login\?/);
    expect(titleOf(await browser.open(asked.location))).toBe('Sign in');
  });

  test('is answered with login_required when nobody is signed in and prompt=none forbids to ask', async () => {
    const { location } = await authorize({ prompt: 'none', state: 's' });
    expect(location.startsWith(CALLBACK)).toBe(true);
    expect(parametersOf(location)).toMatchObject({ error: 'login_required', state: 's' });
  });

  test('may leave the scope out, and then means everything the client may have', async () => {
    const back = await signIn(
      domain.browser(),
      authorizeUrl(domain.web, challenge, { scope: undefined }),
      'ann@example.com',
    );
    expect(back.code).toBeDefined();
  });

  test('needs no PKCE from a client with a secret', async () => {
    const { location } = await domain.send(authorizeUrl(domain.confidential.id, undefined));
    expect(location).toMatch(/^\/login\?/);
  });
});

describe('an authorization request that cannot be trusted to say where to return to ends on a page', () => {
  test.each<[string, Record<string, string | undefined>, string]>([
    ['without a client', { client_id: undefined }, 'The address is incomplete'],
    ['of an unknown client', { client_id: 'unknown' }, 'Unknown application'],
    ['without redirect_uri', { redirect_uri: undefined }, 'The address is incomplete'],
    ['to another site', { redirect_uri: 'https://evil.example/' }, 'redirect_mismatch'],
    ['to a longer path', { redirect_uri: `${CALLBACK}/more` }, 'redirect_mismatch'],
    ['to a shorter path', { redirect_uri: CALLBACK.slice(0, -1) }, 'redirect_mismatch'],
    ['to a logout URL', { redirect_uri: LOGOUT }, 'redirect_mismatch'],
    ['to a script', { redirect_uri: 'javascript:alert(1)' }, 'redirect_mismatch'],
    [
      'that asks for the implicit flow of another site',
      { redirect_uri: 'https://evil.example/', response_type: 'token' },
      'redirect_mismatch',
    ],
  ])('%s', async (_name, more, title) => {
    const page = await authorize(more);
    expect(page.status).toBe(400);
    expect(page.location).toBe('');
    expect(titleOf(page)).toBe(title);
  });

  test('and the page shows what was given as text', async () => {
    const page = await authorize({ redirect_uri: '"><script>alert(1)</script>' });
    expect(page.body).not.toContain('<script>');
    expect(page.body).toContain('&lt;script&gt;');
  });

  test('as does one that gives a parameter twice', async () => {
    const page = await domain.send(
      `${authorizeUrl(domain.web, challenge)}&redirect_uri=https://evil.example/`,
    );
    expect(page.status).toBe(400);
    expect(titleOf(page)).toBe('The address is ambiguous');
  });

  test('as does one of a client without the code flow', async () => {
    const client = await domain.client('auth/ApiOnly', { AllowedOAuthFlowsUserPoolClient: false });
    const page = await authorize({ client_id: client });
    expect([page.status, titleOf(page)]).toEqual([400, 'unauthorized_client']);
  });
});

describe('the application hears of a request it made wrongly', () => {
  test.each<[string, Record<string, string | undefined>, string, string]>([
    ['the implicit flow', { response_type: 'token' }, 'unauthorized_client', 'response_type=code'],
    ['no response_type', { response_type: undefined }, 'invalid_request', 'response_type'],
    ['a mixed response_type', { response_type: 'code token' }, 'invalid_request', 'response_type'],
    [
      'no PKCE',
      { code_challenge: undefined, code_challenge_method: undefined },
      'invalid_request',
      'code_challenge is missing',
    ],
    ['plain PKCE', { code_challenge_method: 'plain' }, 'invalid_request', 'S256'],
    ['PKCE without a method', { code_challenge_method: undefined }, 'invalid_request', 'S256'],
    ['a method without a challenge', { code_challenge: undefined }, 'invalid_request', 'code_challenge'],
    ['a challenge that is no SHA-256', { code_challenge: 'abc' }, 'invalid_request', '43 characters'],
    [
      'a scope the client may not have',
      { scope: 'openid aws.cognito.signin.user.admin' },
      'invalid_scope',
      'aws.cognito',
    ],
    ['a scope that needs openid', { scope: 'email' }, 'invalid_scope', 'openid'],
    ['an unknown prompt', { prompt: 'consent' }, 'invalid_request', 'prompt'],
    ['a contradictory prompt', { prompt: 'none login' }, 'invalid_request', 'prompt'],
  ])('%s', async (_name, more, error, description) => {
    const { status, location } = await authorize({ state: 'keep me', ...more });
    expect(status).toBe(302);
    expect(location.startsWith(`${CALLBACK}?`)).toBe(true);
    expect(parametersOf(location)).toEqual({
      error,
      error_description: expect.stringContaining(description),
      state: 'keep me',
    });
  });

  test('also at the page itself, which checks the same', async () => {
    const { location } = await domain.send(
      authorizeUrl(domain.web, undefined).replace('/oauth2/authorize', '/login'),
    );
    expect(parametersOf(location)).toMatchObject({ error: 'invalid_request' });
  });
});

test.each(['identity_provider', 'idp_identifier'])(
  '%s of another provider gets a page that says why not',
  async (name) => {
    const page = await authorize({ [name]: 'Google' });
    expect([page.status, titleOf(page)]).toEqual([501, 'Not offered locally']);
    expect(page.body).toContain('<code>Google</code>');
    expect((await authorize({ [name]: 'COGNITO' })).location).toMatch(/^\/login\?/);
  },
);

test('a client for users of other providers only says so', async () => {
  const client = await domain.client('auth/Federated', { SupportedIdentityProviders: ['Google'] });
  const page = await authorize({ client_id: client });
  expect([page.status, titleOf(page)]).toEqual([501, 'Not offered locally']);
});

describe('signing out', () => {
  test('ends the session and returns to a registered address', async () => {
    const browser = domain.browser();
    await signIn(browser, authorizeUrl(domain.web, challenge), 'ann@example.com');
    const stolen = new Map(browser.jar);
    const left = await browser.open(
      `/logout?client_id=${domain.web}&logout_uri=${encodeURIComponent(LOGOUT)}`,
    );
    expect([left.status, left.location]).toEqual([302, LOGOUT]);
    expect((await browser.open(authorizeUrl(domain.web, challenge))).location).toMatch(/^\/login\?/);
    // The server forgot it, not only the browser.
    for (const [name, value] of stolen) browser.jar.set(name, value);
    expect((await browser.open(authorizeUrl(domain.web, challenge))).location).toMatch(/^\/login\?/);
  });

  test('or goes on to sign in again, with what the request said', async () => {
    const browser = domain.browser();
    await signIn(browser, authorizeUrl(domain.web, challenge), 'ann@example.com');
    const again = await browser.open(
      authorizeUrl(domain.web, challenge, { state: 's' }).replace('/oauth2/authorize', '/logout'),
    );
    expect(again.location).toMatch(/^\/login\?/);
    expect(titleOf(await browser.open(again.location))).toBe('Sign in');
  });

  test.each([
    ['another site', 'logout_uri=https://evil.example/', 'redirect_mismatch'],
    ['a longer address', `logout_uri=${encodeURIComponent(`${LOGOUT}x`)}`, 'redirect_mismatch'],
    ['a callback URL', `logout_uri=${encodeURIComponent(CALLBACK)}`, 'redirect_mismatch'],
    ['nowhere', '', 'The address is incomplete'],
    [
      'another site to sign in again',
      'response_type=code&redirect_uri=https://evil.example/',
      'redirect_mismatch',
    ],
  ])('never leads to %s, and leaves the visitor signed in', async (_name, query, title) => {
    const browser = domain.browser();
    await signIn(browser, authorizeUrl(domain.web, challenge), 'ann@example.com');
    const page = await browser.open(`/logout?client_id=${domain.web}&${query}`);
    expect([page.status, page.location, titleOf(page)]).toEqual([400, '', title]);
    expect(
      parametersOf((await browser.open(authorizeUrl(domain.web, challenge))).location).code,
    ).toBeDefined();
  });

  test('is refused for an unknown client', async () => {
    const page = await domain.send(`/logout?client_id=unknown&logout_uri=${encodeURIComponent(LOGOUT)}`);
    expect([page.status, titleOf(page)]).toEqual([400, 'Unknown application']);
  });
});
