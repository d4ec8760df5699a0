/** The one place where a call is allowed or not. What decides is injected: policies are known where templates are. */
import type { Decision } from '../../../lib/iam/access';
import { accessDenied } from './access-denied';

/** Condition keys with their values. */
export type Conditions = Readonly<Record<string, string | readonly string[]>>;

/** What the credentials of a call are about. */
export interface Session {
  /** As in `arn:aws:sts::<account>:assumed-role/<role>/<session>`: for a function its name. */
  readonly name: string;
  /** The function that the credentials were given to. */
  readonly functionArn?: string | undefined;
}

export interface AuthorizationRequest {
  /** ARN of the calling role, name of a service such as `events.amazonaws.com`; undefined for a caller without credentials. */
  readonly principal: string | undefined;
  /** Of a role. @default a session named `local` */
  readonly session?: Session | undefined;
  /** Prefix of the service that asks; for `kms` actions the service that uses the key for the caller. */
  readonly service: string;
  /** For example `s3:GetObject`. */
  readonly action: string;
  /** ARN, or `*` for actions without a resource. */
  readonly resource: string;
  /** Condition keys with their values, for example `s3:prefix`, beyond those that follow from the caller. */
  readonly conditions: Conditions;
}

export type Authorizer = (request: AuthorizationRequest) => Promise<Decision>;

/** @throws AwsError as the service words a denial */
export async function requireAllowed(authorize: Authorizer, request: AuthorizationRequest): Promise<void> {
  const decision = await authorize(request);
  if (decision.effect === 'deny') throw accessDenied(request, decision);
}
