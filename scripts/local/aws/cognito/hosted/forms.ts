/** Forms that only the page which showed them can send: no other site can sign a visitor in or up. */
import { createHmac, randomBytes } from 'node:crypto';
import { sameText } from '../../sigv4';
import { Refusal } from './answer';
import { FORM_COOKIE, setCookie } from './cookies';
import { type Html, html } from './html';
import { errorPage } from './page';
import { type HostedRequest, isForm, type Parameters, readParameters } from './request';

const BROWSER = /^[\w-]{22}$/;

export interface OpenForm {
  /** Belongs into the form. */
  readonly field: Html;
  /** Belongs into the answer. */
  readonly cookie: string;
}

export class Forms {
  /** Forms of an earlier start are stale, like everything else a restart forgets. */
  private readonly key = randomBytes(32);

  private tokenFor(browser: string): string {
    return createHmac('sha256', this.key).update(browser).digest('base64url');
  }

  open({ cookies }: HostedRequest): OpenForm {
    const known = cookies.get(FORM_COOKIE) ?? '';
    const browser = BROWSER.test(known) ? known : randomBytes(16).toString('base64url');
    return {
      field: html`<input type="hidden" name="_csrf" value="${this.tokenFor(browser)}">`,
      cookie: setCookie(FORM_COOKIE, browser),
    };
  }

  /** @throws Refusal unless the form was shown to this browser by this server */
  read(request: HostedRequest): Parameters {
    const { headers, cookies } = request;
    const stale = () =>
      new Refusal(
        errorPage(403, 'This form is no longer valid', [
          'It was opened before the local runtime started, in another browser, or by another site. Go back, reload the page, and try again.',
        ]),
      );
    // Browsers say which site a form comes from; a client that says nothing is no browser another site could use.
    if (headers.origin !== undefined && headers.origin !== `https://${headers.host}`) throw stale();
    if (!isForm(request)) throw stale();
    const form = readParameters(request.body, stale);
    const browser = cookies.get(FORM_COOKIE) ?? '';
    if (!BROWSER.test(browser) || !sameText(this.tokenFor(browser), form.get('_csrf') ?? '')) throw stale();
    return form;
  }
}
