/** GET /oauth2/authorize: where an application sends its visitors. */
import { type Answer, Refusal, redirect, withParameters } from './answer';
import type { HostedContext } from './context';
import { errorPage } from './page';
import type { HostedRequest } from './request';
import { readVisit, returnWithCode } from './visit';

export function authorize(context: HostedContext, request: HostedRequest): Answer {
  const visit = readVisit(context, request.query);
  const { authorization, prompt } = visit;
  if (!authorization)
    throw new Refusal(
      errorPage(400, 'The address is incomplete', [
        'It must say where to return to and with what: redirect_uri and response_type=code.',
      ]),
    );
  const signedIn = prompt === 'login' ? undefined : context.sessions.find(request);
  if (signedIn) return returnWithCode(context, visit, authorization, signedIn);
  if (prompt === 'none') {
    const { redirectUri, state } = authorization;
    return redirect(
      withParameters(redirectUri, {
        error: 'login_required',
        error_description: 'Nobody is signed in, and prompt=none forbids to ask.',
        state,
      }),
    );
  }
  return redirect(`/login?${visit.query}`);
}
