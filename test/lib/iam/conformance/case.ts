/** What a conformance case is made of: policies, a request, and what AWS documents as the answer. */
import type { AccessRequest, ApplicablePolicies, Caller } from '../../../../lib/iam/access';
import type { Policy, Statement } from '../../../../lib/iam/policy';

/** `identity`, `boundary`, `resource`: denied because no statement of these allows. */
export type Expected = 'allow' | 'explicit deny' | 'no identity' | 'no boundary' | 'no resource' | 'error';

export interface Case {
  /** A sentence, unique in the whole table. */
  readonly name: string;
  /** Page of AWS's documentation that says so. */
  readonly source: string;
  readonly request: AccessRequest;
  readonly policies: ApplicablePolicies;
  readonly expected: Expected;
}

export interface Group {
  readonly name: string;
  /** When IAM's pages were read; those of services give the shape of a policy, and IAM's pages the answer. */
  readonly read: string;
  readonly cases: readonly Case[];
}

export const account = '111122223333';
export const otherAccount = '444455556666';

export const iam = (page: string): string => `https://docs.aws.amazon.com/IAM/latest/UserGuide/${page}.html`;

export const roleArn = `arn:aws:iam::${account}:role/examplerole`;
export const role: Caller = { kind: 'role', arn: roleArn };
export const session: Caller = { kind: 'role', arn: roleArn, session: 'examplerolesessionname' };
export const sessionArn = `arn:aws:sts::${account}:assumed-role/examplerole/examplerolesessionname`;
export const tagged = (tags: Readonly<Record<string, string>>): Caller => ({ ...role, tags }) as Caller;
export const service = (name: string): Caller => ({ kind: 'service', name: `${name}.amazonaws.com` });
export const anonymous: Caller = { kind: 'anonymous' };
export const root = (id = account): string => `arn:aws:iam::${id}:root`;

type Rest = Omit<Statement, 'Effect' | 'Action' | 'Resource'>;

export const allow = (Action: Statement['Action'], Resource?: unknown, rest: Rest = {}): Statement => ({
  Effect: 'Allow',
  ...(Action && { Action }),
  ...(Resource ? { Resource } : {}),
  ...rest,
});

export const deny = (Action: Statement['Action'], Resource?: unknown, rest: Rest = {}): Statement => ({
  ...allow(Action, Resource, rest),
  Effect: 'Deny',
});

export const policy = (id: string, ...statements: readonly Statement[]): Policy => ({
  id,
  document: { Version: '2012-10-17', Statement: statements },
});

/** Policies of a role, each of one kind. */
export const identity = (...statements: readonly Statement[]): ApplicablePolicies => ({
  identity: [policy('identity', ...statements)],
});
export const boundary = (...statements: readonly Statement[]): ApplicablePolicies => ({
  boundary: policy('boundary', ...statements),
});
export const resource = (...statements: readonly Statement[]): ApplicablePolicies => ({
  resource: [policy('resource', ...statements)],
});

type Condition = NonNullable<Statement['Condition']>;
type Context = NonNullable<AccessRequest['context']>;

/** A case about nothing but a condition: the only Allow has it. */
export const when = (
  name: string,
  source: string,
  condition: Condition,
  context: Context,
  holds: boolean | 'error',
  caller: Caller = role,
): Case => ({
  name,
  source,
  request: { caller, action: 'sqs:SendMessage', resource: queue, context },
  policies: identity(allow('sqs:SendMessage', queue, { Condition: condition })),
  expected: holds === 'error' ? 'error' : holds ? 'allow' : 'no identity',
});

/** The same for a Deny beside an Allow of everything. */
export const whenDenied = (
  name: string,
  source: string,
  condition: Condition,
  context: Context,
  holds: boolean,
  caller: Caller = role,
): Case => ({
  name,
  source,
  request: { caller, action: 'sqs:SendMessage', resource: queue, context },
  policies: identity(allow('*', '*'), deny('*', '*', { Condition: condition })),
  expected: holds ? 'explicit deny' : 'allow',
});

export const queue = `arn:aws:sqs:us-east-1:${account}:orders`;
export const bucket = 'arn:aws:s3:::amzn-s3-demo-bucket';
export const objectArn = `${bucket}/photos/cat.jpg`;
