/** Who may read a restricted path: whoever shows a policy that a trusted key has signed, in the URL or in cookies. */
import { createVerify } from 'node:crypto';
import { AwsError } from '../aws/errors';
import { decode } from '../aws/sigv4';
import { accessDenied, cannedPolicy, checkPolicy, malformedPolicy } from './policy';

const parameters = ['Expires', 'Policy', 'Signature', 'Key-Pair-Id', 'Hash-Algorithm'] as const;
type Signed = Partial<Record<(typeof parameters)[number], string>>;

const isParameter = (name: string): name is keyof Signed => parameters.some((known) => known === name);

export interface ViewerRequest {
  /** Scheme and host, without a slash at its end. */
  readonly origin: string;
  /** As sent. */
  readonly path: string;
  /** As sent, without the question mark. */
  readonly query: string;
  readonly cookies: ReadonlyMap<string, string>;
}

/**
 * @param publicKeys PEM by id, of all trusted key groups
 * @param now milliseconds since 1970
 * @throws AwsError as CloudFront answers it
 */
export function verifyViewer(
  request: ViewerRequest,
  publicKeys: ReadonlyMap<string, string>,
  now: number,
): void {
  const { own, signed: inUrl } = split(request.query);
  // With both, the URL counts.
  const signed = Object.keys(inUrl).length > 0 ? inUrl : fromCookies(request.cookies);
  const keyId = signed['Key-Pair-Id'];
  if (!keyId) throw new AwsError('MissingKey', 'Missing Key-Pair-Id query parameter or cookie value', 403);
  const publicKey = publicKeys.get(keyId);
  if (!publicKey) throw new AwsError('InvalidKey', 'Unknown Key', 403);

  const url = `${request.origin}${request.path}${own && `?${own}`}`;
  const policy = policyOf(signed, url);
  const signature = unencode(signed.Signature ?? '');
  if (!signature) throw new AwsError('MalformedSignature', 'Could not unencode Signature', 403);
  const verifier = createVerify(hashOf(signed)).update(policy);
  if (!verifier.verify(publicKey, signature)) throw accessDenied();
  checkPolicy(policy, url, now);
}

/** The parameters of the signature, and what is left of the query, letter by letter. */
function split(query: string): { own: string; signed: Signed } {
  const signed: Signed = {};
  const own: string[] = [];
  for (const part of query.split('&')) {
    const [name = '', ...value] = part.split('=');
    if (isParameter(name)) signed[name] = decode(value.join('='));
    else own.push(part);
  }
  return { own: own.join('&'), signed };
}

function fromCookies(cookies: ReadonlyMap<string, string>): Signed {
  const found = parameters.flatMap((name) => {
    const value = cookies.get(`CloudFront-${name}`);
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(found);
}

function policyOf({ Policy, Expires }: Signed, url: string): string {
  if (Policy !== undefined) return unencode(Policy)?.toString('utf8') ?? raise(malformedPolicy());
  if (Expires === undefined || !/^\d{1,12}$/.test(Expires)) throw malformedPolicy();
  return cannedPolicy(url, Expires);
}

function hashOf({ 'Hash-Algorithm': algorithm = 'SHA1' }: Signed): string {
  if (algorithm !== 'SHA1' && algorithm !== 'SHA256') throw accessDenied();
  return `RSA-${algorithm}`;
}

/** Base64 with the three characters replaced that mean something in a query. */
function unencode(text: string): Buffer | undefined {
  if (!/^[A-Za-z0-9~-]+_{0,2}$/.test(text)) return undefined;
  return Buffer.from(text.replace(/-/g, '+').replace(/~/g, '/').replace(/_/g, '='), 'base64');
}

function raise(error: Error): never {
  throw error;
}
