import { contract } from '../../../lambdas/magic-link/contract';
import type { Dependencies } from '../../../lambdas/magic-link/dependencies';
import { routes } from '../../../lambdas/magic-link/routes';
import { addressHash } from '../../../lambdas/magic-link/source-address';
import { ApiError } from '../../../lambdas/shared/errors';
import { createHttpHandler } from '../../../lambdas/shared/http';
import { logger } from '../../../lambdas/shared/logger';
import { type Answer, answerOf, proxyEvent } from '../../support/api';
import { MagicLinkPool, redirectUri } from '../../support/magic-link-pool';
import { startLinkTable, type TestLinkTable } from '../../support/magic-link-table';

logger.setLogLevel('SILENT');

let table: TestLinkTable;
let pool: MagicLinkPool;
let waited: number[];

beforeAll(async () => {
  table = await startLinkTable();
});
beforeEach(() => {
  pool = new MagicLinkPool(table);
  waited = [];
});
afterAll(() => table.close());

let addresses = 0;
const newAddress = () => `203.0.113.${++addresses}`;

/** One call of the function; what it waits for is over at once and noted. */
async function post(
  resource: string,
  body: unknown,
  { sourceIp = newAddress(), ...overrides }: Partial<Dependencies> & { sourceIp?: string } = {},
): Promise<Answer> {
  const deps: Dependencies = {
    table,
    answerChallenge: pool.answerChallenge,
    clock: () => pool.now,
    wait: async (milliseconds) => {
      waited.push(milliseconds);
    },
    userPoolId: pool.userPoolId,
    clientId: pool.clientId,
    redirectUris: [redirectUri],
    requestsPerHour: 10,
    ...overrides,
  };
  const handle = createHttpHandler(contract, routes(deps), { corsOrigins: ['https://app.example.com'] });
  return answerOf(await handle(proxyEvent({ method: 'POST', resource, body, sourceIp })));
}

type Options = Parameters<typeof post>[2];
const request = (email: string, options?: Options, body: object = {}) =>
  post('/auth/magic-link', { email, redirectUri, ...body }, options);
const verify = (token: string, options?: Options) => post('/auth/magic-link/verify', { token }, options);

