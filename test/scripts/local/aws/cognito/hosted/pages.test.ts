import { AdminSetUserPasswordCommand } from '@aws-sdk/client-cognito-identity-provider';
import { formOf, saidBy, titleOf } from './browser';
import {
  authorizeUrl,
  PASSWORD,
  parametersOf,
  pkce,
  type RunningDomain,
  signIn,
  startDomain,
} from './running-domain';

let domain: RunningDomain;
const { challenge } = pkce();

beforeAll(async () => {
  domain = await startDomain();
  await domain.user('ann@example.com');
});
afterEach(() => {
  domain.aws.offset = 0;
});
afterAll(() => domain.stop());

const login = () =>
  authorizeUrl(domain.web, challenge, { state: 's' }).replace('/oauth2/authorize', '/login');
const at = (path: string) => login().replace('/login', path);
const alone = () => `/login?client_id=${domain.web}`;

describe('the sign-in page', () => {
  test('runs no script, loads nothing, and can be framed by nobody', async () => {
    const { headers, body } = await domain.send(login());
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; img-src data:; base-uri 'none'; form-action 'self' http:\/\/localhost:3000; frame-ancestors 'none'$/,
    );
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'referrer-policy': 'same-origin',
    });
    expect(body).not.toMatch(/<script|<iframe|<link rel="stylesheet"|\sstyle=|\son[a-z]+=/i);
  });

  test('says which application waits', async () => {
    expect((await domain.send(login())).body).toContain('to continue to <code>http://localhost:3000</code>');
    expect((await domain.send(alone())).body).not.toContain('to continue to');
  });

  test('begins with the address that login_hint gives, as text', async () => {
    const page = await domain.send(`${alone()}&login_hint=${encodeURIComponent('"><b>x@example.com')}`);
    expect(formOf(page).fields.username).toBe('"><b>x@example.com');
    expect(page.body).not.toContain('<b>');
  });

  test('sends cookies that scripts and other sites cannot use', async () => {
    const browser = domain.browser();
    const page = await browser.open(login());
    const back = await browser.submit(page, { username: 'ann@example.com', password: PASSWORD });
    const set = [...page.cookies, ...back.cookies];
    expect(set).toHaveLength(2);
    for (const cookie of set)
      expect(cookie).toMatch(/^__Host-landfall-[a-z-]+=[\w-]+; Path=\/; Secure; HttpOnly; SameSite=Lax/);
    expect(back.cookies[0]).toContain('Max-Age=3600');
  });

  test.each([
    ['a wrong password', 'ann@example.com', 'Wrong-horse-1'],
    ['an unknown address', 'nobody@example.com', PASSWORD],
    ['nothing', '', ''],
  ])('says the same for %s', async (_name, username, password) => {
    const browser = domain.browser();
    const page = await browser.submit(await browser.open(login()), { username, password });
    expect([page.status, saidBy(page)]).toEqual([400, 'Incorrect username or password.']);
    expect(formOf(page).fields).toMatchObject({ username, password: '' });
    expect(page.location).toBe('');
    expect(browser.jar.size).toBe(1);
  });

  test('can be tried again, and takes the address in any case of letters', async () => {
    const browser = domain.browser();
    const wrong = await browser.submit(await browser.open(login()), {
      username: 'ann@example.com',
      password: 'no',
    });
    const back = await browser.submit(wrong, { username: 'Ann@Example.COM', password: PASSWORD });
    expect(parametersOf(back.location)).toEqual({ code: expect.any(String), state: 's' });
  });

  test('opened by itself signs in for the applications to come', async () => {
    const browser = domain.browser();
    const done = await browser.submit(await browser.open(alone()), {
      username: 'ann@example.com',
      password: PASSWORD,
    });
    const page = await browser.open(done.location);
    expect([page.status, titleOf(page)]).toEqual([200, 'You are signed in']);
    expect(page.body).toContain('<strong>ann@example.com</strong>');
    const silent = await browser.open(authorizeUrl(domain.web, challenge));
    expect(parametersOf(silent.location).code).toBeDefined();
    expect(titleOf(await browser.open(`${alone()}&prompt=login`))).toBe('Sign in');
  });

  test('remembers a browser for an hour', async () => {
    const browser = domain.browser();
    await signIn(browser, authorizeUrl(domain.web, challenge), 'ann@example.com');
    domain.aws.offset = 3_595_000;
    expect(parametersOf((await browser.open(login())).location).code).toBeDefined();
    domain.aws.offset = 3_605_000;
    expect(titleOf(await browser.open(login()))).toBe('Sign in');
  });

  test('gives every sign-in a cookie of its own', async () => {
    const browser = domain.browser();
    browser.jar.set('__Host-landfall-sign-in', 'chosen-by-somebody-else');
    await signIn(browser, authorizeUrl(domain.web, challenge), 'ann@example.com');
    const first = browser.jar.get('__Host-landfall-sign-in');
    await signIn(browser, authorizeUrl(domain.web, challenge, { prompt: 'login' }), 'ann@example.com');
    const second = browser.jar.get('__Host-landfall-sign-in');
    expect(new Set([first, second, 'chosen-by-somebody-else']).size).toBe(3);
    browser.jar.set('__Host-landfall-sign-in', first ?? '');
    expect(titleOf(await browser.open(login()))).toBe('Sign in');
  });
});

