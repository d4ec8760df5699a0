/** Who sent a request: finds the signature in headers or query, and checks it against the known principals. */
import type { Session } from './authorization';
import { AwsError } from './errors';
import {
  ALGORITHM,
  canonicalRequest,
  parseTimestamp,
  type Scope,
  sameText,
  sign,
  signingKey,
  stringToSign,
  type WireRequest,
} from './sigv4';

export interface Principal {
  readonly secretAccessKey: string;
  /** Temporary credentials have one, and every request must carry it. */
  readonly sessionToken?: string | undefined;
  readonly roleArn: string;
  /** The function that the credentials were given to. @default none */
  readonly functionArn?: string | undefined;
}

/** `arn:aws:lambda:us-east-1:1:function:name` calls in a session named after it. */
export const sessionOf = ({ functionArn }: Principal): Session => ({
  name: functionArn?.split(':')[6] ?? 'local',
  functionArn,
});

/** Access key id to principal; a Map is one. */
export interface Principals {
  get(accessKeyId: string): Principal | undefined;
}

export interface Authentication {
  readonly via: 'header' | 'query';
  readonly accessKeyId: string;
  readonly scope: Scope;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly timestamp: string;
  readonly sessionToken?: string | undefined;
  /** Seconds; presigned requests only. */
  readonly expires?: number;
}

export interface VerifiedSignature {
  readonly principal: Principal;
  readonly authentication: Authentication;
  /** Chunks of a streamed payload are signed with it too. */
  readonly key: Uint8Array;
}

/** AWS refuses requests whose clock is further off than this. */
const SKEW_MS = 15 * 60_000;
const MAX_EXPIRES_S = 7 * 24 * 3600;

const malformed = (message: string) => new AwsError('AuthorizationHeaderMalformed', message, 400);
const badQuery = (message: string) => new AwsError('AuthorizationQueryParametersError', message, 400);

function parseCredential(
  text: string,
  fault: (message: string) => AwsError,
): { accessKeyId: string; scope: Scope } {
  const parts = text.split('/');
  const [accessKeyId, date, region, service, terminator] = parts;
  if (!accessKeyId || !date || !region || !service || parts.length !== 5 || terminator !== 'aws4_request')
    throw fault(
      `The credential "${text}" is not <access-key-id>/<yyyymmdd>/<region>/<service>/aws4_request.`,
    );
  return { accessKeyId, scope: { date, region, service } };
}

/** The request's claim of who signed it; undefined when it carries no signature at all. */
export function readAuthentication(request: WireRequest): Authentication | undefined {
  const header = request.headers.get('authorization');
  const inQuery = request.query.some(([name]) => name === 'X-Amz-Signature' || name === 'X-Amz-Algorithm');
  if (header !== undefined && inQuery)
    throw new AwsError(
      'InvalidArgument',
      'Only one auth mechanism allowed: a header and a query signature were sent.',
    );
  if (header !== undefined) return readHeader(header, request);
  return inQuery ? readQuery(request) : undefined;
}

function readHeader(header: string, request: WireRequest): Authentication {
  const space = header.indexOf(' ');
  if (header.slice(0, space) !== ALGORITHM) throw malformed(`Expected an ${ALGORITHM} authorization header.`);
  const fields = new Map(
    header
      .slice(space + 1)
      .split(',')
      .map((part): [string, string] => {
        const [name = '', ...rest] = part.trim().split('=');
        return [name, rest.join('=')];
      }),
  );
  const signature = fields.get('Signature');
  const signedHeaders = fields.get('SignedHeaders')?.split(';');
  if (!signature || !signedHeaders)
    throw malformed('The authorization header lacks SignedHeaders or Signature.');
  const timestamp = request.headers.get('x-amz-date');
  if (!timestamp)
    throw new AwsError('AccessDenied', 'AWS authentication requires an x-amz-date header.', 403);
  return {
    via: 'header',
    ...parseCredential(fields.get('Credential') ?? '', malformed),
    signedHeaders,
    signature,
    timestamp,
    sessionToken: request.headers.get('x-amz-security-token'),
  };
}

