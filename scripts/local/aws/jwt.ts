/** RS256 tokens and the keys that sign them, by Node's own crypto: no more than Cognito and an OIDC issuer need. */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type JsonWebKey,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';
import { promisify } from 'node:util';

export interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** As it is kept on disk. */
export interface StoredKey {
  readonly kid: string;
  readonly jwk: JsonWebKey;
}

export async function createKey(): Promise<SigningKey> {
  const pair = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  return { kid: randomBytes(32).toString('base64'), ...pair };
}

export const storeKey = ({ kid, privateKey }: SigningKey): StoredKey => ({
  kid,
  jwk: privateKey.export({ format: 'jwk' }),
});

export function loadKey({ kid, jwk }: StoredKey): SigningKey {
  const privateKey = createPrivateKey({ key: jwk, format: 'jwk' });
  return { kid, privateKey, publicKey: createPublicKey(privateKey) };
}

/** A member of a JWKS. */
export const publicJwk = ({ kid, publicKey }: SigningKey) => ({
  alg: 'RS256',
  ...(publicKey.export({ format: 'jwk' }) as { e: string; kty: 'RSA'; n: string }),
  kid,
  use: 'sig',
});

export type Jwk = ReturnType<typeof publicJwk>;
export type Claims = Readonly<Record<string, unknown>>;

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export function issueJwt(key: SigningKey, claims: Claims): string {
  const text = `${part({ kid: key.kid, alg: 'RS256' })}.${part(claims)}`;
  return `${text}.${sign('sha256', Buffer.from(text), key.privateKey).toString('base64url')}`;
}

/** The claims of a token that one of `keys` signed and that has not expired; undefined for anything else. */
export function verifyJwt(token: string, keys: readonly SigningKey[], now: number): Claims | undefined {
  const [head = '', body = '', signature = '', ...rest] = token.split('.');
  if (rest.length > 0) return undefined;
  try {
    const header = JSON.parse(Buffer.from(head, 'base64url').toString()) as { kid?: string; alg?: string };
    const key = keys.find(({ kid }) => kid === header.kid);
    // The algorithm is ours, not the token's: RS256 whatever its header says.
    if (!key || header.alg !== 'RS256') return undefined;
    if (!verify('sha256', Buffer.from(`${head}.${body}`), key.publicKey, Buffer.from(signature, 'base64url')))
      return undefined;
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as { exp?: unknown };
    return typeof claims.exp === 'number' && claims.exp * 1000 > now ? (claims as Claims) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
