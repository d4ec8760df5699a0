import type { JwtPayload } from 'aws-jwt-verify/jwt-model';

/** What a token has to be, whoever signed it. */
export interface TokenRules {
  /** `iss`, to the letter. */
  readonly issuer: string;
  readonly audience: string;
  /** Claim that names the audience; Clerk's session tokens have it in `azp`. */
  readonly audienceClaim: 'aud' | 'azp';
  /** Seconds that clocks may differ. */
  readonly clockSkewSeconds: number;
}

/** What the library leaves to its callers. @throws Error */
export function checkClaims(payload: JwtPayload, { audience, audienceClaim }: TokenRules): void {
  // The library checks `exp` only where there is one.
  if (typeof payload.exp !== 'number') throw new Error('expected a token that expires');
  const found = [payload[audienceClaim]].flat();
  if (!found.includes(audience)) throw new Error(`expected the audience in ${audienceClaim}`);
}

/** As much as a function takes beyond who calls; API Gateway keeps it with its remembered decision. */
const mostBytes = 2048;

/**
 * What row-level security may ask for besides the user, as JSON text: `app_metadata` and `groups`, which only the
 * issuer can write, whether the address is confirmed, and the time of the sign-in. `user_metadata`, which users write
 * themselves, is left out.
 *
 * @throws Error when it is too much: leaving some out could open what a policy closes to a group
 */
export function passedOn({ auth_time, iat, email_verified, app_metadata, groups }: JwtPayload): string {
  const signedIn = auth_time === undefined ? { iat } : { auth_time };
  const text = JSON.stringify({ ...signedIn, email_verified, app_metadata, groups });
  if (Buffer.byteLength(text) > mostBytes) throw new Error(`expected at most ${mostBytes} bytes of claims`);
  return text;
}
