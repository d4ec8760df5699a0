/**
 * What an audit finds out about one environment: the content of audit.json, from which audit.html and audit.md are
 * drawn. Names leave out the environment (`api/documents/Function`), so that reports of two environments compare.
 */
import type { StatefulResource } from '../../../lib/guardrails/stateful';
import type { PolicyKind } from '../../../lib/iam/policy';

export interface AuditReport {
  /** Of this format; changes when a field changes its meaning. */
  readonly version: 1;
  readonly environment: string;
  readonly blueprint: string;
  readonly region: string;
  readonly principals: readonly Principal[];
  /** Policies of resources: who may use them. Policies that are attached to no role are among them, as nobody's. */
  readonly resourcePolicies: readonly ResourcePolicy[];
  readonly invocations: readonly Invocation[];
  readonly surfaces: readonly Surface[];
  readonly references: readonly Reference[];
  readonly network: Network;
  readonly stateful: readonly StatefulState[];
  readonly findings: readonly Finding[];
  readonly acknowledgements: readonly Acknowledgement[];
}

/** A resource of a template. */
export interface Place {
  /** Without the environment, for example `api`. */
  readonly stack: string;
  readonly logicalId: string;
  /** Path of its construct without the stack's environment, for example `api/documents/Function/ServiceRole`. */
  readonly path: string;
  /** CloudFormation type. */
  readonly type: string;
}

/** A role, with everything attached to it. */
export interface Principal extends Place {
  /** Id within the report: the path. */
  readonly id: string;
  /** For people, for example `documents function`. */
  readonly name: string;
  /** What runs as it, for example `AWS::Lambda::Function`. @default nothing in the templates */
  readonly runs: readonly Place[];
  /** Who may become it. */
  readonly trust: readonly StatementView[];
  /** What it may do, inline and attached, policies that AWS manages included. */
  readonly statements: readonly StatementView[];
  /** ARN of its permissions boundary. */
  readonly boundary?: string;
}

export interface ResourcePolicy extends Place {
  /** The resource that the policy is about, in words, for example `the bucket documents`. */
  readonly about: string;
  readonly statements: readonly StatementView[];
}

export interface StatementView {
  /** `<stack>.<logical id of the policy>#<index of the statement>`, with the full name of the stack. */
  readonly id: string;
  readonly kind: PolicyKind;
  readonly effect: 'Allow' | 'Deny';
  /** As written; each with `not ` before it where the statement says NotAction. */
  readonly actions: readonly string[];
  /** What AWS says these actions do: Read, List, Write, Tagging, Permissions management. */
  readonly levels: readonly string[];
  readonly targets: readonly Target[];
  /** Who it is for, for example `lambda.amazonaws.com`, `anybody`, `this account` or the path of a role; empty in
   * policies of roles. */
  readonly principals: readonly string[];
  /** Each condition in words. */
  readonly conditions: readonly string[];
  /** Actions and targets with a wildcard, as written, and `anybody`, of what is allowed. */
  readonly wildcards: readonly string[];
  /** The statement in plain words, one sentence: `may read and write objects under users/* in the bucket documents`. */
  readonly words: string;
  /** Grants of it that no journey used, as `npm run audit -- coverage` lists them, with the reason that is known. */
  readonly unused: readonly string[];
}

/** A resource that a statement names. */
export interface Target {
  /** In words: `objects under users/* in the bucket documents`. */
  readonly words: string;
  /** The ARN as written, references in `${}`. */
  readonly arn: string;
  /** Path of the construct it belongs to, when it is in these templates. */
  readonly path?: string;
}

/** Who can start what from where: routes, rules, schedules, queues, triggers. */
export interface Invocation {
  /** For example `GET /documents` of the API, or `rule DocumentsUploaded`. */
  readonly from: string;
  /** For example `apigateway.amazonaws.com`; the role's path when it invokes by a role. */
  readonly by: string;
  /** Path of what is started. */
  readonly target: string;
  /** How callers are checked, for example `authorizer Tokens` or `nobody is asked`. */
  readonly authorization: string;
  readonly conditions: readonly string[];
}

/** What can be reached from the internet or from outside of the account. */
export interface Surface extends Place {
  readonly what: string;
  /** For example `anybody on the internet` or `signed addresses only`. */
  readonly reachableBy: string;
  readonly protections: readonly string[];
}

export interface Reference {
  readonly consumer: string;
  readonly producer: string;
  readonly target: string;
  readonly type: string;
  readonly attribute: string;
  readonly strength: 'strong' | 'weak';
}

/** Security groups and which may talk to which. */
export interface Network {
  readonly groups: readonly (Place & {
    readonly name: string;
    /** Paths of what is in the group. */
    readonly members: readonly string[];
  })[];
  readonly rules: readonly {
    /** Path of a group, or a CIDR, prefix list or VPC endpoint in words. */
    readonly from: string;
    readonly to: string;
    /** For example `tcp 5432`. */
    readonly port: string;
    readonly direction: 'ingress' | 'egress';
    readonly description: string;
  }[];
  readonly endpoints: readonly (Place & {
    /** For example `s3`. */
    readonly service: string;
    readonly kind: string;
    /** What may be asked through it, in words. */
    readonly policy: string;
  })[];
  /** Ways out of subnets. */
  readonly routes: readonly (Place & {
    /** Path of the subnet. */
    readonly from: string;
    readonly to: string;
    readonly through: string;
  })[];
}

export interface StatefulState
  extends Place,
    Pick<StatefulResource, 'deletionPolicy' | 'updateReplacePolicy'> {
  /** In words: `our own key Data`, `the key of AWS`, `none`. */
  readonly encryption: string;
  /** In words: `daily, kept 7 days`, `versions, 30 days`, `none`. */
  readonly backup: string;
  /** In words: whether the service refuses to delete it. */
  readonly deletionProtection: string;
}

export interface Finding {
  /** `AwsSolutions-IAM5`, or `Landfall::policy` and the like. */
  readonly rule: string;
  /** `cdk-nag` pack or `Landfall`. */
  readonly source: string;
  readonly path: string;
  readonly description: string;
  readonly fix?: string;
  /** Whether it fails the synthesis: packs that the environment does not answer to are only reported. */
  readonly gate: boolean;
}

export interface Acknowledgement {
  readonly rule: string;
  readonly path: string;
  readonly reason: string;
  /** Area that answers for it, for example `data`. */
  readonly owner: string;
  /** When it was accepted, `2026-11-26`. */
  readonly date: string;
  /** Whether it silences a finding in this environment. What a pack that did not run would find counts as found. */
  readonly used: boolean;
}
