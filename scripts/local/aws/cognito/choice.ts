/**
 * USER_AUTH: the user chooses how to sign in. Somebody who does not exist is offered what the pool has, whatever the
 * client says about unknown users.
 */
import { AwsError, notImplemented } from '../errors';
import { sameText } from '../sigv4';
import {
  type Answer,
  type Attempt,
  challenged,
  notAuthorized,
  type Parameters,
  required,
  requireSame,
  runPreAuthentication,
  wrongCredentials,
} from './attempt';
import { deliveryTo, randomCode, sendMail } from './codes';
import { complete, proceed, requireActive } from './completion';
import { checkPassword, startSrp } from './password-factor';
import type { User } from './records';
import { asksForTotp } from './totp';
import { digest } from './user-pool';

const OTP_DIGITS = 8;
const OTP_ATTEMPTS = 5;

function offersOf({ pool }: Attempt, user: User | undefined): string[] {
  const { firstFactors } = pool.settings;
  const offers: [boolean, string][] = [
    [firstFactors.includes('EMAIL_OTP') && (!user || getsCodes(pool, user)), 'EMAIL_OTP'],
    [firstFactors.includes('PASSWORD') && (!user || hasPassword(user)), 'PASSWORD'],
    [firstFactors.includes('PASSWORD') && (!user || hasPassword(user)), 'PASSWORD_SRP'],
  ];
  return offers.filter(([offered]) => offered).map(([, name]) => name);
}

const hasPassword = ({ password, status }: User): boolean =>
  password !== undefined || status === 'RESET_REQUIRED';

/** A code by mail is one factor: whoever has a second one signs in by password. */
const getsCodes = (pool: Attempt['pool'], user: User): boolean =>
  user.status === 'CONFIRMED' && user.attributes.email !== undefined && !asksForTotp(pool, user);

/** @param session of a sign-up that was just confirmed, which needs no further proof */
export async function startChoice(
  attempt: Attempt,
  parameters: Parameters,
  session: string | undefined,
): Promise<Answer> {
  const { pool, client, challenges } = attempt;
  const name = required(parameters, 'USERNAME');
  if (session !== undefined) return continueSignUp(attempt, session, name);
  const user = pool.find(name);
  await runPreAuthentication(attempt, user, name);
  if (user && !user.enabled) throw notAuthorized('User is disabled.');
  const offers = offersOf(attempt, user);
  if (user && offers.length === 0) {
    requireActive(user);
    throw wrongCredentials();
  }
  const preferred = parameters.PREFERRED_CHALLENGE;
  if (preferred !== undefined && offers.includes(preferred))
    return begin(attempt, user, name, preferred, parameters);
  return {
    ChallengeName: 'SELECT_CHALLENGE',
    Session: challenges.keep(pool, client, challenged(user, name), { name: 'SELECT_CHALLENGE' }),
    ChallengeParameters: {},
    AvailableChallenges: offers,
  };
}

async function continueSignUp(attempt: Attempt, session: string, name: string): Promise<Answer> {
  const { pool, client, challenges } = attempt;
  const challenge = challenges.take(session, pool, client, 'SIGNED_UP');
  requireSame(pool, challenge, name);
  const user = pool.users.get(challenge.username);
  if (!user || !challenge.confirmed) throw notAuthorized('Invalid session for the user.');
  await runPreAuthentication(attempt, user, name);
  return proceed(attempt, user);
}

async function begin(
  attempt: Attempt,
  user: User | undefined,
  name: string,
  factor: string,
  parameters: Parameters,
): Promise<Answer> {
  const { pool, client, challenges } = attempt;
  if (factor === 'EMAIL_OTP') return mailCode(attempt, user, name);
  if (factor === 'PASSWORD_SRP')
    return startSrp(attempt, user, name, { A: required(parameters, 'SRP_A'), withSession: true });
  if (parameters.PASSWORD !== undefined)
    return proceed(attempt, await checkPassword(attempt, user, name, parameters.PASSWORD));
  return {
    ChallengeName: 'PASSWORD',
    Session: challenges.keep(pool, client, challenged(user, name), { name: 'PASSWORD' }),
    ChallengeParameters: {},
  };
}

