/** From a right password to being signed in: a new password, the second factor, and setting it up. */
import { AwsError } from '../../errors';
import { challengeAfterPassword, welcome } from '../completion';
import type { User } from '../records';
import { answerCode, answerSetup, associateInSession, verifyInSession } from '../second-factor';
import { type Answer, redirect } from './answer';
import { challengePage, type PendingChallenge } from './challenge-page';
import type { HostedContext } from './context';
import { loginPage } from './login-page';
import type { HostedRequest, Parameters } from './request';
import { returnWithCode, type Visit } from './visit';

const CHALLENGES = ['NEW_PASSWORD_REQUIRED', 'SOFTWARE_TOKEN_MFA', 'MFA_SETUP'] as const;
type ChallengeName = (typeof CHALLENGES)[number];

export const isChallenge = (name: string | undefined): name is ChallengeName =>
  CHALLENGES.some((known) => known === name);

/** The engine keeps the challenge for another try after these. */
const CORRECTABLE = [
  'CodeMismatchException',
  'EnableSoftwareTokenMFAException',
  'ExpiredCodeException',
  'InvalidParameterException',
  'InvalidPasswordException',
];

/**
 * After a proven password.
 * @throws AwsError when the user may not sign in at all
 */
export async function proceed(
  context: HostedContext,
  request: HostedRequest,
  visit: Visit,
  user: User,
  newPassword = false,
): Promise<Answer> {
  const attempt = context.engine.signIns.attempt(context.pool, visit.client);
  const challenge = challengeAfterPassword(attempt, user, newPassword);
  if (!challenge) return finish(context, request, visit, user);
  const pending = {
    name: challenge.ChallengeName,
    session: challenge.Session ?? '',
    username: user.username,
  };
  return challengePage(
    context,
    visit,
    context.forms.open(request),
    pending.name === 'MFA_SETUP'
      ? withSecret(associateInSession(attempt, pending.session), pending)
      : pending,
  );
}

const withSecret = (
  { SecretCode, Session }: { readonly SecretCode: string; readonly Session: string },
  pending: PendingChallenge,
): PendingChallenge => ({ ...pending, session: Session, secret: SecretCode });

/** After everything is proven. */
async function finish(
  context: HostedContext,
  request: HostedRequest,
  visit: Visit,
  user: User,
): Promise<Answer> {
  const { engine, pool, sessions } = context;
  await welcome(engine.signIns.attempt(pool, visit.client), user);
  const { cookie, signedIn } = sessions.start(request, user);
  const { authorization } = visit;
  if (authorization) return returnWithCode(context, visit, authorization, signedIn, [cookie]);
  // By redirect, so that reloading the page does not send the password again.
  return redirect(`/login?client_id=${visit.client.id}`, [cookie]);
}

export async function answerChallenge(
  context: HostedContext,
  request: HostedRequest,
  visit: Visit,
  given: Parameters,
  name: ChallengeName,
): Promise<Answer> {
  const pending: PendingChallenge = {
    name,
    session: given.get('session') ?? '',
    username: given.get('username') ?? '',
    secret: given.get('secret'),
  };
  try {
    if (name === 'NEW_PASSWORD_REQUIRED') {
      const user = await choosePassword(context, visit, given, pending);
      return await proceed(context, request, visit, user, true);
    }
    return await finish(context, request, visit, await proveCode(context, visit, given, pending));
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const form = context.forms.open(request);
    return CORRECTABLE.includes(error.code)
      ? challengePage(context, visit, form, pending, error.message)
      : loginPage(context, visit, form, { error: error.message });
  }
}

function choosePassword(
  { engine, pool }: HostedContext,
  { client }: Visit,
  given: Parameters,
  { session, username }: PendingChallenge,
): Promise<User> {
  const prefix = 'attribute.';
  const attributes = [...given]
    .filter(([field]) => field.startsWith(prefix))
    .map(([field, value]) => [`userAttributes.${field.slice(prefix.length)}`, value]);
  const password = given.get('password') ?? '';
  return engine.signIns.choosePassword(
    pool,
    client,
    session,
    username,
    password,
    Object.fromEntries(attributes),
  );
}

/** Of the second factor, or of the one that is being set up. */
async function proveCode(
  { engine, pool }: HostedContext,
  { client }: Visit,
  given: Parameters,
  { name, session, username }: PendingChallenge,
): Promise<User> {
  const attempt = engine.signIns.attempt(pool, client);
  const code = (given.get('code') ?? '').replaceAll(' ', '');
  if (name === 'SOFTWARE_TOKEN_MFA') {
    const responses = { USERNAME: username, SOFTWARE_TOKEN_MFA_CODE: code };
    return (await answerCode(attempt, session, responses)).user;
  }
  const { Session } = await verifyInSession(attempt, session, code);
  return answerSetup(attempt, Session, { USERNAME: username }).user;
}
