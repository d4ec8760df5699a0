/** GET and POST /login: the page that asks who it is. */
import { AwsError } from '../../errors';
import { resendConfirmation } from '../accounts';
import type { User } from '../records';
import type { Answer } from './answer';
import { answerChallenge, isChallenge, proceed } from './challenges';
import type { HostedContext } from './context';
import { loginPage, signedInPage } from './login-page';
import type { HostedRequest, Parameters } from './request';
import { confirmPage } from './sign-up-page';
import { readVisit, returnWithCode, type Visit } from './visit';

const nameOf = (user: User): string => user.attributes.email ?? user.username;

export function showLogin(context: HostedContext, request: HostedRequest): Answer {
  const visit = readVisit(context, request.query);
  const signedIn = visit.prompt === 'login' ? undefined : context.sessions.find(request);
  if (!signedIn) return loginPage(context, visit, context.forms.open(request));
  const { authorization } = visit;
  if (authorization) return returnWithCode(context, visit, authorization, signedIn);
  return signedInPage(visit, nameOf(signedIn.user));
}

export async function submitLogin(context: HostedContext, request: HostedRequest): Promise<Answer> {
  const visit = readVisit(context, request.query);
  const given = context.forms.read(request);
  const challenge = given.get('challenge');
  return isChallenge(challenge)
    ? answerChallenge(context, request, visit, given, challenge)
    : checkPassword(context, request, visit, given);
}

async function checkPassword(
  context: HostedContext,
  request: HostedRequest,
  visit: Visit,
  given: Parameters,
): Promise<Answer> {
  const { engine, pool, forms } = context;
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
    const form = forms.open(request);
    if (error.code !== 'UserNotConfirmedException')
      return loginPage(context, visit, form, { error: error.message, username });
    // The password was right, so the account is theirs to confirm.
    const notice = await sendConfirmation(context, visit, username);
    return confirmPage(context, visit, form, { username, notice });
  }
}

async function sendConfirmation(
  { pool }: HostedContext,
  { client }: Visit,
  username: string,
): Promise<string> {
  try {
    await resendConfirmation(pool, client, username);
    return 'Your account is not confirmed yet. We have sent you a new code.';
  } catch (error) {
    if (error instanceof AwsError) return `Your account is not confirmed yet. ${error.message}`;
    throw error;
  }
}
