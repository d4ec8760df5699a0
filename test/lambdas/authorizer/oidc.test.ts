import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, globalAgent, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type OidcOptions, oidcVerifier } from '../../../lambdas/authorizer/oidc';
import { ensureCertificates } from '../../../scripts/local/certificates';

/** An issuer on this machine: its keys are behind TLS, and it counts who asks for them. */
const directory = mkdtempSync(path.join(tmpdir(), 'landfall-oidc-'));
let server: Server;
let jwksUri: string;
let published: Key[] = [];
let asked = 0;
let down = false;

interface Key {
  readonly kid: string;
  readonly alg: 'RS256' | 'ES256';
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

const rsa = (kid: string): Key => ({
  kid,
  alg: 'RS256',
  ...generateKeyPairSync('rsa', { modulusLength: 2048 }),
});
const ec = (kid: string): Key => ({
  kid,
  alg: 'ES256',
  ...generateKeyPairSync('ec', { namedCurve: 'P-256' }),
});
const first = rsa('first');
const second = rsa('second');
const elliptic = ec('elliptic');

beforeAll(async () => {
  const { ca, cert, key } = await ensureCertificates(directory);
  globalAgent.options.ca = ca;
  server = createServer({ cert, key }, (_request, response) => {
    asked += 1;
    response.writeHead(down ? 503 : 200, { 'content-type': 'application/json' });
    const keys = published.map(({ kid, alg, publicKey }) => ({
      ...publicKey.export({ format: 'jwk' }),
      kid,
      alg,
      use: 'sig',
    }));
    response.end(JSON.stringify({ keys }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  jwksUri = `https://localhost:${(server.address() as AddressInfo).port}/keys`;
});

afterAll(async () => {
  delete globalAgent.options.ca;
  globalAgent.destroy();
  await new Promise((resolve) => server.close(resolve));
  rmSync(directory, { recursive: true, force: true });
});

beforeEach(() => {
  published = [first];
  asked = 0;
  down = false;
});

const issuer = 'https://project.example/auth/v1';
const nowSeconds = () => Math.floor(Date.now() / 1000);
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const claims = (changed: object = {}) => ({
  iss: issuer,
  aud: 'authenticated',
  sub: 'someone',
  iat: nowSeconds(),
  exp: nowSeconds() + 3600,
  ...changed,
});

function signed({ kid, alg, privateKey }: Key, payload: object): string {
  const text = `${part({ alg, kid })}.${part(payload)}`;
  const key = { key: privateKey, dsaEncoding: 'ieee-p1363' as const };
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
}

function hashed(secret: string | Buffer, payload: object, header: object = { alg: 'HS256' }): string {
  const text = `${part(header)}.${part(payload)}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

const verifier = (changed: Partial<OidcOptions> = {}) =>
  oidcVerifier({
    issuer,
    audience: 'authenticated',
    audienceClaim: 'aud',
    algorithms: ['RS256', 'ES256'],
    clockSkewSeconds: 0,
    jwksUri,
    ...changed,
  });

const accepts = (verify: ReturnType<typeof verifier>, token: string) =>
  verify(token).then(
    () => true,
    () => false,
  );

describe('published keys', () => {
  it('accepts the algorithms it is told to and no other', async () => {
    published = [first, elliptic];
    const [both, onlyRsa] = [verifier(), verifier({ algorithms: ['RS256'] })];
    const tokens = [signed(first, claims()), signed(elliptic, claims())];
    expect(await Promise.all(tokens.map((token) => accepts(both, token)))).toEqual([true, true]);
    expect(await Promise.all(tokens.map((token) => accepts(onlyRsa, token)))).toEqual([true, false]);
  });

  it('finds a key that the issuer has just published, without a restart', async () => {
    const verify = verifier();
    expect(await accepts(verify, signed(first, claims()))).toBe(true);
    published = [first, second];
    expect(await accepts(verify, signed(second, claims()))).toBe(true);
    expect(asked).toBe(2);
  });

  it('asks for keys once, however many tokens come at the same time', async () => {
    const verify = verifier();
    const token = signed(first, claims());
    await Promise.all(Array.from({ length: 20 }, () => verify(token)));
    expect(asked).toBe(1);
  });

  it('does not let invented key ids flood the issuer', async () => {
    const verify = verifier();
    await verify(signed(first, claims()));
    for (let index = 0; index < 20; index += 1)
      expect(await accepts(verify, signed({ ...first, kid: `invented-${index}` }, claims()))).toBe(false);
    expect(asked).toBe(2);
    expect(await accepts(verify, signed(first, claims()))).toBe(true);
  });

  it('forgets a withdrawn key after an hour', async () => {
    let now = Date.now();
    const verify = verifier({ clock: () => new Date(now) });
    published = [first, second];
    const token = signed(second, claims());
    expect(await accepts(verify, token)).toBe(true);
    published = [first];
    now += 59 * 60_000;
    expect(await accepts(verify, token)).toBe(true);
    now += 2 * 60_000;
    expect(await accepts(verify, token)).toBe(false);
  });

  it('keeps the keys it knows while the issuer is down, and asks it every five minutes', async () => {
    let now = Date.now();
    const verify = verifier({ clock: () => new Date(now) });
    const token = signed(first, claims());
    await verify(token);
    down = true;
    now += 61 * 60_000;
    for (let index = 0; index < 5; index += 1) expect(await accepts(verify, token)).toBe(true);
    expect(asked).toBe(2);
    now += 6 * 60_000;
    expect(await accepts(verify, token)).toBe(true);
    expect(asked).toBe(3);
  });

  it('does not remember that the issuer was down at the first token', async () => {
    const verify = verifier();
    const token = signed(first, claims());
    down = true;
    expect(await accepts(verify, token)).toBe(false);
    down = false;
    expect(await accepts(verify, token)).toBe(true);
  });
});

describe('claims', () => {
  const cases: [string, object, Partial<OidcOptions>, boolean][] = [
    ['a good token', {}, {}, true],
    ['another issuer', { iss: `${issuer}/` }, {}, false],
    ['another audience', { aud: 'anon' }, {}, false],
    ['one audience of several', { aud: ['x', 'authenticated'] }, {}, true],
    ['no audience', { aud: undefined }, {}, false],
    ['an audience in azp', { aud: undefined, azp: 'authenticated' }, { audienceClaim: 'azp' }, true],
    ['another audience in azp', { azp: 'https://elsewhere' }, { audienceClaim: 'azp' }, false],
    ['no expiry', { exp: undefined }, {}, false],
    ['expired', { exp: nowSeconds() - 20 }, {}, false],
    ['expired within the clock skew', { exp: nowSeconds() - 20 }, { clockSkewSeconds: 60 }, true],
    ['expired beyond the clock skew', { exp: nowSeconds() - 90 }, { clockSkewSeconds: 60 }, false],
    ['not yet valid', { nbf: nowSeconds() + 20 }, {}, false],
    ['not yet valid within the clock skew', { nbf: nowSeconds() + 20 }, { clockSkewSeconds: 60 }, true],
  ];
  const secret = 'a-shared-secret-of-more-than-32-bytes';
  const sharedSecret = async () => secret;

  it.each(cases)('%s, signed by a published key', async (_what, changed, options, expected) => {
    expect(await accepts(verifier(options), signed(first, claims(changed)))).toBe(expected);
  });

  it.each(cases)('%s, signed by a shared secret', async (_what, changed, options, expected) => {
    const verify = verifier({ ...options, sharedSecret });
    expect(await accepts(verify, hashed(secret, claims(changed)))).toBe(expected);
  });
});

describe('a shared secret', () => {
  const secret = 'a-shared-secret-of-more-than-32-bytes';
  let verify: ReturnType<typeof verifier>;
  beforeEach(() => {
    verify = verifier({ sharedSecret: async () => secret });
  });

  it('is for those who asked for it: HS256 is refused by default', async () => {
    expect(await accepts(verifier(), hashed(secret, claims()))).toBe(false);
    expect(await accepts(verify, hashed(secret, claims()))).toBe(true);
  });

  it('leaves tokens of published keys as they are', async () => {
    expect(await accepts(verify, signed(first, claims()))).toBe(true);
  });

  it('is never a published key, and a published key is never the secret', async () => {
    const pem = first.publicKey.export({ type: 'spki', format: 'pem' }) as string;
    expect(await accepts(verify, hashed(pem, claims(), { alg: 'HS256', kid: 'first' }))).toBe(false);
    expect(await accepts(verify, hashed(secret, claims(), { alg: 'RS256', kid: 'first' }))).toBe(false);
  });

  it.each(['none', 'HS384', 'hs256', undefined])('does not make up for the algorithm %s', async (alg) => {
    expect(await accepts(verify, hashed(secret, claims(), { alg }))).toBe(false);
    expect(await accepts(verify, `${part({ alg })}.${part(claims())}.`)).toBe(false);
  });

  it('has to be the right one, whole, and long enough', async () => {
    const good = hashed(secret, claims());
    expect(await accepts(verify, hashed(`${secret}x`, claims()))).toBe(false);
    expect(await accepts(verify, good.slice(0, -4))).toBe(false);
    const short = verifier({ sharedSecret: async () => 'short' });
    expect(await accepts(short, hashed('short', claims()))).toBe(false);
  });

  it('is read again at each token, so that a rotation counts', async () => {
    let current = secret;
    const rotating = verifier({ sharedSecret: async () => current });
    const token = hashed(secret, claims());
    expect(await accepts(rotating, token)).toBe(true);
    current = 'another-secret-that-has-32-bytes-too';
    expect(await accepts(rotating, token)).toBe(false);
  });
});
