import { actionsOfType } from '../../../../lib/guardrails/deployment/actions';
import { pack, statementsFor } from '../../../../lib/guardrails/deployment/policies';
import { decide } from '../../../../lib/iam/evaluate';
import type { Policy, PolicyDocument, Statement } from '../../../../lib/iam/policy';
import { resourcesOf, templatesOf } from '../../../support/assembly';
import type { Variant } from '../../../support/variants';
import { arnsOf, type Placed } from './arns';

export const account = '123456789012';
export const qualifierOf = ({ github }: Variant['environment']): string => github?.qualifier ?? 'hnb659fds';

const executionRole = `arn:aws:iam::${account}:role/cdk-hnb659fds-cfn-exec-role-${account}-us-east-1`;

/** Every resource of a variant except those that say who may deploy it. */
export function placedOf({ name, environment }: Variant): Placed[] {
  return Object.entries(templatesOf(name))
    .filter(([stackName]) => !stackName.endsWith('-deployment'))
    .flatMap(([stackName, template]) =>
      Object.entries(template.Resources).map(([logicalId, resource]) => ({
        stackName,
        region: stackName.endsWith('-monitoring-global') ? 'us-east-1' : environment.region,
        logicalId,
        resource,
      })),
    );
}

/** The policies as the stack `deployment` would have them, also for a variant that has none. */
export function policiesOf({ name, environment, blueprint }: Variant): Policy[] {
  const placed = placedOf({ name, environment, blueprint });
  const roles = Object.values(templatesOf(name)).flatMap((template) =>
    resourcesOf(template, 'AWS::IAM::Role'),
  );
  const prefix = `landfall-${environment.name}`;
  const statements = statementsFor({
    reach: {
      partition: 'aws',
      account,
      regions: [...new Set([environment.region, ...placed.map(({ region }) => region)])],
      prefix,
      qualifier: qualifierOf(environment),
      secrets: placed
        .filter(({ resource }) => resource.Type === 'AWS::SecretsManager::Secret')
        .map(({ logicalId }) => logicalId),
      namedSecrets: environment.auth.identityProviders.flatMap((provider) =>
        'secretName' in provider ? [provider.secretName] : [],
      ),
    },
    types: placed.map(({ resource, region }) => ({ type: resource.Type, region })),
    passedTo: [
      ...new Set(
        roles.flatMap(([, { Properties }]) =>
          (Properties.AssumeRolePolicyDocument as { Statement: Statement[] }).Statement.flatMap(
            ({ Principal }) => (Principal as { Service?: string }).Service ?? [],
          ),
        ),
      ),
    ],
    permissionsBoundaryArn: environment.permissionsBoundaryArn,
    untouchable: [
      `arn:aws:iam::${account}:role/${prefix}-deployment-*`,
      `arn:aws:iam::${account}:policy/${prefix}-deployment-*`,
      `arn:aws:iam::${account}:role/cdk-*`,
    ],
  });
  return asPolicies(pack(statements).map((Statement) => ({ Version: '2012-10-17', Statement })));
}

export const asPolicies = (documents: readonly PolicyDocument[]): Policy[] =>
  documents.map((document, index) => ({ id: `deployment.Execution${index + 1}`, document }));

/** The key policies of the templates leave it to IAM who in the account administrates a key. */
const keyPolicy: Policy = {
  id: 'key',
  document: {
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${account}:root` },
      Action: 'kms:*',
      Resource: '*',
    },
  },
};

export type Context = Readonly<Record<string, string>>;

export const isAllowed = (
  policies: readonly Policy[],
  action: string,
  resource: string,
  context: Context = {},
) =>
  decide(
    { caller: { kind: 'role', arn: executionRole }, action, resource, resourceAccount: account, context },
    { identity: policies, resource: action.startsWith('kms:') ? [keyPolicy] : [] },
  ).effect === 'allow';

/** What comes with a request: tags of the resource, and whom a role is passed to. */
const contextsOf = (action: string, { environment }: Variant, passedTo: readonly string[]): Context[] => {
  const own: Context = { 'aws:ResourceTag/deployment': `landfall-${environment.name}` };
  if (action === 'iam:PassRole')
    return passedTo.map((service) => ({ ...own, 'iam:PassedToService': service }));
  const { permissionsBoundaryArn } = environment;
  return [
    permissionsBoundaryArn && action.startsWith('iam:')
      ? { ...own, 'iam:PermissionsBoundary': permissionsBoundaryArn }
      : own,
  ];
};

/** Requests of a deployment that the policies do not allow, as `type: action on ARN`. */
export async function deniedIn(variant: Variant, policies: readonly Policy[]): Promise<string[]> {
  const denied = new Set<string>();
  for (const placed of representatives(placedOf(variant))) {
    const { Type } = placed.resource;
    for (const action of actionsOfType(Type)) {
      if (action === 'iam:CreateServiceLinkedRole') continue;
      if (action === 'iam:DeleteRolePermissionsBoundary' && variant.environment.permissionsBoundaryArn)
        continue;
      const passedTo = Type === 'AWS::Lambda::Function' ? ['lambda.amazonaws.com'] : [];
      for (const arn of await arnsOf(action, placed, qualifierOf(variant.environment))) {
        for (const context of contextsOf(action, variant, passedTo)) {
          if (!isAllowed(policies, action, arn, context)) denied.add(`${Type}: ${action} on ${arn}`);
        }
      }
    }
  }
  return [...denied];
}

/** One resource of each type in each stack, and every one whose name was chosen. */
function representatives(all: readonly Placed[]): Placed[] {
  const seen = new Set<string>();
  return all.filter(({ stackName, resource: { Type, Properties = {} } }) => {
    const key = `${stackName} ${Type}`;
    const chosen = ['AlarmName', 'LogGroupName', 'DBInstanceIdentifier', 'GroupName', 'UserId'].some(
      (property) => property in Properties,
    );
    if (seen.has(key) && !chosen) return false;
    seen.add(key);
    return true;
  });
}
