/** GET and POST /oauth2/userInfo: what an access token's scopes show of its user. */
import { AwsError } from '../../errors';
import { claimsOfAccessToken } from '../tokens';
import { type Answer, json, type Refusal, refuse } from './answer';
import type { HostedContext } from './context';
import type { HostedRequest } from './request';
import { showsAttribute } from './scopes';

function refuseToken(error: string, description: string, status = 401): Refusal {
  const challenge = `Bearer error="${error}", error_description="${description}"`;
  return refuse(error, description, status, { 'www-authenticate': challenge });
}

export function userInfo({ pool }: HostedContext, { headers }: HostedRequest): Answer {
  const [, token] = /^bearer ([A-Za-z0-9\-._~+/]+=*)$/i.exec(headers.authorization ?? '') ?? [];
  if (token === undefined)
    throw refuseToken('invalid_request', 'The request needs Authorization: Bearer and an access token.', 400);
  const { claims, user } = holderOf(pool, token);
  const scopes = String(claims.scope).split(' ');
  if (!scopes.includes('openid'))
    throw refuseToken('invalid_token', 'Access token does not contain openid scope');
  const readable = pool.clients.get(String(claims.client_id))?.settings.readable;
  const shown = Object.entries(user.attributes).filter(
    ([name]) => name === 'sub' || ((!readable || readable.includes(name)) && showsAttribute(scopes, name)),
  );
  return json(200, { ...Object.fromEntries(shown), username: user.username });
}

function holderOf(pool: HostedContext['pool'], token: string) {
  try {
    return claimsOfAccessToken(pool, token);
  } catch (error) {
    if (error instanceof AwsError)
      throw refuseToken(
        'invalid_token',
        'Access token is expired, disabled, or deleted, or the user has globally signed out.',
      );
    throw error;
  }
}
