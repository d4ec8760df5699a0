/** /signup, /confirm and /resendcode: an account, and the proof of its address. */
import { AwsError } from '../../errors';
import { confirmSignUp, resendConfirmation, signUp } from '../accounts';
import type { Answer } from './answer';
import type { HostedContext } from './context';
import { loginPage } from './login-page';
import type { HostedRequest } from './request';
import { confirmPage, furtherAttributes, signUpPage } from './sign-up-page';
import { readVisit } from './visit';

export function showSignUp(context: HostedContext, request: HostedRequest): Answer {
  return signUpPage(context, readVisit(context, request.query), context.forms.open(request));
}

export async function submitSignUp(context: HostedContext, request: HostedRequest): Promise<Answer> {
  const visit = readVisit(context, request.query);
  const given = context.forms.read(request);
  const form = context.forms.open(request);
  const username = given.get('username') ?? '';
  const attributes = furtherAttributes(context).map((name) => ({
    Name: name,
    Value: given.get(`attribute.${name}`) ?? '',
  }));
  try {
    const { UserConfirmed } = await signUp(
      context.pool,
      visit.client,
      username,
      given.get('password') ?? '',
      attributes,
    );
    return UserConfirmed
      ? loginPage(context, visit, form, { username, notice: 'Your account is ready. Sign in.' })
      : confirmPage(context, visit, form, { username });
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return signUpPage(context, visit, form, given, error.message);
  }
}

export function showConfirm(context: HostedContext, request: HostedRequest): Answer {
  const visit = readVisit(context, request.query);
  return confirmPage(context, visit, context.forms.open(request), { username: visit.loginHint });
}

export async function submitConfirm(context: HostedContext, request: HostedRequest): Promise<Answer> {
  const visit = readVisit(context, request.query);
  const given = context.forms.read(request);
  const form = context.forms.open(request);
  const username = given.get('username') ?? '';
  try {
    await confirmSignUp(context.pool, visit.client, username, (given.get('code') ?? '').trim());
    return loginPage(context, visit, form, { username, notice: 'Your account is confirmed. Sign in.' });
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return confirmPage(context, visit, form, { username, error: error.message });
  }
}

export async function resendCode(context: HostedContext, request: HostedRequest): Promise<Answer> {
  const visit = readVisit(context, request.query);
  const username = context.forms.read(request).get('username') ?? '';
  const form = context.forms.open(request);
  try {
    await resendConfirmation(context.pool, visit.client, username);
    return confirmPage(context, visit, form, { username, notice: 'A new code is on its way.' });
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return confirmPage(context, visit, form, { username, error: error.message });
  }
}
