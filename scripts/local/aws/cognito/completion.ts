/** What comes after a proven password: reasons to refuse, further challenges, and at last the tokens. */
import { AwsError } from '../errors';
import {
  type Answer,
  type Attempt,
  type ChallengeAnswer,
  notAuthorized,
  runPostAuthentication,
} from './attempt';
import { missingAttributes } from './attributes';
import type { User } from './records';
import { startSession } from './tokens';
import { asksForTotp } from './totp';

/** @throws AwsError when the user may not sign in at all, whatever they know */
export function requireActive({ enabled, status }: User): void {
  if (!enabled) throw notAuthorized('User is disabled.');
  if (status === 'UNCONFIRMED') throw new AwsError('UserNotConfirmedException', 'User is not confirmed.');
  requirePassword({ status });
}

/** @throws AwsError when an administrator has ended the user's password */
export function requirePassword({ status }: Pick<User, 'status'>): void {
  if (status === 'RESET_REQUIRED')
    throw new AwsError('PasswordResetRequiredException', 'Password reset required for the user');
}

/**
 * What a user whose password was right must still do; undefined when nothing.
 * @param newPassword whether they have just chosen it
 * @throws AwsError when the user may not sign in at all
 */
export function challengeAfterPassword(
  attempt: Attempt,
  user: User,
  newPassword = false,
): ChallengeAnswer | undefined {
  requireActive(user);
  if (user.status === 'FORCE_CHANGE_PASSWORD') return askForNewPassword(attempt, user);
  const { pool, client, challenges } = attempt;
  const parameters = { USER_ID_FOR_SRP: user.username };
  if (asksForTotp(pool, user))
    return {
      ChallengeName: 'SOFTWARE_TOKEN_MFA',
      Session: challenges.keep(pool, client, user, { name: 'SOFTWARE_TOKEN_MFA', newPassword }),
      ChallengeParameters: parameters,
    };
  if (pool.settings.mfa === 'ON')
    return {
      ChallengeName: 'MFA_SETUP',
      Session: challenges.keep(pool, client, user, { name: 'MFA_SETUP', newPassword, proven: false }),
      ChallengeParameters: { ...parameters, MFAS_CAN_SETUP: '["SOFTWARE_TOKEN_MFA"]' },
    };
  return undefined;
}

function askForNewPassword({ pool, client, challenges }: Attempt, user: User): ChallengeAnswer {
  if (user.passwordExpires !== undefined && user.passwordExpires < pool.now())
    throw notAuthorized('Temporary password has expired and must be reset by an administrator.');
  const { sub: _sub, ...attributes } = user.attributes;
  const missing = missingAttributes(pool, attributes).map((name) => `userAttributes.${name}`);
  return {
    ChallengeName: 'NEW_PASSWORD_REQUIRED',
    Session: challenges.keep(pool, client, user, { name: 'NEW_PASSWORD_REQUIRED' }),
    ChallengeParameters: {
      USER_ID_FOR_SRP: user.username,
      requiredAttributes: JSON.stringify(missing),
      userAttributes: JSON.stringify(attributes),
    },
  };
}

/** After a proven password. */
export async function proceed(attempt: Attempt, user: User, newPassword = false): Promise<Answer> {
  return challengeAfterPassword(attempt, user, newPassword) ?? complete(attempt, user, newPassword);
}

/** Everything is proven; what the user gets for it comes next. */
export async function welcome(attempt: Attempt, user: User): Promise<void> {
  attempt.pool.lockouts.succeeded(user.username);
  await runPostAuthentication(attempt, user);
}

/** After everything is proven. */
export async function complete(attempt: Attempt, user: User, newPassword = false): Promise<Answer> {
  const { pool, client, metadata } = attempt;
  await welcome(attempt, user);
  const source = newPassword ? 'TokenGeneration_NewPasswordChallenge' : 'TokenGeneration_Authentication';
  return {
    AuthenticationResult: await startSession(pool, client, user, { source, metadata }),
    ChallengeParameters: {},
  };
}