async function mailCode(attempt: Attempt, user: User | undefined, name: string): Promise<Answer> {
  const { pool, client, challenges, metadata } = attempt;
  const code = randomCode(OTP_DIGITS);
  const session = challenges.keep(pool, client, challenged(user, name), {
    name: 'EMAIL_OTP',
    codeHash: digest(code),
    attemptsLeft: OTP_ATTEMPTS,
  });
  if (user)
    await sendMail(
      pool,
      user,
      { kind: 'sign-in', code },
      { source: 'CustomMessage_Authentication', clientId: client.id, metadata },
    );
  const { Destination, DeliveryMedium } = deliveryTo(user?.attributes.email ?? name);
  return {
    ChallengeName: 'EMAIL_OTP',
    Session: session,
    ChallengeParameters: {
      CODE_DELIVERY_DELIVERY_MEDIUM: DeliveryMedium,
      CODE_DELIVERY_DESTINATION: Destination,
    },
  };
}

/** The answer to SELECT_CHALLENGE. */
export async function answerChoice(
  attempt: Attempt,
  session: string | undefined,
  responses: Parameters,
): Promise<Answer> {
  const { pool, client, challenges } = attempt;
  const choice = required(responses, 'ANSWER');
  const challenge = challenges.take(session, pool, client, 'SELECT_CHALLENGE');
  requireSame(pool, challenge, required(responses, 'USERNAME'));
  const user = pool.users.get(challenge.username);
  if (choice === 'WEB_AUTHN') throw notImplemented('passkeys (the Cognito challenge WEB_AUTHN)');
  if (!offersOf(attempt, user).includes(choice)) {
    challenges.restore(session, challenge);
    throw new AwsError('InvalidParameterException', `${choice} is not available for this user.`);
  }
  return begin(attempt, user, challenge.unknownName ?? challenge.username, choice, responses);
}

/** The answer to PASSWORD. */
export async function answerPassword(
  attempt: Attempt,
  session: string | undefined,
  responses: Parameters,
): Promise<Answer> {
  const { pool, client, challenges } = attempt;
  const password = required(responses, 'PASSWORD');
  const challenge = challenges.take(session, pool, client, 'PASSWORD');
  requireSame(pool, challenge, required(responses, 'USERNAME'));
  const user = pool.users.get(challenge.username);
  const name = challenge.unknownName ?? challenge.username;
  const proven = await checkPassword(attempt, user, name, password).catch((error) => {
    // A mistyped password may be corrected; how often is the lockout's matter.
    challenges.restore(session, challenge);
    throw error;
  });
  return proceed(attempt, proven);
}

/** The answer to EMAIL_OTP. */
export async function answerMailedCode(
  attempt: Attempt,
  session: string | undefined,
  responses: Parameters,
): Promise<Answer> {
  const { pool, client, challenges } = attempt;
  const code = required(responses, 'EMAIL_OTP_CODE');
  const challenge = challenges.take(session, pool, client, 'EMAIL_OTP');
  requireSame(pool, challenge, required(responses, 'USERNAME'));
  const user = pool.users.get(challenge.username);
  if (!sameText(digest(code), challenge.codeHash) || !user) {
    const attemptsLeft = challenge.attemptsLeft - 1;
    if (attemptsLeft > 0) challenges.restore(session, { ...challenge, attemptsLeft });
    throw new AwsError('CodeMismatchException', 'Invalid code or auth state for the user.');
  }
  requireActive(user);
  // Who could read the code has the address.
  const proven =
    user.attributes.email_verified === 'true'
      ? user
      : await pool.change(user, ({ attributes }) => ({
          attributes: { ...attributes, email_verified: 'true' },
        }));
  return complete(attempt, proven);
}
