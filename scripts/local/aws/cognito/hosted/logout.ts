/** GET /logout: ends the browser's session, then leaves to a registered address or signs in anew. */
import { type Answer, Refusal, redirect } from './answer';
import type { HostedContext } from './context';
import { html } from './html';
import { errorPage } from './page';
import type { HostedRequest } from './request';
import { clientOf, readQuery, readVisit } from './visit';

export function logout(context: HostedContext, request: HostedRequest): Answer {
  const parameters = readQuery(request.query);
  const client = clientOf(context, parameters);
  const logoutUri = parameters.get('logout_uri');
  if (logoutUri === undefined) {
    const { authorization, query } = readVisit(context, request.query);
    if (!authorization)
      throw new Refusal(
        errorPage(400, 'The address is incomplete', [
          'It must say what comes after: logout_uri, or redirect_uri with response_type=code to sign in again.',
        ]),
      );
    return redirect(`/login?${query}`, [context.sessions.end(request)]);
  }
  const { logoutUrls } = client.settings.oauth;
  if (!logoutUrls.includes(logoutUri))
    throw new Refusal(
      errorPage(400, 'redirect_mismatch', [
        html`Client <code>${client.id}</code> does not sign out to <code>${logoutUri}</code>. Its logout URLs, which must match to the letter:`,
        ...logoutUrls.map((url) => html`<code>${url}</code>`),
        html`Configure <code>auth.logoutUrls</code> of the environment.`,
      ]),
    );
  return redirect(logoutUri, [context.sessions.end(request)]);
}
