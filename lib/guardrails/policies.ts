import type { Resource, Templates, Violation } from './template';

interface Statement {
  readonly Effect?: string;
  readonly Action?: string | readonly string[];
  readonly NotAction?: unknown;
  readonly Resource?: unknown;
  readonly NotResource?: unknown;
  readonly Principal?: unknown;
  readonly NotPrincipal?: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

interface Document {
  readonly Statement?: Statement | readonly Statement[];
}

/** Where a resource keeps its policies, by what they say: what it may do, who may become it, who may use it. */
const policiesOf: Readonly<Record<string, (properties: Properties) => Partial<Record<Kind, unknown[]>>>> = {
  'AWS::IAM::Policy': (p) => ({ identity: [p.PolicyDocument] }),
  'AWS::IAM::ManagedPolicy': (p) => ({ identity: [p.PolicyDocument] }),
  'AWS::IAM::Role': (p) => ({
    trust: [p.AssumeRolePolicyDocument],
    identity: ((p.Policies ?? []) as { PolicyDocument: unknown }[]).map((policy) => policy.PolicyDocument),
  }),
  'AWS::KMS::Key': (p) => ({ resource: [p.KeyPolicy] }),
  'AWS::S3::BucketPolicy': (p) => ({ resource: [p.PolicyDocument] }),
  'AWS::SNS::TopicPolicy': (p) => ({ resource: [p.PolicyDocument] }),
  'AWS::SQS::QueuePolicy': (p) => ({ resource: [p.PolicyDocument] }),
  'AWS::SecretsManager::ResourcePolicy': (p) => ({ resource: [p.ResourcePolicy] }),
  'AWS::ApiGateway::RestApi': (p) => ({ resource: [p.Policy] }),
};

type Kind = 'identity' | 'trust' | 'resource';
type Properties = Readonly<Record<string, unknown>>;

/** Actions that AWS grants for all resources or not at all. */
const withoutResources = [
  /^xray:Put/,
  /^ec2:Describe/,
  /^ec2:(Create|Delete)NetworkInterface$/,
  /^ec2:(Una|A)ssignPrivateIpAddresses$/,
];

/**
 * Services that assume a role or use a resource on behalf of nobody in particular within one account, and send
 * no SourceAccount that a policy could ask for.
 */
const withoutSource = new Set(['lambda', 'ec2', 'apigateway', 'monitoring.rds', 'rds']);

/** Actions that, together with the right to pass a role, let a principal become that role. */
const runsCode =
  /^(lambda:(Create|Update)Function|ec2:RunInstances|ecs:(RunTask|RegisterTaskDefinition)|cloudformation:CreateStack|glue:Create|states:Create)/;

/** Rules for policies that cdk-nag does not know, or lets pass when somebody acknowledges one of its own. */
export function checkPolicies(templates: Templates): Violation[] {
  const violations: Violation[] = [];
  for (const [stack, { Resources = {} }] of Object.entries(templates)) {
    for (const [logicalId, resource] of Object.entries(Resources)) {
      for (const [kind, statement] of statementsOf(resource)) {
        for (const [description, fix] of judge(kind, statement)) {
          violations.push({ rule: 'policy', stack, logicalId, description, fix });
        }
      }
    }
  }
  return violations;
}

function* statementsOf({ Type, Properties = {} }: Resource): Generator<[Kind, Statement]> {
  for (const [kind, documents] of Object.entries(policiesOf[Type]?.(Properties) ?? {})) {
    for (const document of documents as (Document | undefined)[]) {
      for (const statement of [document?.Statement ?? []].flat() as Statement[])
        yield [kind as Kind, statement];
    }
  }
}

function* judge(kind: Kind, statement: Statement): Generator<[description: string, fix: string]> {
  if (statement.Effect !== 'Allow') return;
  const actions = [statement.Action ?? []].flat();
  if (statement.NotAction || statement.NotResource || statement.NotPrincipal) {
    yield [
      'An Allow with NotAction, NotResource or NotPrincipal allows what nobody has listed',
      'List what is meant.',
    ];
  }
  if (kind === 'identity') yield* judgeIdentity(statement, actions);
  else yield* judgePrincipals(statement, kind);
}

function* judgeIdentity(statement: Statement, actions: readonly string[]): Generator<[string, string]> {
  for (const action of actions) {
    if (/^\*|:\*$/.test(action))
      yield [`Action ${action} allows everything of a service`, 'Name the actions.'];
  }
  const everywhere = [statement.Resource ?? []].flat().includes('*');
  const narrowable = actions.filter((action) => !withoutResources.some((pattern) => pattern.test(action)));
  if (everywhere && narrowable.length > 0) {
    yield [`${narrowable.join(', ')} on every resource of the account`, 'Name the ARNs.'];
  }
  if (actions.includes('iam:PassRole')) {
    if (!hasCondition(statement, /^iam:PassedToService$/i)) {
      yield ['iam:PassRole without iam:PassedToService hands the role to any service', 'Add the condition.'];
    }
    if (actions.some((action) => runsCode.test(action))) {
      yield [
        'iam:PassRole beside an action that runs code is a way to become the role',
        'Split the two principals.',
      ];
    }
  }
}

function* judgePrincipals(statement: Statement, kind: Kind): Generator<[string, string]> {
  const { services, anybody } = principals(statement.Principal);
  if (
    anybody &&
    !hasCondition(statement, /SourceAccount|SourceArn|PrincipalAccount|PrincipalOrgID|CallerAccount/i)
  ) {
    yield ['Anybody may use this', 'Name the principal, or add a condition on the account.'];
  }
  const sourced = hasCondition(
    statement,
    /SourceAccount|SourceArn|EncryptionContext|ViaService|CallerAccount/i,
  );
  const confusable = services.filter((service) => !withoutSource.has(service));
  if (confusable.length > 0 && !sourced) {
    yield [
      `${confusable.join(', ')} may ${kind === 'trust' ? 'assume this' : 'use this'} on behalf of any account`,
      'Add aws:SourceAccount or aws:SourceArn to the condition.',
    ];
  }
}

function principals(principal: unknown): { services: string[]; anybody: boolean } {
  if (principal === '*') return { services: [], anybody: true };
  const { Service = [], AWS = [] } = (principal ?? {}) as { Service?: unknown; AWS?: unknown };
  // A region in the name may be a reference, so only the first part is compared.
  const services = [Service]
    .flat()
    .map((service) =>
      (typeof service === 'string' ? service : JSON.stringify(service)).replace(/\.amazonaws\.com.*$/, ''),
    );
  return { services, anybody: [AWS].flat().includes('*') };
}

const hasCondition = (statement: Statement, key: RegExp): boolean =>
  Object.values(statement.Condition ?? {}).some((test) => Object.keys(test).some((name) => key.test(name)));