describe('a form', () => {
  const credentials = { username: 'ann@example.com', password: PASSWORD };

  test('is refused when another site sends it', async () => {
    const browser = domain.browser();
    const page = await browser.open(login());
    for (const origin of ['https://evil.example', 'null', 'http://localhost:3000']) {
      const answer = await browser.submit(page, credentials, { origin });
      expect([answer.status, titleOf(answer)]).toEqual([403, 'This form is no longer valid']);
    }
    expect(browser.jar.has('__Host-landfall-sign-in')).toBe(false);
  });

  test('is refused without its token, with a foreign one, or in another browser', async () => {
    const browser = domain.browser();
    const other = domain.browser();
    const page = await browser.open(login());
    const foreign = formOf(await other.open(login())).fields._csrf ?? '';
    expect((await browser.submit(page, { ...credentials, _csrf: '' })).status).toBe(403);
    expect((await browser.submit(page, { ...credentials, _csrf: foreign })).status).toBe(403);
    expect((await domain.browser().submit(page, credentials)).status).toBe(403);
    expect((await browser.submit(page, credentials)).status).toBe(302);
  });

  test('is refused as anything but a form', async () => {
    const browser = domain.browser();
    const page = await browser.open(login());
    expect((await browser.submit(page, credentials, { 'content-type': 'text/plain' })).status).toBe(403);
  });

  test.each(['/signup', '/confirm', '/forgotPassword', '/resendcode', '/confirmForgotPassword'])(
    'of %s is refused without its token',
    async (path) => {
      expect((await domain.post(at(path), { username: 'ann@example.com' })).status).toBe(403);
    },
  );

  test('checks where it will return to before it looks at the password', async () => {
    const browser = domain.browser();
    const page = await browser.open(login());
    const { action, fields } = formOf(page);
    const elsewhere = action.replace(
      encodeURIComponent('http://localhost:3000'),
      encodeURIComponent('https://evil.example'),
    );
    const answer = await browser.open(elsewhere, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: String(new URLSearchParams({ ...fields, ...credentials })),
    });
    expect([answer.status, titleOf(answer)]).toEqual([400, 'redirect_mismatch']);
    expect(browser.jar.has('__Host-landfall-sign-in')).toBe(false);
  });
});

describe('signing up', () => {
  const NEW_PASSWORD = 'Another-horse-2';

  test('asks for a code, and leads to the application that waits', async () => {
    const browser = domain.browser();
    const page = await browser.open(at('/signup'));
    expect(page.body).toContain('At least 12 characters with a digit.');
    const weak = await browser.submit(page, { username: 'new@example.com', password: 'short' });
    expect([weak.status, saidBy(weak)]).toEqual([
      400,
      'Password did not conform with policy: Password not long enough',
    ]);
    const confirm = await browser.submit(weak, { username: 'new@example.com', password: NEW_PASSWORD });
    expect([confirm.status, titleOf(confirm)]).toEqual([200, 'Confirm your account']);
    const code = domain.codeMailedTo('new@example.com');
    const wrong = await browser.submit(confirm, { code: code === '000000' ? '111111' : '000000' });
    expect([wrong.status, saidBy(wrong)]).toEqual([
      400,
      'Invalid verification code provided, please try again.',
    ]);
    const ready = await browser.submit(wrong, { code: ` ${code} ` });
    expect([titleOf(ready), saidBy(ready)]).toEqual(['Sign in', 'Your account is confirmed. Sign in.']);
    const back = await browser.submit(ready, { password: NEW_PASSWORD });
    expect(parametersOf(back.location)).toEqual({ code: expect.any(String), state: 's' });
  });

  test('says when the address has an account', async () => {
    const browser = domain.browser();
    const page = await browser.submit(await browser.open(at('/signup')), {
      username: 'ann@example.com',
      password: NEW_PASSWORD,
    });
    expect([page.status, saidBy(page)]).toEqual([400, 'An account with the given email already exists.']);
  });

  test('left unfinished goes on at the next sign-in, with a new code', async () => {
    const browser = domain.browser();
    await browser.submit(await browser.open(at('/signup')), {
      username: 'late@example.com',
      password: NEW_PASSWORD,
    });
    const first = domain.codeMailedTo('late@example.com');
    const page = await browser.submit(await browser.open(login()), {
      username: 'late@example.com',
      password: NEW_PASSWORD,
    });
    expect(titleOf(page)).toBe('Confirm your account');
    const mails = domain.aws.mails.filter(({ to }) => to === 'late@example.com');
    expect(mails).toHaveLength(2);
    const again = await browser.open(formOf(page).action.replace('/confirm', '/resendcode'), {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: String(new URLSearchParams(formOf(page).fields)),
    });
    expect(saidBy(again)).toBe('A new code is on its way.');
    const stale = await browser.submit(again, { code: first });
    expect(stale.status === 400 || first === domain.codeMailedTo('late@example.com')).toBe(true);
    const ready = await browser.submit(again, { code: domain.codeMailedTo('late@example.com') });
    expect(saidBy(ready)).toBe('Your account is confirmed. Sign in.');
  });

  test('is not offered by a pool whose administrator makes the accounts', async () => {
    const closed = await startDomain({ AdminCreateUserConfig: { AllowAdminCreateUserOnly: true } });
    try {
      const page = await closed.send(`/login?client_id=${closed.web}`);
      expect(page.body).not.toContain('/signup');
      const browser = closed.browser();
      const refused = await browser.submit(await browser.open(`/signup?client_id=${closed.web}`), {
        username: 'new@example.com',
        password: NEW_PASSWORD,
      });
      expect(saidBy(refused)).toBe('SignUp is not permitted for this user pool');
    } finally {
      await closed.stop();
    }
  });

  test('asks for what the pool requires', async () => {
    const strict = await startDomain({ Schema: [{ Name: 'given_name', Required: true, Mutable: true }] });
    try {
      const browser = strict.browser();
      const page = await browser.open(`/signup?client_id=${strict.web}`);
      expect(page.body).toContain('>Given name</label>');
      await browser.submit(page, {
        username: 'new@example.com',
        password: NEW_PASSWORD,
        'attribute.given_name': 'Nina',
      });
      const user = strict.aws.cognito.pool(strict.poolId).find('new@example.com');
      expect(user?.attributes.given_name).toBe('Nina');
    } finally {
      await strict.stop();
    }
  });
});

