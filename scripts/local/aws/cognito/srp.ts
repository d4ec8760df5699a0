/**
 * Secure Remote Password (RFC 5054, SRP-6a) as Cognito speaks it: SHA-256 over hexadecimal numbers padded so that
 * they are never negative, and a session key of 16 bytes by HKDF.
 */
import { createHash, createHmac, getDiffieHellman, hkdfSync, randomBytes } from 'node:crypto';
import { sameText } from '../sigv4';

/** The 3072-bit group of RFC 3526, which Cognito's clients have built in. */
const N = BigInt(`0x${getDiffieHellman('modp15').getPrime('hex')}`);
const G = 2n;

/** Of the verifier and of the private values, in bytes. */
const SALT_BYTES = 16;
const PRIVATE_BYTES = 32;

/** Clients read the salt as a number, so zeros in front of it are no part of what they hash. */
export const saltText = (data: Uint8Array): string => number(data).toString(16);

export interface SrpVerifier {
  /** Hexadecimal. */
  readonly salt: string;
  readonly verifier: string;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base % N;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % N;
    square = (square * square) % N;
  }
  return result;
}

/** Even length, and a zero byte in front of what would read as negative in two's complement. */
function padHex(value: bigint | string): string {
  const hex = typeof value === 'string' ? value : value.toString(16);
  const even = hex.length % 2 === 0 ? hex : `0${hex}`;
  return /^[89a-f]/i.test(even) ? `00${even}` : even;
}

const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');
const hash = (...parts: Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();
const number = (data: Uint8Array): bigint => BigInt(`0x${Buffer.from(data).toString('hex')}`);

const K = number(hash(bytes(padHex(N)), bytes(padHex(G))));

/**
 * @param poolName the pool's id after its underscore
 * @param salt @default a new one
 */
export function createVerifier(
  poolName: string,
  username: string,
  password: string,
  salt = saltText(randomBytes(SALT_BYTES)),
): SrpVerifier {
  const identity = hash(Buffer.from(`${poolName}${username}:${password}`));
  const x = number(hash(bytes(padHex(salt)), identity));
  return { salt, verifier: power(G, x).toString(16) };
}

export interface SrpExchange {
  /** Public value of the server, hexadecimal. */
  readonly B: string;
  /** Base64; the client's signature covers it. */
  readonly secretBlock: string;
  /** Whether a client that sent `A` at the start knows the password. */
  verify(claim: {
    readonly signature: string;
    readonly secretBlock: string;
    readonly timestamp: string;
  }): boolean;
}

/**
 * @param A public value of the client, hexadecimal
 * @returns undefined when `A` is no valid public value
 */
export function startExchange(
  poolName: string,
  username: string,
  verifier: string,
  A: string,
): SrpExchange | undefined {
  if (!/^[0-9a-f]{1,1024}$/i.test(A)) return undefined;
  const clientPublic = BigInt(`0x${A}`);
  // A multiple of N would make the session key known to everybody.
  if (clientPublic % N === 0n) return undefined;
  const v = BigInt(`0x${verifier}`);
  const b = number(randomBytes(PRIVATE_BYTES));
  const serverPublic = (K * v + power(G, b)) % N;
  const secretBlock = randomBytes(64).toString('base64');
  return {
    B: serverPublic.toString(16),
    secretBlock,
    verify(claim) {
      if (claim.secretBlock !== secretBlock) return false;
      const u = number(hash(bytes(padHex(clientPublic)), bytes(padHex(serverPublic))));
      if (u === 0n) return false;
      const S = power(clientPublic * power(v, u), b);
      const key = hkdfSync('sha256', bytes(padHex(S)), bytes(padHex(u)), 'Caldera Derived Key', 16);
      const message = Buffer.concat([
        Buffer.from(poolName + username),
        Buffer.from(secretBlock, 'base64'),
        Buffer.from(claim.timestamp),
      ]);
      const expected = createHmac('sha256', Buffer.from(key)).update(message).digest('base64');
      return sameText(expected, claim.signature);
    },
  };
}
