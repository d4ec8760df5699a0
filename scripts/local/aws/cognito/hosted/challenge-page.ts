/** What the steps between a right password and being signed in look like. */
import { missingAttributes } from '../attributes';
import type { Answer } from './answer';
import { attributeField } from './attribute-field';
import type { HostedContext } from './context';
import type { OpenForm } from './forms';
import { type Html, html } from './html';
import { newPasswordField } from './login-page';
import { alert, codeField, field, page } from './page';
import type { Visit } from './visit';

export interface PendingChallenge {
  readonly name: string;
  readonly session: string;
  readonly username: string;
  /** Base32, of an app that is being set up. */
  readonly secret?: string | undefined;
}

interface Wording {
  readonly title: string;
  readonly button: string;
  readonly body: Html;
}

function newPassword(context: HostedContext, username: string): Wording {
  const missing = missingAttributes(context.pool, context.pool.find(username)?.attributes ?? {});
  return {
    title: 'Choose a password',
    button: 'Save and sign in',
    body: html`<p class="dim">The one you signed in with was temporary.</p>
${field(newPasswordField(context))}
${missing.map((name) => field(attributeField(name)))}`,
  };
}

function setUp(secret: string): Wording {
  const key = secret.match(/.{1,4}/g)?.join(' ');
  return {
    title: 'Set up your authenticator',
    button: 'Confirm and sign in',
    body: html`<p class="dim">Enter this key in an authenticator app, then the code that the app shows.</p>
<p class="notice"><code>${key}</code></p>
<input type="hidden" name="secret" value="${secret}">
${field(codeField())}`,
  };
}

const enterCode: Wording = {
  title: 'Enter your code',
  button: 'Sign in',
  body: html`<p class="dim">Your authenticator app shows it.</p>
${field(codeField())}`,
};

export function challengePage(
  context: HostedContext,
  visit: Visit,
  form: OpenForm,
  { name, session, username, secret = '' }: PendingChallenge,
  error?: string,
): Answer {
  const wording =
    name === 'NEW_PASSWORD_REQUIRED'
      ? newPassword(context, username)
      : name === 'MFA_SETUP'
        ? setUp(secret)
        : enterCode;
  return page({
    title: wording.title,
    status: error === undefined ? 200 : 400,
    cookies: [form.cookie],
    leadsTo: visit.authorization?.redirectUri,
    body: html`${alert(error)}
<form method="post" action="/login?${visit.query}">
${form.field}
<input type="hidden" name="challenge" value="${name}">
<input type="hidden" name="session" value="${session}">
<input type="hidden" name="username" value="${username}">
${wording.body}
<button>${wording.button}</button>
</form>
<p class="links"><a href="/login?${visit.query}">Start over</a></p>`,
  });
}