describe('asking for a link', () => {
  it('mails one that signs its user in, once', async () => {
    const username = pool.addUser('user@example.com');
    expect(await request('user@example.com')).toMatchObject({ status: 202, body: {} });
    expect(pool.mails.map(({ to }) => to)).toEqual(['user@example.com']);
    const token = pool.newestToken();
    expect(await verify(token)).toMatchObject({
      status: 200,
      body: { idToken: username, accessToken: 'a', refreshToken: 'r', expiresIn: 3600, tokenType: 'Bearer' },
    });
    expect((await verify(token)).status).toBe(401);
  });

  it('keeps the token out of the table', async () => {
    const username = pool.addUser('hashed@example.com');
    await request('hashed@example.com');
    const token = pool.newestToken();
    const item = (await table.items()).find(({ pk }) => pk === `user#${username}`);
    expect(item?.tokenHash).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.stringify(await table.items())).not.toContain(token.slice(-43));
  });

  it('gives the same answer for a user who does not exist, and mails nobody', async () => {
    pool.addUser('user@example.com');
    const [known, unknown] = [await request('user@example.com'), await request('nobody@example.com')];
    expect({ ...unknown, headers: {} }).toEqual({ ...known, headers: {} });
    expect(pool.mails.map(({ to }) => to)).toEqual(['user@example.com']);
    expect(pool.requests).toHaveLength(2);
    expect(pool.outcomes).toEqual(['sent', 'unknown']);
  });

  it('answers not before 750 ms, whoever it is, and also when the pool has failed', async () => {
    pool.addUser('user@example.com');
    await request('user@example.com');
    await request('nobody@example.com');
    const answerChallenge = async () => {
      throw new ApiError('unavailable', 'Not right now.');
    };
    expect((await request('user@example.com', { answerChallenge })).status).toBe(503);
    expect(waited).toEqual([750, 750, 750]);

    let over: (() => void) | undefined;
    const wait = () =>
      new Promise<void>((resolve) => {
        over = resolve;
      });
    let answered = false;
    const pending = request('nobody@example.com', { wait }).then(() => {
      answered = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(answered).toBe(false);
    over?.();
    await pending;
    expect(answered).toBe(true);
  });

  it('answers 202 whatever the pool says of the user', async () => {
    for (const refusal of ['NotAuthorizedException', 'UserNotFoundException', 'UserNotConfirmedException']) {
      expect((await request('user@example.com', { answerChallenge: async () => ({ refusal }) })).status).toBe(
        202,
      );
    }
  });

  it('mails at most once a minute and user, and the newer link replaces the older one', async () => {
    pool.addUser('user@example.com');
    await request('user@example.com');
    const first = pool.newestToken();
    pool.now = new Date(pool.now.getTime() + 59_000);
    expect((await request('user@example.com')).status).toBe(202);
    expect(pool.mails).toHaveLength(1);
    pool.now = new Date(pool.now.getTime() + 1_000);
    await request('user@example.com');
    expect(pool.mails).toHaveLength(2);
    expect((await verify(first)).status).toBe(401);
    expect((await verify(pool.newestToken())).status).toBe(200);
  });

  it('writes in the language of the request, else in the user’s', async () => {
    pool.addUser('user@example.com', { locale: 'fr-CA' });
    pool.addUser('other@example.com', { locale: 'fr-CA' });
    await request('user@example.com', {}, { locale: 'de-AT' });
    await request('other@example.com');
    expect(pool.mails.map(({ mail }) => mail.subject)).toEqual([
      'Anmelden bei Landfall',
      'Connexion à Landfall',
    ]);
  });

  it.each([
    `${redirectUri}/`,
    `${redirectUri}?x=1`,
    'https://app.example.com/',
    'https://APP.example.com/sign-in',
    'http://app.example.com/sign-in',
    'https://app.example.com.evil.example/sign-in',
    'https://app.example.com@evil.example/sign-in',
    'javascript:alert(1)',
  ])('refuses %s, which is not exactly the page that is configured', async (other) => {
    pool.addUser('user@example.com');
    const answer = await request('user@example.com', {}, { redirectUri: other });
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'bad_request' } } });
    expect(answer.body.error.details.issues).toMatchObject([{ path: 'redirectUri' }]);
    expect(pool.requests).toEqual([]);
  });

  it.each([
    ['no address', { email: 'user' }],
    ['a language that is none', { locale: '<script>' }],
    ['a field nobody asked for', { more: true }],
  ])('refuses %s', async (_, body) => {
    expect((await request('user@example.com', {}, body)).status).toBe(400);
  });
});

describe('the limit of an address', () => {
  it('lets the configured number through in an hour, also when they come at once, for known and unknown users', async () => {
    pool.addUser('user@example.com');
    const sourceIp = newAddress();
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        request(i % 2 ? 'user@example.com' : `u${i}@example.com`, { sourceIp }),
      ),
    );
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(10);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(20);
    expect(pool.requests).toHaveLength(10);
    expect((await request('user@example.com')).status).toBe(202);
    pool.now = new Date(pool.now.getTime() + 3_600_000);
    expect((await request('user@example.com', { sourceIp })).status).toBe(202);
  });

  it('does not keep the address itself', async () => {
    await request('user@example.com', { sourceIp: '198.51.100.77' });
    expect(JSON.stringify(await table.items())).not.toContain('198.51.100.77');
  });

  it('counts the addresses of one IPv6 network as one, however they are written', () => {
    const one = addressHash('2001:db8:0:1::1');
    for (const same of ['2001:db8:0:1:ffff::2', '2001:0DB8:0000:0001:0:0:0:1', '2001:db8::1:0:0:0:9']) {
      expect(addressHash(same)).toBe(one);
    }
    for (const other of ['2001:db8:0:2::1', '2001:db8::1', '203.0.113.1']) {
      expect(addressHash(other)).not.toBe(one);
    }
    expect(addressHash('::1')).toBe(addressHash('::2'));
    expect(addressHash('::ffff:203.0.113.1')).toBe(addressHash('203.0.113.1'));
  });
});

