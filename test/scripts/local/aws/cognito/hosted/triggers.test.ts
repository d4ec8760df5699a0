import { saidBy } from './browser';
import {
  authorizeUrl,
  CALLBACK,
  claimsOf,
  PASSWORD,
  pkce,
  type RunningDomain,
  signIn,
  startDomain,
} from './running-domain';

interface Event {
  readonly triggerSource: string;
  readonly userName: string;
  readonly request: Readonly<Record<string, unknown>>;
  readonly response: object;
}

const ARN = 'arn:aws:lambda:us-east-1:000000000000:function:';
const events: Event[] = [];
/** What the pool's functions answer, by the source of the event; an error where it is a text. */
const answers = new Map<string, object | string>();
let domain: RunningDomain;

beforeAll(async () => {
  domain = await startDomain(
    {
      LambdaConfig: Object.fromEntries(
        ['PreAuthentication', 'PostAuthentication', 'PreTokenGeneration', 'PreSignUp', 'UserMigration'].map(
          (name) => [name, ARN + name],
        ),
      ),
    },
    {
      invokeTrigger: async (_arn, given) => {
        const event = given as Event;
        events.push(event);
        const answer = answers.get(event.triggerSource) ?? {};
        if (typeof answer === 'string')
          return { ok: false, error: { errorType: 'Error', errorMessage: answer } };
        return { ok: true, payload: { ...event, response: { ...event.response, ...answer } } };
      },
    },
  );
  await domain.user('ann@example.com');
});
beforeEach(() => {
  events.length = 0;
  answers.clear();
});
afterAll(() => domain.stop());

const { verifier, challenge } = pkce();
const sources = () => events.map(({ triggerSource }) => triggerSource);
const exchange = (code = '') =>
  domain.post('/oauth2/token', {
    grant_type: 'authorization_code',
    client_id: domain.web,
    redirect_uri: CALLBACK,
    code,
    code_verifier: verifier,
  });

test('functions see a sign-in on the page, and the exchange of its code, each once and under its own name', async () => {
  const browser = domain.browser();
  const { code } = await signIn(browser, authorizeUrl(domain.web, challenge), 'ann@example.com');
  expect(sources()).toEqual(['PreAuthentication_Authentication', 'PostAuthentication_Authentication']);
  answers.set('TokenGeneration_HostedAuth', {
    claimsOverrideDetails: { claimsToAddOrOverride: { 'landfall:user_id': 'u-1' } },
  });
  const { id_token, refresh_token } = JSON.parse((await exchange(code)).body);
  expect(claimsOf(id_token)).toMatchObject({ 'landfall:user_id': 'u-1' });
  await domain.post('/oauth2/token', {
    grant_type: 'refresh_token',
    client_id: domain.web,
    refresh_token,
  });
  expect(sources().slice(2)).toEqual(['TokenGeneration_HostedAuth', 'TokenGeneration_RefreshTokens']);
  // Nobody proves anything when the browser is known.
  await browser.open(authorizeUrl(domain.web, challenge));
  expect(events).toHaveLength(4);
});

test.each(['PreAuthentication_Authentication', 'PostAuthentication_Authentication'])(
  'what %s objects to is said on the page, and nobody is signed in',
  async (source) => {
    answers.set(source, 'This account is on hold');
    const browser = domain.browser();
    const page = await browser.submit(await browser.open(`/login?client_id=${domain.web}`), {
      username: 'ann@example.com',
      password: PASSWORD,
    });
    expect([page.status, saidBy(page)]).toEqual([400, expect.stringContaining('This account is on hold')]);
    expect(browser.jar.has('__Host-landfall-sign-in')).toBe(false);
  },
);

test('a function that fails at the exchange refuses the tokens', async () => {
  const { code } = await signIn(domain.browser(), authorizeUrl(domain.web, challenge), 'ann@example.com');
  answers.set('TokenGeneration_HostedAuth', 'no database');
  const page = await exchange(code);
  expect([page.status, JSON.parse(page.body)]).toEqual([
    400,
    { error: 'invalid_grant', error_description: expect.stringContaining('no database') },
  ]);
});

test('a person who is confirmed by the function signs in without a code', async () => {
  answers.set('PreSignUp_SignUp', { autoConfirmUser: true });
  const browser = domain.browser();
  const page = await browser.submit(await browser.open(`/signup?client_id=${domain.web}`), {
    username: 'vouched@example.com',
    password: PASSWORD,
  });
  expect(saidBy(page)).toBe('Your account is ready. Sign in.');
});

test('a person of the old directory is taken over by signing in', async () => {
  answers.set('UserMigration_Authentication', {
    userAttributes: { email: 'old@example.com', email_verified: 'true' },
    finalUserStatus: 'CONFIRMED',
    messageAction: 'SUPPRESS',
  });
  const { code } = await signIn(domain.browser(), authorizeUrl(domain.web, challenge), 'old@example.com');
  const { id_token } = JSON.parse((await exchange(code)).body);
  expect(claimsOf(id_token)).toMatchObject({ email: 'old@example.com', email_verified: true });
  expect(
    events.find(({ triggerSource }) => triggerSource.startsWith('UserMigration'))?.request,
  ).toMatchObject({
    password: PASSWORD,
  });
});
