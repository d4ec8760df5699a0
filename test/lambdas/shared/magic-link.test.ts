import { createHmac, randomBytes } from 'node:crypto';
import { issueToken, linkOf, parseToken, tokenHash } from '../../../lambdas/shared/magic-link';

const link = {
  userPoolId: 'us-east-1_AbCdEfGhI',
  clientId: 'client',
  username: 'sub',
  expiresAt: 1_772_357_400,
};
const sign = async (text: string) => createHmac('sha256', 'key').update(text).digest();
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

it('a token says which pool, client and user it is for and when it ends, under a code over all of it', async () => {
  const token = await issueToken(link, randomBytes(32), sign);
  const parsed = parseToken(token);
  expect(parsed?.link).toEqual(link);
  expect(token.startsWith(`${parsed?.signed}.`)).toBe(true);
  expect(parsed?.mac).toEqual(await sign(parsed?.signed ?? ''));
});

it('two tokens of a user in the same second differ', async () => {
  const [one, other] = await Promise.all([1, 2].map(() => issueToken(link, randomBytes(32), sign)));
  expect(one).not.toBe(other);
});

it('a token is no longer than a header or a form takes, and needs no escaping in an address', async () => {
  const token = await issueToken(link, randomBytes(32), sign);
  expect(token).toMatch(/^[\w.-]{1,512}$/);
  expect(linkOf('https://app.example.com/in', token)).toBe(`https://app.example.com/in#token=${token}`);
});

it.each([
  ['the word that asks for a link', 'send'],
  ['nothing', ''],
  ['a token without a code', `v1.${part({ p: 'p', c: 'c', u: 'u', e: 1, n: 'n'.repeat(43) })}`],
  ['another version', `v2.${part({})}.${'A'.repeat(43)}`],
  ['a payload that is no JSON', `v1.AAAA.${'A'.repeat(43)}`],
  ['a payload without a user', `v1.${part({ p: 'p', c: 'c', e: 1, n: 'n'.repeat(43) })}.${'A'.repeat(43)}`],
  [
    'a payload with more than it should have',
    `v1.${part({ p: 'p', c: 'c', u: 'u', e: 1, n: 'n'.repeat(43), x: 1 })}.${'A'.repeat(43)}`,
  ],
  ['an endless payload', `v1.${'A'.repeat(100_000)}.${'A'.repeat(43)}`],
])('%s is no token', (_, text) => {
  expect(parseToken(text)).toBeUndefined();
});

it('the hash is of the whole token: one that is spelled differently is another', async () => {
  const token = await issueToken(link, Buffer.alloc(32), sign);
  // The last character carries two bits that decoding drops.
  const last = token.at(-1) as string;
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const spelled = token.slice(0, -1) + alphabet[alphabet.indexOf(last) ^ 1];
  expect(parseToken(spelled)?.mac).toEqual(parseToken(token)?.mac);
  expect(tokenHash(spelled)).not.toBe(tokenHash(token));
});