function readQuery(request: WireRequest): Authentication {
  const values = new Map<string, string>();
  for (const [name, value] of request.query) {
    if (!name.startsWith('X-Amz-')) continue;
    if (values.has(name)) throw badQuery(`The query parameter ${name} was sent twice.`);
    values.set(name, value);
  }
  const required = (name: string): string => {
    const value = values.get(name);
    if (!value) throw badQuery(`Query-string authentication requires the parameter ${name}.`);
    return value;
  };
  if (required('X-Amz-Algorithm') !== ALGORITHM)
    throw badQuery(`X-Amz-Algorithm only supports ${ALGORITHM}.`);
  const expires = Number(required('X-Amz-Expires'));
  if (!Number.isInteger(expires) || expires < 1)
    throw badQuery('X-Amz-Expires must be a positive whole number of seconds.');
  if (expires > MAX_EXPIRES_S)
    throw badQuery(`X-Amz-Expires must be at most ${MAX_EXPIRES_S} seconds (a week).`);
  return {
    via: 'query',
    ...parseCredential(required('X-Amz-Credential'), badQuery),
    signedHeaders: required('X-Amz-SignedHeaders').split(';'),
    signature: required('X-Amz-Signature'),
    timestamp: required('X-Amz-Date'),
    sessionToken: values.get('X-Amz-Security-Token'),
    expires,
  };
}

export interface VerifyOptions {
  readonly principals: Principals;
  readonly region: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Throws the error AWS would answer unless `authentication` is a valid, current signature over `request`. */
export function verifySignature(
  request: WireRequest,
  authentication: Authentication,
  payloadHash: string,
  { principals, region, now }: VerifyOptions,
): VerifiedSignature {
  checkTime(authentication, now);
  const { scope, signedHeaders } = authentication;
  if (scope.region !== region)
    throw malformed(`The signature's region '${scope.region}' is wrong; expecting '${region}'.`);
  if (!signedHeaders.includes('host')) throw malformed('The host header must be signed.');
  checkUnsignedHeaders(request, scope.service, signedHeaders);
  const principal = findPrincipal(principals, authentication.accessKeyId, authentication.sessionToken);
  const key = signingKey(principal.secretAccessKey, scope);
  const canonical = canonicalRequest(request, signedHeaders, payloadHash, scope.service);
  const toSign = stringToSign(authentication.timestamp, scope, canonical);
  if (!sameText(sign(key, toSign), authentication.signature))
    throw new AwsError(
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
      403,
      { CanonicalRequest: canonical, StringToSign: toSign },
    );
  return { principal, authentication, key };
}

/** The principal behind an access key and session token, for every kind of signed thing. */
export function findPrincipal(
  principals: Principals,
  accessKeyId: string,
  sessionToken: string | undefined,
): Principal {
  const principal = principals.get(accessKeyId);
  if (!principal)
    throw new AwsError(
      'InvalidAccessKeyId',
      `The access key id ${accessKeyId} is not known to the local endpoint.`,
      403,
    );
  if (!sameText(principal.sessionToken ?? '', sessionToken ?? ''))
    throw new AwsError(
      'InvalidToken',
      'The provided security token does not belong to this access key.',
      403,
    );
  return principal;
}

function checkTime({ timestamp, scope, via, expires }: Authentication, now: number): void {
  const signedAt = parseTimestamp(timestamp);
  if (signedAt === undefined)
    throw malformed(`The signing time "${timestamp}" is not of the form 20130524T000000Z.`);
  if (!timestamp.startsWith(scope.date))
    throw malformed('The signing time and the date of the credential scope differ.');
  if (via === 'header') {
    if (Math.abs(now - signedAt) > SKEW_MS)
      throw new AwsError(
        'RequestTimeTooSkewed',
        'The difference between the request time and ours is over 15 minutes.',
        403,
        {
          RequestTime: timestamp,
          ServerTime: new Date(now).toISOString(),
        },
      );
    return;
  }
  if (signedAt - now > SKEW_MS) throw new AwsError('AccessDenied', 'Request is not yet valid', 403);
  const end = signedAt + (expires ?? 0) * 1000;
  if (now > end)
    throw new AwsError('AccessDenied', 'Request has expired', 403, {
      'X-Amz-Expires': String(expires),
      Expires: new Date(end).toISOString(),
      ServerTime: new Date(now).toISOString(),
    });
}

/** S3 acts on x-amz-* headers, so one that is not signed could have been added by anybody who holds the URL. */
function checkUnsignedHeaders(request: WireRequest, service: string, signedHeaders: readonly string[]): void {
  if (service !== 's3') return;
  const unsigned = [...request.headers.keys()].filter(
    (name) => name.startsWith('x-amz-') && name !== 'x-amz-content-sha256' && !signedHeaders.includes(name),
  );
  if (unsigned.length > 0)
    throw new AwsError(
      'AccessDenied',
      'There were headers present in the request which were not signed',
      403,
      {
        HeadersNotSigned: unsigned.join(', '),
      },
    );
}
