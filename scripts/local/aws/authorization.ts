/** The one place where a call is allowed or not. What decides is injected, so that policies can be evaluated later. */
import { AwsError } from './errors';

export interface AuthorizationRequest {
  /** ARN of the calling role; undefined for a caller without credentials. */
  readonly principal: string | undefined;
  /** IAM prefix, for example `s3`. */
  readonly service: string;
  /** For example `s3:GetObject`. */
  readonly action: string;
  readonly resource: string;
  /** Condition keys with their values, for example `s3:prefix`. */
  readonly conditions: Readonly<Record<string, string>>;
}

export type Authorizer = (request: AuthorizationRequest) => Promise<'allow' | 'deny'>;

/** Until policies are evaluated: whoever has valid credentials may. */
export const allowAll: Authorizer = async () => 'allow';

/**
 * The endpoint listens on the loopback in plain HTTP in place of AWS's TLS endpoints. Policies that refuse plain
 * HTTP are about the latter, so they see a secure transport.
 */
const LOOPBACK_CONDITIONS = { 'aws:SecureTransport': 'true' };

/** @param errorCode `AccessDenied` of S3, `AccessDeniedException` of the JSON services */
export async function requireAllowed(
  authorize: Authorizer,
  request: AuthorizationRequest,
  errorCode: 'AccessDenied' | 'AccessDeniedException',
): Promise<void> {
  const conditions = { ...LOOPBACK_CONDITIONS, ...request.conditions };
  if ((await authorize({ ...request, conditions })) === 'allow') return;
  throw new AwsError(
    errorCode,
    `User: ${request.principal ?? 'anonymous'} is not authorized to perform: ${request.action} on resource: "${request.resource}"`,
    errorCode === 'AccessDenied' ? 403 : 400,
  );
}
