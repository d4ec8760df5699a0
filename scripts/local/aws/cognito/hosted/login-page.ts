/** What the sign-in page looks like. */
import type { Answer } from './answer';
import type { HostedContext } from './context';
import type { OpenForm } from './forms';
import { type Html, html } from './html';
import { alert, type Field, field, notice, page } from './page';
import { passwordHint } from './password-hint';
import type { Visit } from './visit';

export interface Said {
  readonly error?: string | undefined;
  readonly notice?: string | undefined;
  /** E-mail or name as given before. */
  readonly username?: string | undefined;
}

/** Who waits for the visitor, so that nobody signs in for an application they did not expect. */
export function destination({ authorization }: Visit): Html {
  if (!authorization) return html``;
  const { origin, protocol } = new URL(authorization.redirectUri);
  return html`<p class="dim">to continue to <code>${origin === 'null' ? protocol : origin}</code></p>`;
}

/** How people name themselves to this pool. */
export const nameField = ({ pool }: HostedContext, value: string | undefined, first: boolean): Field =>
  pool.settings.emailIsUsername
    ? { name: 'username', label: 'E-mail', type: 'email', autocomplete: 'username', value, first }
    : { name: 'username', label: 'User name', type: 'text', autocomplete: 'username', value, first };

export function loginPage(context: HostedContext, visit: Visit, form: OpenForm, said: Said = {}): Answer {
  const username = said.username ?? visit.loginHint;
  const { selfSignUp } = context.pool.settings;
  return page({
    title: 'Sign in',
    status: said.error === undefined ? 200 : 400,
    cookies: [form.cookie],
    leadsTo: visit.authorization?.redirectUri,
    body: html`${destination(visit)}${alert(said.error)}${notice(said.notice)}
<form method="post" action="/login?${visit.query}">
${form.field}
${field(nameField(context, username, username === undefined))}
${field({ name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password', first: username !== undefined })}
<button>Sign in</button>
</form>
<p class="links"><a href="/forgotPassword?${visit.query}">Forgot your password?</a>${selfSignUp ? html` <a href="/signup?${visit.query}">Create an account</a>` : undefined}</p>`,
  });
}

export const newPasswordField = ({ pool }: HostedContext, first = true): Field => ({
  name: 'password',
  label: 'New password',
  type: 'password',
  autocomplete: 'new-password',
  hint: passwordHint(pool.settings.password),
  first,
});

/** For a visitor whom no application waits for. */
export function signedInPage(visit: Visit, name: string): Answer {
  return page({
    title: 'You are signed in',
    body: html`<p>as <strong>${name}</strong></p>
<p class="dim">Applications that use this sign-in page will not ask again for an hour.</p>
<p class="links"><a href="/login?client_id=${visit.client.id}&amp;prompt=login">Use another account</a></p>`,
  });
}
