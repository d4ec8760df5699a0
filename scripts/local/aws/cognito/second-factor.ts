/** The second factor during a sign-in: its code, and setting up an app where the pool requires one. */
import { AwsError } from '../errors';
import { type Attempt, notAuthorized, type Parameters, required, requireSame } from './attempt';
import type { User } from './records';
import { adoptApp, newSecret, stepOf, useCode } from './totp';

/** Who has proven everything there is to prove. */
export interface Proven {
  readonly user: User;
  /** Whether they have just chosen their password. */
  readonly newPassword: boolean;
}

/** The answer to SOFTWARE_TOKEN_MFA. */
export async function answerCode(
  { pool, client, challenges }: Attempt,
  session: string | undefined,
  responses: Parameters,
): Promise<Proven> {
  const code = required(responses, 'SOFTWARE_TOKEN_MFA_CODE');
  const challenge = challenges.take(session, pool, client, 'SOFTWARE_TOKEN_MFA');
  try {
    requireSame(pool, challenge, required(responses, 'USERNAME'));
    const user = pool.users.get(challenge.username);
    if (!user) throw notAuthorized('Invalid session for the user.');
    pool.lockouts.check(user.username);
    await useCode(pool, user, code).catch((error) => {
      pool.lockouts.failed(user.username);
      throw error;
    });
    return { user, newPassword: challenge.newPassword };
  } catch (error) {
    // A mistyped code may be corrected; how often is the lockout's matter.
    if (error instanceof AwsError && /^(CodeMismatch|ExpiredCode)/.test(error.code))
      challenges.restore(session, challenge);
    throw error;
  }
}

/** AssociateSoftwareToken in a sign-in. */
export function associateInSession({ pool, client, challenges }: Attempt, session: string) {
  const { username, ...challenge } = challenges.take(session, pool, client, 'MFA_SETUP');
  const secret = newSecret();
  const { newPassword } = challenge;
  const step = { name: 'MFA_SETUP', newPassword, secret, proven: false } as const;
  return { SecretCode: secret, Session: challenges.keep(pool, client, { username }, step) };
}

/** VerifySoftwareToken in a sign-in. */
export async function verifyInSession({ pool, client, challenges }: Attempt, session: string, code: string) {
  const challenge = challenges.take(session, pool, client, 'MFA_SETUP');
  const { secret, username, newPassword } = challenge;
  const user = pool.users.get(username);
  const step = secret && stepOf(secret, code, pool.now());
  if (!user || !secret || typeof step !== 'number') {
    challenges.restore(session, challenge);
    throw new AwsError('EnableSoftwareTokenMFAException', 'Code mismatch');
  }
  await adoptApp(pool, user, secret, step);
  const proven = { name: 'MFA_SETUP', newPassword, proven: true } as const;
  return { Status: 'SUCCESS', Session: challenges.keep(pool, client, { username }, proven) };
}

/** The answer to MFA_SETUP, once an app is set up. */
export function answerSetup(
  { pool, client, challenges }: Attempt,
  session: string | undefined,
  responses: Parameters,
): Proven {
  const challenge = challenges.take(session, pool, client, 'MFA_SETUP');
  requireSame(pool, challenge, required(responses, 'USERNAME'));
  const user = pool.users.get(challenge.username);
  if (!user || !challenge.proven)
    throw new AwsError('InvalidParameterException', 'User has not set up software token mfa');
  return { user, newPassword: challenge.newPassword };
}
