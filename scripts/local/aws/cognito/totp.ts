/** Authenticator apps (RFC 6238), as second factor. */
import { Secret, TOTP } from 'otpauth';
import { AwsError } from '../errors';
import type { User } from './records';
import type { UserPool } from './user-pool';

const PERIOD_S = 30;
/** 52 characters, as Cognito's are. */
const SECRET_BYTES = 32;

/** Base32. */
export const newSecret = (): string => new Secret({ size: SECRET_BYTES }).base32;

/**
 * Also accepts the code before and after: clocks differ.
 * @param now milliseconds since 1970
 * @returns the time step of a right code
 */
export function stepOf(secret: string, code: string, now: number): number | undefined {
  if (!/^\d{6}$/.test(code)) return undefined;
  const totp = new TOTP({ secret: Secret.fromBase32(secret), period: PERIOD_S });
  const delta = totp.validate({ token: code, timestamp: now, window: 1 });
  return delta === null ? undefined : Math.floor(now / (PERIOD_S * 1000)) + delta;
}

export function requireTotpPool(pool: UserPool): void {
  if (pool.settings.mfa === 'OFF')
    throw new AwsError(
      'SoftwareTokenMFANotFoundException',
      'Software Token MFA has not been enabled by the userPool',
    );
}

/** Whether sign-ins of the user need a code. */
export const asksForTotp = (pool: UserPool, { totp }: User): boolean =>
  totp !== undefined && (pool.settings.mfa === 'ON' || (pool.settings.mfa === 'OPTIONAL' && totp.enabled));

/** Takes over an app that has proven its secret. */
export async function adoptApp(pool: UserPool, user: User, secret: string, step: number): Promise<User> {
  // Where codes are required the first app counts at once; elsewhere the user says so.
  const enabled = pool.settings.mfa === 'ON';
  return pool.change(user, {
    totp: { secret, enabled, preferred: enabled, lastStep: step },
    newTotpSecret: undefined,
  });
}

/** @throws AwsError unless the code is right and was not used before */
export async function useCode(pool: UserPool, user: User, code: string): Promise<void> {
  const { totp } = pool.users.get(user.username) ?? user;
  const step = totp && stepOf(totp.secret, code, pool.now());
  if (!totp || step === undefined)
    throw new AwsError('CodeMismatchException', 'Invalid code received for user');
  if (step <= (totp.lastStep ?? 0))
    throw new AwsError('ExpiredCodeException', 'Your software token has already been used once.');
  await pool.change(user, { totp: { ...totp, lastStep: step } });
}
