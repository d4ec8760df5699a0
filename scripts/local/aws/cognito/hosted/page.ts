/** The frame of every sign-in page: one card, no script, nothing loaded from anywhere. */
import { createHash } from 'node:crypto';
import type { Answer } from './answer';
import { Html, html, type Insert } from './html';
import { styles } from './styles';

const stylesHash = createHash('sha256').update(styles).digest('base64');

export interface PageOptions {
  readonly title: string;
  readonly body: Html;
  /** @default 200 */
  readonly status?: number;
  readonly cookies?: readonly string[];
  /**
   * Where a form of this page may end up besides this server: browsers hold redirects after a form to it too.
   * @default nowhere
   */
  readonly leadsTo?: string | undefined;
}

/** The form-action source of a registered address; applications on phones have a scheme of their own and no origin. */
function source(address: string): string {
  const { origin, protocol } = new URL(address);
  return origin === 'null' ? protocol : origin;
}

export function page({ title, body, status = 200, cookies = [], leadsTo }: PageOptions): Answer {
  const formAction = leadsTo === undefined ? "'self'" : `'self' ${source(leadsTo)}`;
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': `default-src 'none'; style-src 'sha256-${stylesHash}'; img-src data:; base-uri 'none'; form-action ${formAction}; frame-ancestors 'none'`,
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      // Not none: a browser would then hide the origin of the page's own forms.
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
    },
    cookies,
    body: html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Landfall</title>
<link rel="icon" href="data:,">
<style>${new Html(styles)}</style>
</head>
<body>
<main>
<p class="brand"><span class="mark" aria-hidden="true"></span>Landfall <span class="badge">local</span></p>
<section class="card">
<h1>${title}</h1>
${body}
</section>
<p class="foot">Stands for the domain of the Cognito user pool. Accounts on this page exist on this machine only.</p>
</main>
</body>
</html>
`.text,
  };
}

/** Dead end: nothing of the request is trusted enough to go anywhere from here. */
export function errorPage(status: number, title: string, sentences: readonly Insert[]): Answer {
  return page({ title, status, body: html`${sentences.map((sentence) => html`<p>${sentence}</p>`)}` });
}

export const alert = (message: string | undefined): Html =>
  message === undefined ? html`` : html`<p class="alert" role="alert">${message}</p>`;

export const notice = (message: string | undefined): Html =>
  message === undefined ? html`` : html`<p class="notice" role="status">${message}</p>`;

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly type: 'email' | 'text' | 'password';
  /** What the browser may fill in, by the names of the HTML standard. */
  readonly autocomplete: string;
  readonly value?: string | undefined;
  readonly hint?: string | undefined;
  /** The field the visitor starts in. @default false */
  readonly first?: boolean;
}

/** Six digits of a mail or an authenticator. */
export const codeField = (first = true): Field => ({
  name: 'code',
  label: 'Code',
  type: 'text',
  autocomplete: 'one-time-code',
  first,
});

export function field({ name, label, type, autocomplete, value, hint, first = false }: Field): Html {
  const numeric = autocomplete === 'one-time-code' ? html` inputmode="numeric"` : undefined;
  return html`<label for="${name}">${label}</label>
<input id="${name}" name="${name}" type="${type}" autocomplete="${autocomplete}" autocapitalize="none" spellcheck="false" required maxlength="256" value="${value ?? ''}"${numeric}${first ? html` autofocus` : undefined}${hint === undefined ? undefined : html` aria-describedby="${name}-hint"`}>
${hint === undefined ? undefined : html`<p class="hint" id="${name}-hint">${hint}</p>`}`;
}
