/** GET and POST /login: the page that asks who it is. */
import { AwsError } from '../../errors';
import { resendConfirmation } from '../accounts';
import type { User } from '../records';
import { type Answer, redirect } from './answer';
import type { HostedContext } from './context';
import { challengePage, loginPage, signedInPage } from './login-page';
import type { HostedRequest, Parameters } from './request';
import { confirmPage } from './sign-up-page';
import { readVisit, returnWithCode, type Visit } from './visit';

export function showLogin(context: HostedContext, request: HostedRequest): Answer {
  const visit = readVisit(context, request.query);
  const signedIn = visit.prompt === 'login' ? undefined : context.sessions.find(request);
  const form = context.forms.open(request);
  if (!signedIn) return loginPage(context, visit, form);
  const { authorization } = visit;
  if (authorization) return returnWithCode(context, visit, authorization, signedIn);
  return signedInPage(visit, nameOf(signedIn.user), []);
}

export async function submitLogin(context: HostedContext, request: HostedRequest): Promise<Answer> {
  const visit = readVisit(context, request.query);
  const given = context.forms.read(request);
  const challenge = given.get('challenge');
  return challenge === undefined
    ? checkPassword(context, request, visit, given)
    : answerChallenge(context, request, visit, given, challenge);
}

const nameOf = (user: User): string => user.attributes.email ?? user.username;

async function checkPassword(
  context: HostedContext,
  request: HostedRequest,
  visit: Visit,
  given: Parameters,
): Promise<Answer> {
  const { engine, pool } = context;
  const username = given.get('username') ?? '';
  try {
    const user = await engine.signIns.checkPassword(
      pool,
      visit.client,
      username,
      given.get('password') ?? '',
    );
    return await proceed(context, request, visit, user);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const form = context.forms.open(request);
    if (error.code !== 'UserNotConfirmedException')
      return loginPage(context, visit, form, { error: error.message, username });
    // The password was right: the address is theirs to confirm now.
    await resendConfirmation(pool, visit.client, username);
    return confirmPage(context, visit, form, {
      username,
      notice: 'Your account is not confirmed yet. We have sent you a new code.',
    });
  }
}

function proceed(context: HostedContext, request: HostedRequest, visit: Visit, user: User): Answer {
  const { engine, pool, sessions, forms } = context;
  const challenge = engine.signIns.challengeOf(pool, visit.client, user);
  if (challenge)
    return challengePage(context, visit, forms.open(request), {
      name: challenge.ChallengeName,
      session: challenge.Session ?? '',
      username: user.username,
    });
  const { cookie, signedIn } = sessions.start(request, user);
  const { authorization } = visit;
  if (authorization) return returnWithCode(context, visit, authorization, signedIn, [cookie]);
  // By redirect, so that reloading the page does not send the password again.
  return redirect(`/login?client_id=${visit.client.id}`, [cookie]);
}

async function answerChallenge(
  context: HostedContext,
  request: HostedRequest,
  visit: Visit,
  given: Parameters,
  name: string,
): Promise<Answer> {
  const { engine, pool, forms } = context;
  const session = given.get('session') ?? '';
  const username = given.get('username') ?? '';
  try {
    const user = await engine.signIns.choosePassword(
      pool,
      visit.client,
      session,
      username,
      given.get('password') ?? '',
    );
    return proceed(context, request, visit, user);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const form = forms.open(request);
    if (error.code === 'InvalidPasswordException' || error.code === 'CodeMismatchException')
      return challengePage(context, visit, form, { name, session, username }, error.message);
    return loginPage(context, visit, form, { error: error.message });
  }
}
