/** /forgotPassword and /confirmForgotPassword: a new password by a code to the verified address. */
import { AwsError } from '../../errors';
import { confirmForgotPassword, forgotPassword } from '../accounts';
import type { Answer } from './answer';
import type { HostedContext } from './context';
import type { OpenForm } from './forms';
import { html } from './html';
import { loginPage, nameField, newPasswordField, type Said } from './login-page';
import { alert, codeField, field, page } from './page';
import type { HostedRequest } from './request';
import { readVisit, type Visit } from './visit';

function askPage(
  context: HostedContext,
  visit: Visit,
  form: OpenForm,
  { error, username }: Said = {},
): Answer {
  return page({
    title: 'Forgot your password?',
    status: error === undefined ? 200 : 400,
    cookies: [form.cookie],
    leadsTo: visit.authorization?.redirectUri,
    body: html`<p class="dim">We mail you a code to choose a new one.</p>${alert(error)}
<form method="post" action="/forgotPassword?${visit.query}">
${form.field}
${field(nameField(context, username ?? visit.loginHint, true))}
<button>Send the code</button>
</form>
<p class="links"><a href="/login?${visit.query}">Back to sign-in</a></p>`,
  });
}

function choosePage(context: HostedContext, visit: Visit, form: OpenForm, { error, username }: Said): Answer {
  return page({
    title: 'Choose a new password',
    status: error === undefined ? 200 : 400,
    cookies: [form.cookie],
    leadsTo: visit.authorization?.redirectUri,
    body: html`<p class="dim">If there is an account for <strong>${username}</strong>, a code is on its way. The terminal and the mail page of the local runtime show it.</p>${alert(error)}
<form method="post" action="/confirmForgotPassword?${visit.query}">
${form.field}
<input type="hidden" name="username" value="${username}">
${field(codeField())}
${field(newPasswordField(context, false))}
<button>Change password</button>
</form>
<p class="links"><a href="/forgotPassword?${visit.query}">Send another code</a> <a href="/login?${visit.query}">Back to sign-in</a></p>`,
  });
}

export function showForgotPassword(context: HostedContext, request: HostedRequest): Answer {
  return askPage(context, readVisit(context, request.query), context.forms.open(request));
}

export async function submitForgotPassword(context: HostedContext, request: HostedRequest): Promise<Answer> {
  const visit = readVisit(context, request.query);
  const username = context.forms.read(request).get('username') ?? '';
  const form = context.forms.open(request);
  try {
    await forgotPassword(context.pool, visit.client, username);
    return choosePage(context, visit, form, { username });
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return askPage(context, visit, form, { username, error: error.message });
  }
}

export async function submitNewPassword(context: HostedContext, request: HostedRequest): Promise<Answer> {
  const visit = readVisit(context, request.query);
  const given = context.forms.read(request);
  const form = context.forms.open(request);
  const username = given.get('username') ?? '';
  const code = (given.get('code') ?? '').trim();
  try {
    await confirmForgotPassword(context.pool, visit.client, username, code, given.get('password') ?? '');
    return loginPage(context, visit, form, {
      username,
      notice: 'Your password is changed. Sign in with it.',
    });
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return choosePage(context, visit, form, { username, error: error.message });
  }
}
