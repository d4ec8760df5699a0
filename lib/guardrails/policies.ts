import { actionsOf, type PolicyKind, type Statement, statementsOf } from '../iam/policy';
import { escalations } from './escalation';
import type { Resource, Templates, Violation } from './template';
import { unknownActions } from './unknown-actions';

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

/** Rules for policies that cdk-nag does not know, or lets pass when somebody acknowledges one of its own. */
export function checkPolicies(templates: Templates): Violation[] {
  const violations: Violation[] = [];
  for (const [stack, { Resources = {} }] of Object.entries(templates)) {
    const add = (logicalId: string, [description, fix]: readonly [string, string]) =>
      violations.push({ rule: 'policy', stack, logicalId, description, fix });
    for (const [logicalId, resource] of Object.entries(Resources)) {
      for (const [kind, statement] of statementsOf(resource)) {
        for (const finding of judge(kind, statement)) add(logicalId, finding);
      }
      for (const finding of judgePermission(resource)) add(logicalId, finding);
    }
    for (const [logicalId, actions] of actionsOfPrincipals(Resources)) {
      for (const finding of escalations(actions)) add(logicalId, finding);
    }
  }
  return violations;
}

/** What each role may do, its own policies and those attached to it together, by the logical id of the role. */
function actionsOfPrincipals(resources: Readonly<Record<string, Resource>>): Map<string, string[]> {
  const all = new Map<string, string[]>();
  for (const [logicalId, resource] of Object.entries(resources)) {
    const managed = ((resource.Properties?.ManagedPolicyArns ?? []) as { Ref?: string }[])
      .map(({ Ref }) => resources[Ref ?? ''])
      .filter((policy) => policy !== undefined);
    const allowed = [resource, ...managed]
      .flatMap((source) => [...statementsOf(source)])
      .filter(([kind, { Effect }]) => kind === 'identity' && Effect === 'Allow')
      .flatMap(([, statement]) => actionsOf(statement));
    for (const principal of principalsOf(logicalId, resource)) {
      all.set(principal, [...(all.get(principal) ?? []), ...allowed]);
    }
  }
  return all;
}

/** Roles of other stacks are known by what refers to them; a policy attached to nobody stands for itself. */
function principalsOf(logicalId: string, { Type, Properties = {} }: Resource): string[] {
  if (Type === 'AWS::IAM::Role') return [logicalId];
  const roles = ((Properties.Roles ?? []) as unknown[]).map(
    (role) => (role as { Ref?: string }).Ref ?? JSON.stringify(role),
  );
  return roles.length > 0 ? roles : [logicalId];
}

function* judge(kind: PolicyKind, statement: Statement): Generator<[description: string, fix: string]> {
  const actions = actionsOf(statement);
  const unknown = unknownActions(actions);
  if (unknown.length > 0) {
    yield [
      `${unknown.join(', ')} is no known action, and IAM ignores what it does not know`,
      'Correct the spelling, or add the action to lib/guardrails/known-actions.json.',
    ];
  }
  if (statement.Effect !== 'Allow') return;
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
  if (actions.includes('iam:PassRole') && !hasCondition(statement, /^iam:PassedToService$/i)) {
    yield ['iam:PassRole without iam:PassedToService hands the role to any service', 'Add the condition.'];
  }
}

/** The policy of a function, in the form that CloudFormation has for it. */
function* judgePermission({ Type, Properties = {} }: Resource): Generator<[string, string]> {
  if (Type !== 'AWS::Lambda::Permission') return;
  const { Principal, SourceAccount, SourceArn, PrincipalOrgID } = Properties;
  const isService = typeof Principal === 'string' && Principal.endsWith('.amazonaws.com');
  if (Principal === '*' && !PrincipalOrgID) {
    yield ['Anybody may call this function', 'Name the principal.'];
  } else if (isService && !SourceAccount && !SourceArn) {
    yield [
      `${Principal} may call this function on behalf of any account`,
      'Add SourceArn or SourceAccount to the permission.',
    ];
  }
}

function* judgePrincipals(statement: Statement, kind: PolicyKind): Generator<[string, string]> {
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