describe('a link', () => {
  const link = async (email = 'user@example.com') => {
    pool.addUser(email);
    await request(email);
    return pool.newestToken();
  };

  it('signs in one of 50 who use it at once', async () => {
    const token = await link();
    const answers = await Promise.all(Array.from({ length: 50 }, () => verify(token)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(49);
  });

  it('is over after ten minutes', async () => {
    const token = await link();
    pool.now = new Date(pool.now.getTime() + 600_000);
    expect((await verify(token)).status).toBe(401);
  });

  it('gets the same refusal for every reason', async () => {
    const token = await link();
    const refusal = async (text: string, options?: Options) => {
      const { status, body } = await verify(text, options);
      const { requestId: _, ...error } = body.error;
      return { status, error };
    };
    const [head, payload = '', mac] = token.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const with_ = (changed: object) =>
      [head, Buffer.from(JSON.stringify({ ...claims, ...changed })).toString('base64url'), mac].join('.');
    const refusals = [
      await refusal('garbage'),
      await refusal(with_({ u: 'nobody' })),
      await refusal(with_({ e: claims.e + 3600 })),
      await refusal(with_({ p: 'us-east-1_Other' })),
      await refusal(token, { clientId: 'other' }),
      await refusal(token, { answerChallenge: async () => ({ refusal: 'UserLambdaValidationException' }) }),
      await refusal(token, { answerChallenge: async () => ({ challenge: 'SOFTWARE_TOKEN_MFA' }) }),
    ];
    expect((await verify(token)).status).toBe(200);
    refusals.push(await refusal(token));
    expect(refusals[0]).toMatchObject({ status: 401, error: { code: 'unauthorized' } });
    for (const one of refusals) expect(one).toEqual(refusals[0]);
  });

  it('of another pool or client does not even reach the pool', async () => {
    const token = await link();
    const answerChallenge = async () => {
      throw new Error('was asked');
    };
    expect((await verify(token, { userPoolId: 'us-east-1_Other', answerChallenge })).status).toBe(401);
    expect((await verify(token, { clientId: 'other', answerChallenge })).status).toBe(401);
  });

  it('is answered 503 while the pool cannot be reached, and works afterwards', async () => {
    const token = await link();
    const answerChallenge = async () => {
      throw new ApiError('unavailable', 'Not right now.');
    };
    expect((await verify(token, { answerChallenge })).status).toBe(503);
    expect((await verify(token)).status).toBe(200);
  });
});

describe('a client of the pool without our routes', () => {
  it('asks and redeems in one sign-in, with two tries for the token', async () => {
    pool.addUser('native@example.com');
    const signIn = await pool.begin('native@example.com');
    expect(await signIn.answer('send', { redirectUri })).toEqual({ challenge: 'CUSTOM_CHALLENGE' });
    expect(await signIn.answer('v1.wrong')).toEqual({ challenge: 'CUSTOM_CHALLENGE' });
    expect(await signIn.answer(pool.newestToken())).toHaveProperty('tokens');
  });

  it('has to begin anew after three wrong answers', async () => {
    pool.addUser('native@example.com');
    const signIn = await pool.begin('native@example.com');
    await signIn.answer('send', { redirectUri });
    await signIn.answer('wrong');
    expect(await signIn.answer('wrong')).toHaveProperty('refusal');
  });

  it('cannot redeem the link that another client asked for', async () => {
    pool.addUser('native@example.com');
    await request('native@example.com');
    const signIn = await pool.begin('native@example.com', 'another-client');
    expect(await signIn.answer(pool.newestToken())).toEqual({ challenge: 'CUSTOM_CHALLENGE' });
  });
});
