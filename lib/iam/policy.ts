/** Policy documents as templates have them: values may be intrinsic functions until a deployment resolves them. */

export interface Statement {
  readonly Sid?: string;
  readonly Effect?: string;
  readonly Action?: string | readonly string[];
  readonly NotAction?: string | readonly string[];
  readonly Resource?: unknown;
  readonly NotResource?: unknown;
  readonly Principal?: unknown;
  readonly NotPrincipal?: unknown;
  /** Operator -> condition key -> one value or several. */
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export interface PolicyDocument {
  readonly Version?: string;
  readonly Statement?: Statement | readonly Statement[];
}

/** A document, and where it is from. */
export interface Policy {
  /** `<stack>.<logical id>` of the resource that has the policy, or the name of a policy that AWS manages. */
  readonly id: string;
  readonly document: PolicyDocument;
}

/** What a policy is about: what its principal may do, who may become the role, or who may use the resource. */
export type PolicyKind = 'identity' | 'trust' | 'resource';

export const statementsIn = (document: PolicyDocument | undefined): readonly Statement[] =>
  [document?.Statement ?? []].flat() as Statement[];

export const actionsOf = ({ Action }: Statement): readonly string[] => [Action ?? []].flat() as string[];

type Properties = Readonly<Record<string, unknown>>;

/** Where a resource type keeps its policies. */
const documentsOf: Readonly<
  Record<string, (properties: Properties) => Partial<Record<PolicyKind, unknown[]>>>
> = {
  'AWS::IAM::Policy': (p) => ({ identity: [p.PolicyDocument] }),
  'AWS::IAM::ManagedPolicy': (p) => ({ identity: [p.PolicyDocument] }),
  'AWS::IAM::Role': (p) => ({
    trust: [p.AssumeRolePolicyDocument],
    identity: ((p.Policies ?? []) as { PolicyDocument: unknown }[]).map((policy) => policy.PolicyDocument),
  }),
  'AWS::DynamoDB::Table': (p) => ({
    resource: [(p.ResourcePolicy as { PolicyDocument?: unknown } | undefined)?.PolicyDocument],
  }),
  'AWS::KMS::Key': (p) => ({ resource: [p.KeyPolicy] }),
  'AWS::S3::BucketPolicy': (p) => ({ resource: [p.PolicyDocument] }),
  'AWS::SNS::TopicPolicy': (p) => ({ resource: [p.PolicyDocument] }),
  'AWS::SQS::QueuePolicy': (p) => ({ resource: [p.PolicyDocument] }),
  'AWS::SecretsManager::ResourcePolicy': (p) => ({ resource: [p.ResourcePolicy] }),
  'AWS::ApiGateway::RestApi': (p) => ({ resource: [p.Policy] }),
};

/** Every statement of the policies that a resource of a template has. */
export function* statementsOf({
  Type,
  Properties = {},
}: {
  readonly Type: string;
  readonly Properties?: Properties;
}): Generator<[PolicyKind, Statement]> {
  for (const [kind, documents] of Object.entries(documentsOf[Type]?.(Properties) ?? {})) {
    for (const document of documents as (PolicyDocument | undefined)[]) {
      for (const statement of statementsIn(document)) yield [kind as PolicyKind, statement];
    }
  }
}
