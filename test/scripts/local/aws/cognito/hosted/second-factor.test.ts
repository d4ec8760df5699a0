import { AdminSetUserPasswordCommand } from '@aws-sdk/client-cognito-identity-provider';
import { TOTP } from 'otpauth';
import { type Browser, formOf, type Page, saidBy, titleOf } from './browser';
import {
  authorizeUrl,
  PASSWORD,
  parametersOf,
  pkce,
  type RunningDomain,
  startDomain,
} from './running-domain';

let domain: RunningDomain;
const { challenge } = pkce();

beforeAll(async () => {
  domain = await startDomain({ MfaConfiguration: 'ON', EnabledMfas: ['SOFTWARE_TOKEN_MFA'] });
});
afterEach(() => {
  domain.aws.offset = 0;
});
afterAll(() => domain.stop());

const login = () =>
  authorizeUrl(domain.web, challenge, { state: 's' }).replace('/oauth2/authorize', '/login');
const withPassword = async (browser: Browser, username: string) =>
  browser.submit(await browser.open(login()), { username, password: PASSWORD });
const codeOf = (secret: string) =>
  new TOTP({ secret }).generate({ timestamp: Date.now() + domain.aws.offset });
const wrong = (code: string) => (code === '000000' ? '111111' : '000000');
const secretOn = (page: Page) => formOf(page).fields.secret ?? '';
/** A code serves once, so the next one needs the next half minute. */
const later = () => {
  domain.aws.offset += 30_000;
};

/** A user who has set up an authenticator. */
async function withApp(email: string): Promise<string> {
  const browser = domain.browser();
  const setUp = await withPassword(browser, await domain.user(email));
  const secret = secretOn(setUp);
  await browser.submit(setUp, { code: codeOf(secret) });
  later();
  return secret;
}

test('where the pool requires a second factor, it is set up at the first sign-in', async () => {
  const browser = domain.browser();
  const setUp = await withPassword(browser, await domain.user('first@example.com'));
  expect([setUp.status, titleOf(setUp)]).toEqual([200, 'Set up your authenticator']);
  const secret = secretOn(setUp);
  expect(setUp.body.replaceAll(' ', '')).toContain(`<code>${secret}</code>`);
  expect(browser.jar.has('__Host-landfall-sign-in')).toBe(false);
  const again = await browser.submit(setUp, { code: wrong(codeOf(secret)) });
  expect([again.status, titleOf(again), saidBy(again)]).toEqual([
    400,
    'Set up your authenticator',
    'Code mismatch',
  ]);
  expect(secretOn(again)).toBe(secret);
  const back = await browser.submit(again, { code: ` ${codeOf(secret).replace(/(...)/, '$1 ')}` });
  expect(parametersOf(back.location)).toEqual({ code: expect.any(String), state: 's' });
});

test('and asked for at the next, where a mistyped code may be corrected', async () => {
  const secret = await withApp('second@example.com');
  const browser = domain.browser();
  const ask = await withPassword(browser, 'second@example.com');
  expect(titleOf(ask)).toBe('Enter your code');
  expect(browser.jar.has('__Host-landfall-sign-in')).toBe(false);
  const mistyped = await browser.submit(ask, { code: wrong(codeOf(secret)) });
  expect([mistyped.status, saidBy(mistyped)]).toEqual([400, 'Invalid code received for user']);
  const back = await browser.submit(mistyped, { code: codeOf(secret) });
  expect(parametersOf(back.location).code).toBeDefined();
});

test('a code that was used once is not taken again', async () => {
  const secret = await withApp('replay@example.com');
  const code = codeOf(secret);
  const first = domain.browser();
  await first.submit(await withPassword(first, 'replay@example.com'), { code });
  const second = domain.browser();
  const page = await second.submit(await withPassword(second, 'replay@example.com'), { code });
  expect([page.status, saidBy(page)]).toEqual([400, 'Your software token has already been used once.']);
});

test('the step of one user does not let another in, nor does one that is made up or skipped', async () => {
  const secret = await withApp('mine@example.com');
  await withApp('other@example.com');
  const browser = domain.browser();
  const ask = await withPassword(browser, 'other@example.com');
  const forgeries: Record<string, string>[] = [
    { username: 'mine@example.com' },
    { session: 'made-up' },
    { challenge: 'MFA_SETUP' },
    { challenge: 'NEW_PASSWORD_REQUIRED', password: 'Chosen-horse-2' },
  ];
  for (const forged of forgeries) {
    const page = await browser.submit(await withPassword(browser, 'other@example.com'), {
      code: codeOf(secret),
      ...forged,
    });
    expect([page.status, page.location, titleOf(page)]).toEqual([400, '', 'Sign in']);
  }
  expect(formOf(ask).fields.challenge).toBe('SOFTWARE_TOKEN_MFA');
  expect(browser.jar.has('__Host-landfall-sign-in')).toBe(false);
});

test('a temporary password is replaced before the second factor is asked for', async () => {
  const secret = await withApp('invited@example.com');
  const input = { UserPoolId: domain.poolId, Username: 'invited@example.com', Password: PASSWORD };
  await domain.administrator.send(new AdminSetUserPasswordCommand({ ...input, Permanent: false }));
  const browser = domain.browser();
  const choose = await withPassword(browser, 'invited@example.com');
  expect(titleOf(choose)).toBe('Choose a password');
  const ask = await browser.submit(choose, { password: 'Chosen-horse-2' });
  expect(titleOf(ask)).toBe('Enter your code');
  const back = await browser.submit(ask, { code: codeOf(secret) });
  expect(parametersOf(back.location).code).toBeDefined();
});
