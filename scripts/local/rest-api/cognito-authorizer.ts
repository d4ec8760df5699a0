/** COGNITO_USER_POOLS authorizers: verify the token as API Gateway does, against the local user pools. */
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose';
import type { CognitoAuthorizer } from './definition';
import { GatewayError } from './gateway-responses';

export interface UserPoolKeys {
  /** Value of the `iss` claim of the pool's tokens. */
  issuer(userPoolId: string): string;
  jwks(userPoolId: string): JSONWebKeySet | Promise<JSONWebKeySet>;
}

/**
 * Claims of the token, as `$context.authorizer.claims` holds them.
 *
 * With scopes on the method API Gateway wants an access token that has one of them; without, an ID token.
 *
 * @throws {GatewayError} 401 for every token that is not good enough.
 */
export async function verifyCognitoToken(
  authorizer: CognitoAuthorizer,
  header: string,
  scopes: readonly string[],
  pools: UserPoolKeys,
): Promise<Record<string, string>> {
  const token = header.replace(/^Bearer\s+/i, '');
  for (const userPoolId of authorizer.userPoolIds) {
    const claims = await verify(token, pools.issuer(userPoolId), await pools.jwks(userPoolId));
    if (!claims) continue;
    if (!meetsUse(claims, scopes)) break;
    // API Gateway matches the expression against `aud`, which only ID tokens have.
    const { identityValidation } = authorizer;
    if (identityValidation && !identityValidation.test(String(claims.aud ?? ''))) break;
    return asTexts(claims);
  }
  throw new GatewayError('UNAUTHORIZED');
}

async function verify(token: string, issuer: string, jwks: JSONWebKeySet): Promise<JWTPayload | undefined> {
  try {
    const { payload } = await jwtVerify(token, createLocalJWKSet(jwks), { issuer, algorithms: ['RS256'] });
    return payload;
  } catch (error) {
    if (error instanceof errors.JWTExpired)
      throw new GatewayError('UNAUTHORIZED', 'The incoming token has expired');
    if (error instanceof errors.JOSEError || error instanceof TypeError) return undefined;
    throw error;
  }
}

function meetsUse(claims: JWTPayload, scopes: readonly string[]): boolean {
  if (scopes.length === 0) return claims.token_use === 'id';
  const granted = String(claims.scope ?? '').split(' ');
  return claims.token_use === 'access' && scopes.some((scope) => granted.includes(scope));
}

/** API Gateway hands claims on as texts: lists joined by commas, `exp` and `iat` as dates. */
function asTexts(claims: JWTPayload): Record<string, string> {
  return Object.fromEntries(
    Object.entries(claims).map(([name, value]) => {
      if ((name === 'exp' || name === 'iat') && typeof value === 'number') return [name, javaDate(value)];
      if (Array.isArray(value)) return [name, value.join(',')];
      return [name, typeof value === 'object' ? JSON.stringify(value) : String(value)];
    }),
  );
}

/** `Fri Nov 20 12:00:00 UTC 2026` */
function javaDate(epochSeconds: number): string {
  const [weekday = '', day, month, year, clock] = new Date(epochSeconds * 1000).toUTCString().split(' ');
  return `${weekday.replace(',', '')} ${month} ${day} ${clock} UTC ${year}`;
}
