import { createVerify, generateKeyPairSync } from 'node:crypto';
import { openSecrets } from '../../../lambdas/shared/secrets';
import { keySecret, openPhotoSigner, photoSigner } from '../../../lambdas/shared/signed-url';

const pair = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const { privateKey } = pair;
const cdnUrl = 'https://d111111abcdef8.cloudfront.net';
const at = (time: string) =>
  photoSigner({
    cdnUrl,
    keyPairId: 'K2JCJMDEHXQW5F',
    readKey: async () => ({ privateKey }),
    now: () => new Date(time),
  });

/** As CloudFront's documentation says it: base64 with three characters replaced. */
const decode = (text: string): Buffer =>
  Buffer.from(text.replace(/-/g, '+').replace(/_/g, '=').replace(/~/g, '/'), 'base64');
const isSigned = (policy: string, signature: string): boolean =>
  createVerify('RSA-SHA256').update(policy).verify(pair.publicKey, decode(signature));
const queryOf = (url: string) => Object.fromEntries(new URL(url).searchParams);

describe('the address of one file', () => {
  test('carries a canned policy for exactly this file, with a signature that its public key verifies', async () => {
    const { url, expires } = await at('2026-11-26T12:00:00Z').sign('photos/u/p/large.webp');
    const query = queryOf(url);
    expect(url.startsWith(`${cdnUrl}/photos/u/p/large.webp?`)).toBe(true);
    expect(query).toEqual({
      Expires: String(expires.getTime() / 1000),
      'Key-Pair-Id': 'K2JCJMDEHXQW5F',
      Signature: expect.any(String),
      'Hash-Algorithm': 'SHA256',
    });
    const policy = (resource: string) =>
      `{"Statement":[{"Resource":"${resource}","Condition":{"DateLessThan":{"AWS:EpochTime":${query.Expires}}}}]}`;
    expect(isSigned(policy(`${cdnUrl}/photos/u/p/large.webp`), query.Signature ?? '')).toBe(true);
    expect(isSigned(policy(`${cdnUrl}/photos/u/p/small.webp`), query.Signature ?? '')).toBe(false);
  });

  test.each([
    ['2026-11-26T12:00:00Z', 60],
    ['2026-11-26T12:04:59.999Z', 55],
    ['2026-11-26T12:05:00Z', 60],
  ])(
    'asked for at %s works for %s minutes, rounded down, and never for more than an hour',
    async (now, minutes) => {
      const { expires } = await at(now).sign('photos/a');
      expect(Math.floor((expires.getTime() - Date.parse(now)) / 60_000)).toBe(minutes);
    },
  );

  test('stays the same for five minutes, so that a browser finds the file in its cache', async () => {
    const { url } = await at('2026-11-26T12:00:00Z').sign('photos/a');
    expect((await at('2026-11-26T12:04:59Z').sign('photos/a')).url).toBe(url);
    expect((await at('2026-11-26T12:05:00Z').sign('photos/a')).url).not.toBe(url);
  });

  test('is encoded before it is signed', async () => {
    const { url } = await at('2026-11-26T12:00:00Z').sign('photos/ä b/c?.webp');
    expect(url.startsWith(`${cdnUrl}/photos/%C3%A4%20b/c%3F.webp?Expires=`)).toBe(true);
  });
});

describe('the addresses of a folder', () => {
  test('share one signature over a policy for the folder and nothing beside it', async () => {
    const folder = await at('2026-11-26T12:00:00Z').signFolder('photos/u/p/');
    const [large, small] = [folder.url('large.webp'), folder.url('small.webp')];
    expect(large.startsWith(`${cdnUrl}/photos/u/p/large.webp?`)).toBe(true);
    expect(queryOf(large)).toEqual(queryOf(small));
    const { Policy = '', Signature = '', ...rest } = queryOf(large);
    expect(rest).toEqual({ 'Key-Pair-Id': 'K2JCJMDEHXQW5F', 'Hash-Algorithm': 'SHA256' });
    const policy = decode(Policy).toString();
    expect(isSigned(policy, Signature)).toBe(true);
    expect(JSON.parse(policy)).toEqual({
      Statement: [
        {
          Resource: `${cdnUrl}/photos/u/p/*`,
          Condition: { DateLessThan: { 'AWS:EpochTime': Date.parse('2026-11-26T13:00:00Z') / 1000 } },
        },
      ],
    });
  });

  test('are the same permission as the cookies', async () => {
    const { cookies, url } = await at('2026-11-26T12:00:00Z').signFolder('photos/u/');
    const fromUrl = Object.entries(queryOf(url('x'))).map(([name, value]) => [`CloudFront-${name}`, value]);
    expect(cookies).toEqual(Object.fromEntries(fromUrl));
  });

  test.each(['photos/u', 'photos/*/', 'photos/?/', ''])(
    'are refused for %j, which would open what is beside it',
    async (folder) => {
      await expect(at('2026-11-26T12:00:00Z').signFolder(folder)).rejects.toThrow('expected a folder');
    },
  );
});

test.each([{}, { privateKey: 'hunter2' }, 'hunter2'])(
  'a secret that holds no key is named, with what it should hold and not what it does: %j',
  async (secret) => {
    const fetchVersion = async () => ({ versionId: '1', text: JSON.stringify(secret) });
    const read = openSecrets({ fetchVersion }).json('arn:signing-key', keySecret);
    await expect(read).rejects.toThrow(/expected .*PKCS #8 PEM.* in the secret arn:signing-key/);
    await expect(read).rejects.not.toThrow('hunter2');
  },
);

test('a function without one of the variables says which', () => {
  expect(() => openPhotoSigner({ CDN_URL: cdnUrl, PHOTO_KEY_PAIR_ID: 'K' })).toThrow('PHOTO_KEY_SECRET_ARN');
});