describe('a forgotten password', () => {
  test('is replaced by a code to the address', async () => {
    await domain.user('forgetful@example.com');
    const browser = domain.browser();
    const ask = await browser.open(at('/forgotPassword'));
    const choose = await browser.submit(ask, { username: 'forgetful@example.com' });
    expect(titleOf(choose)).toBe('Choose a new password');
    const code = domain.codeMailedTo('forgetful@example.com');
    const weak = await browser.submit(choose, { code, password: 'short' });
    expect(saidBy(weak)).toBe('Password did not conform with policy: Password not long enough');
    const ready = await browser.submit(weak, { code, password: 'Fresh-horse-3' });
    expect(saidBy(ready)).toBe('Your password is changed. Sign in with it.');
    const back = await browser.submit(ready, { password: 'Fresh-horse-3' });
    expect(parametersOf(back.location).code).toBeDefined();
  });

  test('page says the same for an address without an account', async () => {
    const browser = domain.browser();
    const ask = await browser.open(at('/forgotPassword'));
    const known = await browser.submit(ask, { username: 'ann@example.com' });
    const unknown = await browser.submit(ask, { username: 'nobody@example.com' });
    const neutral = ({ body }: { body: string }) =>
      body.replaceAll(/nobody@example\.com|ann@example\.com/g, 'somebody');
    expect(unknown.status).toBe(known.status);
    expect(neutral(unknown)).toBe(neutral(known));
    const refused = await browser.submit(unknown, { code: '123456', password: 'Fresh-horse-3' });
    expect(saidBy(refused)).toBe('Invalid verification code provided, please try again.');
  });
});

describe('a temporary password', () => {
  const invite = async (email: string) => {
    const input = { UserPoolId: domain.poolId, Username: await domain.user(email), Password: PASSWORD };
    await domain.administrator.send(new AdminSetUserPasswordCommand({ ...input, Permanent: false }));
    return email;
  };

  test('is replaced at the first sign-in', async () => {
    const username = await invite('invited@example.com');
    const browser = domain.browser();
    const choose = await browser.submit(await browser.open(login()), { username, password: PASSWORD });
    expect(titleOf(choose)).toBe('Choose a password');
    expect(browser.jar.has('__Host-landfall-sign-in')).toBe(false);
    const weak = await browser.submit(choose, { password: 'short' });
    expect(saidBy(weak)).toBe('Password did not conform with policy: Password not long enough');
    const back = await browser.submit(weak, { password: 'Chosen-horse-4' });
    expect(parametersOf(back.location)).toEqual({ code: expect.any(String), state: 's' });
  });

  test('cannot be replaced for somebody else, nor by a session that is made up', async () => {
    const username = await invite('second@example.com');
    const browser = domain.browser();
    const choose = await browser.submit(await browser.open(login()), { username, password: PASSWORD });
    for (const [name, forged] of [
      ['username', 'ann@example.com'],
      ['session', 'made-up'],
    ] as const) {
      const page = await browser.submit(choose, { password: 'Chosen-horse-4', [name]: forged });
      expect([page.status, titleOf(page), saidBy(page)]).toEqual([
        400,
        'Sign in',
        'Invalid session for the user.',
      ]);
    }
    expect(parametersOf((await signInAgain()).location).code).toBeDefined();
  });

  const signInAgain = async () => {
    const browser = domain.browser();
    return browser.submit(await browser.open(login()), { username: 'ann@example.com', password: PASSWORD });
  };
});
