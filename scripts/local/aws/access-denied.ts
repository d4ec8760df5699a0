/**
 * How AWS words a denial. Why a request was denied is part of the message:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html (read 2026-11-26).
 */
import type { Decision } from '../../../lib/iam/access';
import type { AuthorizationRequest } from './authorization';
import { AwsError } from './errors';

export type Denial = Extract<Decision, { effect: 'deny' }>;

const holders = {
  identity: { allows: 'no identity-based policy', denies: 'an identity-based policy' },
  boundary: { allows: 'no permissions boundary', denies: 'a permissions boundary' },
  resource: { allows: 'no resource-based policy', denies: 'a resource-based policy' },
  trust: { allows: 'no resource-based policy', denies: 'a resource-based policy' },
} as const;

/** `arn:aws:iam::1:role/path/name` -> `arn:aws:sts::1:assumed-role/name/session` */
export function callerArn({
  principal,
  session,
}: Pick<AuthorizationRequest, 'principal' | 'session'>): string {
  const [, account, name] = /^arn:aws:iam::(\d+):role\/(?:.*\/)?([^/]+)$/.exec(principal ?? '') ?? [];
  if (name === undefined) return principal ?? 'anonymous';
  return `arn:aws:sts::${account}:assumed-role/${name}/${session?.name ?? 'local'}`;
}

/** `because no identity-based policy allows the s3:GetObject action` */
export function reasonOf(action: string, decision: Denial): string {
  if (decision.reason === 'implicit')
    return `because ${holders[decision.missing].allows} allows the ${action} action`;
  const [statement] = decision.by;
  return `with an explicit deny in ${holders[statement?.kind ?? 'identity'].denies}`;
}

/** What a service answers when a key would not let the caller do what the call needs. */
const keyDenials: Readonly<Record<string, (text: string) => AwsError>> = {
  dynamodb: (text) => new AwsError('AccessDeniedException', `KMS key access denied error: ${text}`),
  s3: (text) => new AwsError('AccessDenied', text, 403),
  secretsmanager: () => new AwsError('AccessDeniedException', 'Access to KMS is not allowed'),
  sqs: () => new AwsError('KmsAccessDenied', 'The caller doesn’t have the required KMS access.'),
};

export function accessDenied(request: AuthorizationRequest, decision: Denial): AwsError {
  const { service, resource } = request;
  // SQS names its actions in lower case here, and only here.
  const action = service === 'sqs' ? request.action.toLowerCase() : request.action;
  const caller = callerArn(request);
  const on = service === 's3' ? `"${resource}"` : resource;
  const text = `User: ${caller} is not authorized to perform: ${action} on resource: ${on} ${reasonOf(action, decision)}`;
  const ofKey = action.startsWith('kms:') && keyDenials[service];
  if (ofKey) return ofKey(text);
  if (service === 's3') return new AwsError('AccessDenied', text, 403);
  if (service === 'ses')
    return new AwsError(
      'AccessDeniedException',
      `User \`${caller}' is not authorized to perform \`${action}' on resource \`${resource}'`,
      403,
    );
  return new AwsError('AccessDeniedException', text, service === 'lambda' ? 403 : 400);
}
