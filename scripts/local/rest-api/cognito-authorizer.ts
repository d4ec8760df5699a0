/** COGNITO_USER_POOLS authorizers: verify the token as API Gateway does, against the local user pools. */
import { JwtBaseError, JwtExpiredError } from 'aws-jwt-verify/error';
import type { Jwks } from 'aws-jwt-verify/jwk';
import { JwtVerifier } from 'aws-jwt-verify/jwt-verifier';
import type { CognitoAuthorizer } from './definition';
import { GatewayError } from './gateway-responses';

export interface UserPoolKeys {
  /** Value of the `iss` claim of the pool's tokens. */
  issuer(userPoolId: string): string;
  jwks(userPoolId: string): Jwks;
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
    const claims = await verify(token, pools.issuer(userPoolId), pools.jwks(userPoolId));
    if (!claims) continue;
    if (!meetsUse(claims, scopes)) break;
    // API Gateway matches the expression against `aud`, which only ID tokens have.
    const { identityValidation } = authorizer;
    if (identityValidation && !identityValidation.test(String(claims.aud ?? ''))) break;
    return asTexts(claims);
  }
  throw new GatewayError('UNAUTHORIZED');
}

type Claims = Readonly<Record<string, unknown>>;

async function verify(token: string, issuer: string, jwks: Jwks): Promise<Claims | undefined> {
  const verifier = JwtVerifier.create({ issuer, audience: null, jwksUri: `${issuer}/.well-known/jwks.json` });
  // The keys are at hand: nothing is fetched from the issuer's address, which is on AWS.
  verifier.cacheJwks(jwks);
  try {
    const claims = await verifier.verify(token);
    // The library takes a token without `exp` for one that never expires; Cognito issues none.
    return claims.exp === undefined ? undefined : claims;
  } catch (error) {
    if (error instanceof JwtExpiredError)
      throw new GatewayError('UNAUTHORIZED', 'The incoming token has expired');
    if (error instanceof JwtBaseError) return undefined;
    throw error;
  }
}

function meetsUse(claims: Claims, scopes: readonly string[]): boolean {
  if (scopes.length === 0) return claims.token_use === 'id';
  const granted = String(claims.scope ?? '').split(' ');
  return claims.token_use === 'access' && scopes.some((scope) => granted.includes(scope));
}

/** API Gateway hands claims on as texts: lists joined by commas, `exp` and `iat` as dates. */
function asTexts(claims: Claims): Record<string, string> {
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
