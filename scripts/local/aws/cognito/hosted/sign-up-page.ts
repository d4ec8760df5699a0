/** What the pages of a new account look like. */
import type { Answer } from './answer';
import { attributeField } from './attribute-field';
import type { HostedContext } from './context';
import type { OpenForm } from './forms';
import { html } from './html';
import { destination, nameField, newPasswordField, type Said } from './login-page';
import { alert, codeField, field, notice, page } from './page';
import type { Parameters } from './request';
import type { Visit } from './visit';

/** Attributes that a new user must give beside name and password. */
export function furtherAttributes({ pool }: HostedContext): readonly string[] {
  const { requiredAttributes, emailIsUsername, verifiesEmail } = pool.settings;
  const wanted = new Set(requiredAttributes.filter((name) => name !== 'sub'));
  if (verifiesEmail) wanted.add('email');
  if (emailIsUsername) wanted.delete('email');
  return [...wanted];
}

export function signUpPage(
  context: HostedContext,
  visit: Visit,
  form: OpenForm,
  given: Parameters = new Map(),
  error?: string,
): Answer {
  return page({
    title: 'Create an account',
    status: error === undefined ? 200 : 400,
    cookies: [form.cookie],
    leadsTo: visit.authorization?.redirectUri,
    body: html`${destination(visit)}${alert(error)}
<form method="post" action="/signup?${visit.query}">
${form.field}
${field(nameField(context, given.get('username') ?? visit.loginHint, true))}
${furtherAttributes(context).map((name) => field(attributeField(name, given.get(`attribute.${name}`))))}
${field({ ...newPasswordField(context, false), label: 'Password' })}
<button>Create account</button>
</form>
<p class="links"><a href="/login?${visit.query}">I have an account already</a> <a href="/confirm?${visit.query}">I have a code</a></p>`,
  });
}

export function confirmPage(context: HostedContext, visit: Visit, form: OpenForm, said: Said = {}): Answer {
  const known = said.username !== undefined;
  return page({
    title: 'Confirm your account',
    status: said.error === undefined ? 200 : 400,
    cookies: [form.cookie],
    leadsTo: visit.authorization?.redirectUri,
    body: html`<p class="dim">We have mailed you a code. The terminal and the mail page of the local runtime show it.</p>${alert(said.error)}${notice(said.notice)}
<form method="post" action="/confirm?${visit.query}">
${form.field}
${field(nameField(context, said.username, !known))}
${field(codeField(known))}
<button>Confirm</button>
<p class="links"><button class="plain" formaction="/resendcode?${visit.query}" formnovalidate>Send a new code</button> <a href="/login?${visit.query}">Back to sign-in</a></p>
</form>`,
  });
}
