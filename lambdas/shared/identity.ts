import { ApiError } from './errors';

/** Who calls: a subject is unique within its issuer only. */
export interface Identity {
  readonly issuer: string;
  readonly subject: string;
  readonly email?: string;
}

/** What API Gateway passes on from an authorizer: Cognito nests the claims, a token authorizer does not. */
type AuthorizerContext = Readonly<Record<string, unknown>> | null | undefined;

/**
 * The identity an authorizer has verified.
 * @throws ApiError unauthorized, when the gateway let a request through without one
 */
export function identityOf(authorizer: AuthorizerContext): Identity {
  const claims = (authorizer?.claims ?? authorizer ?? {}) as Readonly<Record<string, unknown>>;
  const { iss, sub, email } = claims;
  if (typeof iss !== 'string' || typeof sub !== 'string' || iss === '' || sub === '') {
    throw new ApiError('unauthorized', 'Sign in and send the token in the Authorization header.');
  }
  // An address the database would refuse must not lock its owner out.
  const known = typeof email === 'string' && email.length >= 3 && email.length <= 320;
  return { issuer: iss, subject: sub, ...(known && { email }) };
}
