/** Passwords that are presigned requests: IAM authentication of RDS and of ElastiCache. */
import { type Principal, type Principals, readAuthentication, verifySignature } from './authentication';
import { AwsError } from './errors';
import { sha256Hex, type WireRequest } from './sigv4';
import { parseQuery } from './wire';

/** Both services accept a token for 15 minutes. */
const MAX_TOKEN_S = 900;

export interface TokenCheck {
  readonly kind: 'rds' | 'elasticache';
  readonly token: string;
  readonly user: string;
  /** RDS: `hostname:port` the token must be for. ElastiCache: the replication group id. */
  readonly host: string;
  readonly principals: Principals;
  readonly region: string;
  readonly now: number;
}

/**
 * Whether `token` is a valid, current IAM token of `user` for `host`; the caller, or why it is refused.
 * The services themselves answer "access denied" without a reason, so the reason is not thrown but returned.
 */
export function verifyIamToken(check: TokenCheck): { principal: Principal } | { refused: string } {
  const { kind, token, user, host, principals, region, now } = check;
  const separator = token.indexOf('/');
  const question = token.indexOf('?');
  if (separator < 0 || question < 0) return { refused: 'the password is no IAM authentication token' };
  const tokenHost = token.slice(0, separator);
  if (tokenHost.toLowerCase() !== host.toLowerCase())
    return { refused: `the token is for host ${tokenHost}, not ${host}` };
  const query = parseQuery(token.slice(question + 1));
  const value = (name: string) => query.find(([key]) => key === name)?.[1];
  if (value('Action') !== 'connect') return { refused: 'the token is not for the action connect' };
  const tokenUser = value(kind === 'rds' ? 'DBUser' : 'User');
  if (tokenUser !== user) return { refused: `the token is for user ${tokenUser}, not ${user}` };
  const request: WireRequest = {
    method: 'GET',
    path: token.slice(separator, question),
    query,
    headers: new Map([['host', tokenHost]]),
  };
  try {
    const authentication = readAuthentication(request);
    if (!authentication) return { refused: 'the token carries no signature' };
    const service = kind === 'rds' ? 'rds-db' : 'elasticache';
    if (authentication.scope.service !== service) return { refused: `the token is not scoped to ${service}` };
    if ((authentication.expires ?? 0) > MAX_TOKEN_S)
      return { refused: 'the token lives longer than 15 minutes' };
    const { principal } = verifySignature(request, authentication, sha256Hex(''), {
      principals,
      region,
      now,
    });
    return { principal };
  } catch (error) {
    if (error instanceof AwsError) return { refused: `${error.code}: ${error.message}` };
    throw error;
  }
}
