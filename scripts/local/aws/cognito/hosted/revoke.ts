/** POST /oauth2/revoke: ends the session of a refresh token. */
import { revoke } from '../tokens';
import { type Answer, refuse } from './answer';
import { authenticateClient, readEndpointForm } from './client-authentication';
import type { HostedContext } from './context';
import type { HostedRequest } from './request';

export async function revokeToken(context: HostedContext, request: HostedRequest): Promise<Answer> {
  const form = readEndpointForm(request);
  const client = authenticateClient(context, request, form, 401);
  const token = form.get('token');
  if (token === undefined || token === '') throw refuse('invalid_request', 'token is missing.');
  if (!client.settings.revocation)
    throw refuse('invalid_request', 'Token revocation is not enabled for this client.');
  // Access and ID tokens are signed texts in three parts; they end by themselves.
  if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token))
    throw refuse('unsupported_token_type', 'Only refresh tokens can be revoked.');
  const session = context.pool.sessionOf(token);
  if (session && session.clientId !== client.id)
    throw refuse('invalid_request', 'The token belongs to another client.');
  await revoke(context.pool, client, token);
  return { status: 200, headers: { 'cache-control': 'no-store' } };
}
