/** POST /oauth2/token: a code or a refresh token for tokens. */
import { AwsError } from '../../errors';
import type { Client } from '../records';
import { type AuthenticationResult, refreshSession, startSession } from '../tokens';
import { type Answer, json, refuse } from './answer';
import { authenticateClient, readEndpointForm } from './client-authentication';
import type { HostedContext } from './context';
import type { HostedRequest, Parameters } from './request';

export async function token(context: HostedContext, request: HostedRequest): Promise<Answer> {
  const form = readEndpointForm(request);
  const grantType = form.get('grant_type');
  if (grantType === undefined) throw refuse('invalid_request', 'grant_type is missing.');
  const client = authenticateClient(context, request, form);
  if (grantType === 'authorization_code') return json(200, await exchange(context, client, form));
  if (grantType === 'refresh_token') return json(200, await refresh(context, client, form));
  throw refuse('unsupported_grant_type', 'grant_type must be authorization_code or refresh_token.');
}

function required(form: Parameters, name: string): string {
  const value = form.get(name);
  if (value === undefined || value === '') throw refuse('invalid_request', `${name} is missing.`);
  return value;
}

async function exchange({ pool, codes }: HostedContext, client: Client, form: Parameters): Promise<object> {
  if (!client.settings.oauth.codeFlow)
    throw refuse('unauthorized_client', 'The client does not use the authorization code flow.');
  const redeemed = codes.redeem(required(form, 'code'), {
    clientId: client.id,
    redirectUri: form.get('redirect_uri'),
    codeVerifier: form.get('code_verifier'),
  });
  if ('refused' in redeemed) {
    // One of the two who presented the code is a thief, and nobody can tell which.
    if (redeemed.revoke !== undefined) await pool.revokeSession(redeemed.revoke);
    throw refuse('invalid_grant', redeemed.refused);
  }
  const { username, scopes, nonce, authTime } = redeemed.grant;
  const user = pool.find(username);
  if (!user?.enabled)
    throw refuse('invalid_grant', 'The user of the authorization code is gone or disabled.');
  const result = await startSession(pool, client, user, { scopes, nonce, authTime }).catch(asGrantError);
  const originJti = pool.sessionOf(result.RefreshToken ?? '')?.originJti ?? '';
  if (!redeemed.started(originJti)) {
    await pool.revokeSession(originJti);
    throw refuse('invalid_grant', 'The authorization code was used twice at once.');
  }
  return body(result, scopes);
}

async function refresh({ pool }: HostedContext, client: Client, form: Parameters): Promise<object> {
  const given = required(form, 'refresh_token');
  const scopes = pool.sessionOf(given)?.scopes;
  try {
    return body(await refreshSession(pool, client, given), scopes);
  } catch (error) {
    throw asGrantError(error);
  }
}

/** What the engine refuses in Cognito's words, in those of OAuth. Other faults stay faults. */
function asGrantError(error: unknown): never {
  if (error instanceof AwsError && error.status < 500) throw refuse('invalid_grant', error.message);
  throw error;
}

function body(
  { AccessToken, IdToken, RefreshToken, ExpiresIn }: AuthenticationResult,
  scopes: readonly string[] | undefined,
): object {
  return {
    // Without openid it was no sign-in, only an authorization. Tokens of the API always come in threes.
    ...((!scopes || scopes.includes('openid')) && { id_token: IdToken }),
    access_token: AccessToken,
    ...(RefreshToken !== undefined && { refresh_token: RefreshToken }),
    expires_in: ExpiresIn,
    token_type: 'Bearer',
  };
}
