/** Every policy of an assembly, with where it is from. */
import { awsManagedPolicy, isKnownAwsPolicy } from '../../../lib/iam/aws-managed-policies';
import { type PolicyDocument, type Statement, statementsIn } from '../../../lib/iam/policy';
import { type AuditedAssembly, ofType, placeOf, type Resource } from '../assembly/assembly';
import type { Principal, ResourcePolicy, StatementView } from './report';
import { runnersOf } from './runners';
import type { Origin, Statements } from './statements';

/** Where a resource type keeps a policy about itself or about another resource. */
const resourcePolicies: Readonly<Record<string, { document: string; about?: string }>> = {
  'AWS::ApiGateway::RestApi': { document: 'Policy' },
  'AWS::DynamoDB::Table': { document: 'ResourcePolicy' },
  'AWS::KMS::Key': { document: 'KeyPolicy' },
  'AWS::S3::BucketPolicy': { document: 'PolicyDocument', about: 'Bucket' },
  'AWS::SNS::TopicPolicy': { document: 'PolicyDocument', about: 'Topics' },
  'AWS::SQS::QueuePolicy': { document: 'PolicyDocument', about: 'Queues' },
  'AWS::SecretsManager::ResourcePolicy': { document: 'ResourcePolicy', about: 'SecretId' },
};

export function principalsOf(assembly: AuditedAssembly, statements: Statements): Principal[] {
  const attached = attachedPolicies(assembly, statements);
  const runners = runnersOf(assembly, statements);
  const roles = ofType(assembly, 'AWS::IAM::Role');
  return roles.map((role) => {
    const runs = runners.get(role) ?? [];
    const { stackName, properties } = role;
    const policyId = `${stackName}.${role.logicalId}`;
    const view = (document: unknown, origin: Omit<Origin, 'stackName' | 'id'>, id: string) =>
      views(statements, document, { ...origin, id, stackName });
    const inline = (properties.Policies ?? []) as { PolicyName: string; PolicyDocument: unknown }[];
    const identity = [
      ...inline.map(({ PolicyName, PolicyDocument }, index) =>
        view(PolicyDocument, { kind: 'identity' }, index === 0 ? policyId : `${policyId}/${PolicyName}`),
      ),
      ...[...(attached.get(role) ?? [])].map((policy) =>
        views(statements, policy.properties.PolicyDocument, {
          kind: 'identity',
          id: `${policy.stackName}.${policy.logicalId}`,
          stackName: policy.stackName,
        }),
      ),
      ...((properties.ManagedPolicyArns ?? []) as unknown[])
        // A policy of the templates is among the attached ones.
        .filter((arn) => !statements.values.resource(arn, stackName))
        .map((arn) => fromElsewhere(statements, statements.values.written(arn, stackName), stackName)),
    ];
    const boundary = properties.PermissionsBoundary;
    return {
      ...placeOf(role),
      id: role.path,
      name: nameOf(role, runs, statements),
      runs: runs.map(placeOf),
      trust: view(properties.AssumeRolePolicyDocument, { kind: 'trust', about: role }, `${policyId}:trust`),
      statements: identity.flat(),
      ...(boundary === undefined ? {} : { boundary: statements.values.written(boundary, stackName) }),
    };
  });
}

/** A role is known by what runs as it. */
function nameOf(role: Resource, runs: readonly Resource[], { names }: Statements): string {
  const [runner, ...others] = runs;
  return runner?.type === 'AWS::Lambda::Function' && others.length === 0
    ? names.plain(runner)
    : names.plain(role);
}

/** Policies of the templates by the role they are attached to, whichever of the two names the other. */
function attachedPolicies(assembly: AuditedAssembly, { values }: Statements): Map<Resource, Set<Resource>> {
  const attached = new Map<Resource, Set<Resource>>();
  const attach = (role: Resource | undefined, policy: Resource | undefined) => {
    if (role && policy) attached.set(role, (attached.get(role) ?? new Set()).add(policy));
  };
  for (const policy of ofType(assembly, 'AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy')) {
    for (const role of (policy.properties.Roles ?? []) as unknown[]) {
      attach(values.resource(role, policy.stackName), policy);
    }
  }
  for (const role of ofType(assembly, 'AWS::IAM::Role')) {
    for (const arn of (role.properties.ManagedPolicyArns ?? []) as unknown[]) {
      attach(role, values.resource(arn, role.stackName));
    }
  }
  return attached;
}

