import { ApiError } from './errors';

/** Who calls: a subject is unique within its issuer only. */
export interface Identity {
  readonly issuer: string;
  readonly subject: string;
  readonly email?: string;
  /** What else the token says. At most 2 KB as JSON. */
  readonly claims?: Claims;
}

/** Claims that policies may ask about, under the names that Supabase's policies expect in `auth.jwt()`. */
export interface Claims {
  /** When the user signed in, in seconds since 1970. */
  readonly auth_time?: number;
  /** When the token was issued, in seconds since 1970: where there is no `auth_time`. */
  readonly iat?: number;
  /** False when the address is not confirmed: then policies do not see it. */
  readonly email_verified?: false;
  readonly groups?: readonly string[];
  /** What the issuer, and not the user, has noted about the user. */
  readonly app_metadata?: Readonly<Record<string, unknown>>;
}

/**
 * What API Gateway passes on from an authorizer: Cognito nests the claims; a token authorizer does not, and has what
 * is no text as JSON text in `claims`: `{auth_time | iat, groups, app_metadata}`.
 */
type AuthorizerContext = Readonly<Record<string, unknown>> | null | undefined;

/** They travel with every transaction. */
const maxClaimsBytes = 2048;

/** The end of the year 9999: Postgres' timestamps go further, nobody's sign-in does. */
const lastSecond = 253_402_300_799;

/**
 * The identity an authorizer has verified.
 * @throws ApiError unauthorized, when the gateway let a request through without one, or its claims are too long
 */
export function identityOf(authorizer: AuthorizerContext): Identity {
  const token = tokenOf(authorizer);
  const { iss, sub, email } = token;
  if (typeof iss !== 'string' || typeof sub !== 'string' || iss === '' || sub === '') {
    throw new ApiError('unauthorized', 'Sign in and send the token in the Authorization header.');
  }
  // An address the database would refuse must not lock its owner out.
  const known = typeof email === 'string' && email.length >= 3 && email.length <= 320;
  const claims = claimsOf(token);
  return { issuer: iss, subject: sub, ...(known && { email }), ...(claims && { claims }) };
}

function tokenOf(authorizer: AuthorizerContext): Readonly<Record<string, unknown>> {
  const { claims, ...context } = authorizer ?? {};
  if (typeof claims === 'string') return { ...JSON.parse(claims), ...context };
  return isObject(claims) ? claims : context;
}

function claimsOf(token: Readonly<Record<string, unknown>>): Claims | undefined {
  const authTime = seconds(token.auth_time);
  const issuedAt = authTime === undefined ? seconds(token.iat) : undefined;
  const groups = groupsOf(token.groups ?? token['cognito:groups']);
  const claims: Claims = {
    ...(authTime !== undefined && { auth_time: authTime }),
    ...(issuedAt !== undefined && { iat: issuedAt }),
    ...(String(token.email_verified) === 'false' && { email_verified: false }),
    ...(groups.length > 0 && { groups }),
    ...(isObject(token.app_metadata) && { app_metadata: token.app_metadata }),
  };
  const size = Buffer.byteLength(JSON.stringify(claims));
  // Leaving some out could open what a policy closes to a group.
  if (size > maxClaimsBytes) {
    throw new ApiError(
      'unauthorized',
      `Expected at most ${maxClaimsBytes} bytes of groups and app_metadata in the token, found ${size}. ` +
        'Ask the administrator to remove the account from groups it does not need.',
    );
  }
  return size > '{}'.length ? claims : undefined;
}

/** As API Gateway hands on Cognito's `iat`. */
const gatewayDate = /^[A-Z][a-z]{2} [A-Z][a-z]{2} \d{2} \d{2}:\d{2}:\d{2} UTC \d{4}$/;

/** A number, its digits, or a date of the gateway's. Date.parse alone would take `-1` for a year. */
function seconds(value: unknown): number | undefined {
  const text = String(value);
  let number = Number.NaN;
  if (/^\d+(\.\d+)?$/.test(text)) number = Math.floor(Number(text));
  else if (gatewayDate.test(text)) number = Date.parse(text) / 1000;
  return number <= lastSecond ? number : undefined;
}

/** A list, or how a gateway writes one: `a,b`, `[a b]` or `["a","b"]`. */
function groupsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.filter((group) => typeof group === 'string');
  if (typeof value !== 'string') return [];
  return value
    .replace(/^\[(.*)\]$/s, '$1')
    .split(/[\s,]+/)
    .map((group) => group.replace(/^"(.*)"$/, '$1'))
    .filter((group) => group !== '');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
