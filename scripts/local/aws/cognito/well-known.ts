/** What verifiers fetch from a user pool's issuer: its keys, and its OpenID configuration. */
import type { Reply } from '../call';
import type { WireRequest } from '../sigv4';
import type { CognitoEngine } from './engine';

/** The published document a request is for; undefined when it is for something else. */
export function wellKnown(engine: CognitoEngine, { method, path }: WireRequest): Reply | undefined {
  const [, poolId = '', document] =
    /^\/([a-z0-9-]+_[A-Za-z0-9]+)\/\.well-known\/(jwks\.json|openid-configuration)$/.exec(path) ?? [];
  const pool = engine.listPools().find(({ id }) => id === poolId);
  if (method !== 'GET' || !pool) return undefined;
  const { issuer, domain } = pool;
  const body =
    document === 'jwks.json'
      ? engine.jwks(poolId)
      : {
          id_token_signing_alg_values_supported: ['RS256'],
          issuer,
          jwks_uri: `${issuer}/.well-known/jwks.json`,
          response_types_supported: ['code', 'token'],
          scopes_supported: ['openid', 'email', 'phone', 'profile'],
          subject_types_supported: ['public'],
          ...(domain !== undefined && {
            authorization_endpoint: `${domain}/oauth2/authorize`,
            end_session_endpoint: `${domain}/logout`,
            revocation_endpoint: `${domain}/oauth2/revoke`,
            token_endpoint: `${domain}/oauth2/token`,
            token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
            userinfo_endpoint: `${domain}/oauth2/userInfo`,
          }),
        };
  const headers = {
    'content-type': 'application/json',
    'access-control-allow-origin': '*',
    'cache-control': 'public, max-age=86400',
  };
  return { status: 200, headers, body: JSON.stringify(body) };
}