/** What AWS maintains is known by its text; every other policy can only be named. */
function fromElsewhere(statements: Statements, arn: string, stackName: string): StatementView[] {
  const ofAws = arn.includes(':iam::aws:policy/');
  if (ofAws && isKnownAwsPolicy(arn)) {
    return views(statements, awsManagedPolicy(arn).document, { kind: 'identity', id: arn, stackName });
  }
  const unknown: StatementView = {
    id: `${arn}#0`,
    kind: 'identity',
    effect: 'Allow',
    actions: [],
    levels: [],
    targets: [],
    principals: [],
    conditions: [],
    wildcards: [arn],
    words: ofAws
      ? `may do whatever AWS writes into its policy ${arn}, whose text lib/iam/aws-managed-policies.ts does not have`
      : `may do whatever the policy ${arn} says, which is not in these templates`,
    unused: [],
  };
  return [unknown];
}

export function resourcePoliciesOf(assembly: AuditedAssembly, statements: Statements): ResourcePolicy[] {
  const found = assembly.resources.map((resource): ResourcePolicy[] => {
    const { properties, stackName, type } = resource;
    const where = resourcePolicies[type];
    const id = `${stackName}.${resource.logicalId}`;
    if (type === 'AWS::Lambda::Permission') {
      const target = statements.values.resource(properties.FunctionName, stackName);
      return [
        {
          ...placeOf(resource),
          about: aboutOf(target ?? resource, statements),
          statements: views(
            statements,
            { Statement: permissionAsStatement(properties) },
            { kind: 'resource', id, stackName, about: target },
          ),
        },
      ];
    }
    const document = where && properties[where.document];
    if (document === undefined) return [];
    const nested = (document as { PolicyDocument?: unknown }).PolicyDocument ?? document;
    const named = where?.about ? [properties[where.about]].flat() : [];
    const about = named.map((value) => statements.values.resource(value, stackName));
    return [
      {
        ...placeOf(resource),
        about:
          about.length > 0
            ? about.map((one) => aboutOf(one ?? resource, statements)).join(', ')
            : aboutOf(resource, statements),
        statements: views(statements, nested, {
          kind: 'resource',
          id,
          stackName,
          about: about[0] ?? resource,
        }),
      },
    ];
  });
  return [...found.flat(), ...loosePolicies(assembly, statements)];
}

/** Policies that are attached to no role of these templates: boundaries, and those of users and groups. */
function loosePolicies(assembly: AuditedAssembly, statements: Statements): ResourcePolicy[] {
  const attached = new Set(
    [...attachedPolicies(assembly, statements).values()].flatMap((policies) => [...policies]),
  );
  const loose = ofType(assembly, 'AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy').filter(
    (policy) => !attached.has(policy),
  );
  return loose.map((policy) => ({
    ...placeOf(policy),
    about: `no role of these templates (${statements.names.plain(policy)})`,
    statements: views(statements, policy.properties.PolicyDocument, {
      kind: 'identity',
      id: `${policy.stackName}.${policy.logicalId}`,
      stackName: policy.stackName,
    }),
  }));
}

const aboutOf = (resource: Resource, { names }: Statements) => names.the(resource);

/** CloudFormation's form of a statement in the policy of a function. */
function permissionAsStatement(properties: Resource['properties']): Statement {
  const { Action, FunctionName, Principal, SourceAccount, SourceArn, PrincipalOrgID } = properties;
  const service = typeof Principal === 'string' && Principal.endsWith('.amazonaws.com');
  return {
    Effect: 'Allow',
    Action: Action as string,
    Resource: FunctionName,
    Principal: service ? { Service: Principal } : Principal === '*' ? '*' : { AWS: Principal },
    Condition: {
      ...(SourceAccount === undefined && PrincipalOrgID === undefined
        ? {}
        : {
            StringEquals: {
              ...(SourceAccount === undefined ? {} : { 'aws:SourceAccount': SourceAccount }),
              ...(PrincipalOrgID === undefined ? {} : { 'aws:PrincipalOrgID': PrincipalOrgID }),
            },
          }),
      ...(SourceArn === undefined ? {} : { ArnLike: { 'aws:SourceArn': SourceArn } }),
    },
  };
}

function views(statements: Statements, document: unknown, origin: Origin): StatementView[] {
  return statementsIn(document as PolicyDocument | undefined).map((statement, index) =>
    statements.view(statement, { ...origin, id: `${origin.id}#${index}` }),
  );
}
