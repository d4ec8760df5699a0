import { createHmac, timingSafeEqual } from 'node:crypto';
import { decomposeUnverifiedJwt, validateJwtFields } from 'aws-jwt-verify/jwt';
import type { Verify } from './authorize';
import { checkClaims, type TokenRules } from './claims';

/** Answers the current secret, at each token: it may be rotated. */
export type SharedSecret = () => Promise<string>;

/** RFC 7518, section 3.2: a key as long as the hash, or longer. */
const leastBytes = 32;

/**
 * Verifies HS256 tokens, as old Supabase projects sign them: whoever can verify can also sign, so the secret belongs
 * into as few hands as possible. The library for published keys knows no HMAC, on purpose.
 */
export function sharedSecretVerifier(rules: TokenRules, secret: SharedSecret): Verify {
  return async (token) => {
    const { header, headerB64, payload, payloadB64, signatureB64 } = decomposeUnverifiedJwt(token);
    if (header.alg !== 'HS256') throw new Error('expected HS256');
    const key = Buffer.from(await secret());
    if (key.length < leastBytes) throw new Error(`expected a shared secret of at least ${leastBytes} bytes`);
    const expected = createHmac('sha256', key).update(`${headerB64}.${payloadB64}`).digest();
    const found = Buffer.from(signatureB64, 'base64url');
    if (found.length !== expected.length || !timingSafeEqual(found, expected))
      throw new Error('expected another signature');
    validateJwtFields(payload, {
      issuer: rules.issuer,
      audience: null,
      graceSeconds: rules.clockSkewSeconds,
    });
    checkClaims(payload, rules);
    return payload;
  };
}
