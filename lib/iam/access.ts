/** One question to IAM and what decides it: the terms of the policy evaluation, without AWS. */
import type { Policy, PolicyKind, Statement } from './policy';

/** Who asks. */
export type Caller =
  | {
      readonly kind: 'role';
      /** `arn:aws:iam::<account>:role/<path><name>`; its session is derived from it. */
      readonly arn: string;
      /** Tags of the role and of its session, as `aws:PrincipalTag/<key>` sees them. @default none */
      readonly tags?: Readonly<Record<string, string>>;
      /** Name of the session, for policies that name sessions. @default unknown: no policy names it */
      readonly session?: string;
    }
  | {
      readonly kind: 'service';
      /** For example `events.amazonaws.com`. */
      readonly name: string;
    }
  | {
      /** Who signed in elsewhere and becomes a role, by `sts:AssumeRoleWithWebIdentity` for example. */
      readonly kind: 'federated';
      /** ARN of the identity provider, or the name of one that AWS knows, as `cognito-identity.amazonaws.com`. */
      readonly provider: string;
    }
  | { readonly kind: 'anonymous' };

export interface AccessRequest {
  readonly caller: Caller;
  /** For example `s3:GetObject`. */
  readonly action: string;
  /** ARN, or `*` for actions without a resource. */
  readonly resource: string;
  /** Account that owns the resource, twelve digits. @default the account of the ARN, else the caller's */
  readonly resourceAccount?: string;
  /** Condition keys with their values, beyond those that follow from the caller. Names are compared without regard to case. */
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
}

/** What applies to a request. There are no organization policies and no session policies in this project. */
export interface ApplicablePolicies {
  /** Of the role: inline and attached ones. @default none */
  readonly identity?: readonly Policy[];
  /** Of the role. @default it has none, and everything is within its bounds */
  readonly boundary?: Policy | undefined;
  /** Of the resource. @default it has none */
  readonly resource?: readonly Policy[];
}

/** A statement by its place. */
export interface StatementAt {
  /** Id of the policy. */
  readonly policy: string;
  /** Place in the document, from 0. */
  readonly index: number;
  readonly kind: PolicyKind | 'boundary';
  readonly statement: Statement;
}

export type Decision =
  /** `by`: every Allow that applied, so that a reviewer sees which grants were used. */
  | { readonly effect: 'allow'; readonly by: readonly StatementAt[] }
  | { readonly effect: 'deny'; readonly reason: 'explicit'; readonly by: readonly StatementAt[] }
  /** Nothing allows it. `missing`: in which policy a statement would be needed. */
  | {
      readonly effect: 'deny';
      readonly reason: 'implicit';
      readonly missing: 'identity' | 'boundary' | 'resource';
    };
