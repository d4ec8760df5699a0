import type { Statement } from '../../iam/policy';
import { actionsOfType, withoutResource } from './actions';
import { assets, everythingOf, isQuestion, type Reach, scopeOf } from './scopes';

export interface Deployed {
  readonly reach: Reach;
  /** Resource types of all stacks, with the region of the stack. */
  readonly types: readonly { readonly type: string; readonly region: string }[];
  /** Services that become roles of the stacks, as the trust policies say. */
  readonly passedTo: readonly string[];
  readonly permissionsBoundaryArn?: string | undefined;
  /** Resources that decide what this deployment may do: its own policies and roles. */
  readonly untouchable: readonly string[];
}

/** Key of the tag that says which deployment a resource belongs to; every stack hands it on to its resources. */
const tag = 'deployment';

/**
 * Roles that services make for themselves in an account, once. By the type that makes a service need one.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html (2026-11)
 */
const serviceRoles: Readonly<Record<string, string>> = {
  'AWS::ApiGateway::RestApi': 'ops.apigateway.amazonaws.com',
  'AWS::Chatbot::SlackChannelConfiguration': 'management.chatbot.amazonaws.com',
  'AWS::Cognito::UserPool': 'email.cognito-idp.amazonaws.com',
  'AWS::EC2::InstanceConnectEndpoint': 'ec2-instance-connect.amazonaws.com',
  'AWS::ElastiCache::ReplicationGroup': 'elasticache.amazonaws.com',
  'AWS::RDS::DBInstance': 'rds.amazonaws.com',
  'AWS::RDS::DBProxy': 'rds.amazonaws.com',
  'AWS::RDS::EventSubscription': 'rds.amazonaws.com',
  'AWS::WAFv2::LoggingConfiguration': 'wafv2.amazonaws.com',
};

/** Actions that can be tied to the boundary of the role that they are about. */
const bounded = new Set([
  'iam:AttachRolePolicy',
  'iam:CreateRole',
  'iam:PutRolePermissionsBoundary',
  'iam:PutRolePolicy',
]);

/** Said in statements of their own. */
const elsewhere = new Set([
  'iam:PassRole',
  'iam:CreateServiceLinkedRole',
  's3:GetObject',
  's3:GetObjectVersion',
]);

/** What CloudFormation's role may do for a deployment, as statements of identity policies. */
export function statementsFor(deployed: Deployed): readonly Statement[] {
  const { reach, passedTo, permissionsBoundaryArn, untouchable } = deployed;
  const { partition, account, prefix } = reach;
  const used = deployed.types.flatMap(({ type, region }) =>
    actionsOfType(type).map((action) => ({ action, region })),
  );
  /** Most services are used at home only. */
  const regionsOf = (service: string) =>
    reach.regions.filter((region) =>
      used.some((use) => use.region === region && serviceOf(use.action) === service),
    );
  const actions = [...new Set(used.map(({ action }) => action))]
    .filter((action) => !(permissionsBoundaryArn && action === 'iam:DeleteRolePermissionsBoundary'))
    .sort();
  const wanted = (action: string) => actions.includes(action);
  const narrowed = actions.filter((action) => !withoutResource.has(action) && !elsewhere.has(action));
  const services = [...new Set(narrowed.map(serviceOf))];

  return [
    // By the tag, because most ids say nothing about where a resource belongs. What has none is not affected.
    {
      Effect: 'Deny',
      Action: '*',
      Resource: '*',
      Condition: {
        StringNotEquals: { [`aws:ResourceTag/${tag}`]: prefix },
        Null: { [`aws:ResourceTag/${tag}`]: 'false' },
      },
    },
    { Effect: 'Deny', Action: 'iam:*', Resource: [...untouchable] },
    ...(wanted('iam:PassRole')
      ? [
          {
            Effect: 'Allow',
            Action: 'iam:PassRole',
            Resource: `arn:${partition}:iam::${account}:role/${prefix}-*`,
            Condition: { StringEquals: { 'iam:PassedToService': [...passedTo] } },
          } as const,
        ]
      : []),
    ...linkedRoles(deployed),
    ...(wanted('s3:GetObject')
      ? [
          {
            Effect: 'Allow',
            Action: ['s3:GetObject', 's3:GetObjectVersion'],
            Resource: [...assets(reach)],
          } as const,
        ]
      : []),
    ...ofTemplates(reach),
    ...services.flatMap((service): Statement[] => {
      const all = narrowed.filter((action) => serviceOf(action) === service);
      const questions = all.filter(isQuestion);
      const own = all.filter((action) => !isQuestion(action));
      const tied = permissionsBoundaryArn ? own.filter((action) => bounded.has(action)) : [];
      const there = { ...reach, regions: regionsOf(service) };
      const Resource = [...scopeOf(service, there)];
      return [
        { Effect: 'Allow', Action: own.filter((action) => !tied.includes(action)), Resource } as const,
        ...(tied.length > 0
          ? [
              {
                Effect: 'Allow',
                Action: tied,
                Resource,
                Condition: { StringEquals: { 'iam:PermissionsBoundary': permissionsBoundaryArn } },
              } as const,
            ]
          : []),
        ...(questions.length > 0
          ? [{ Effect: 'Allow', Action: questions, Resource: [...everythingOf(service, there)] } as const]
          : []),
      ];
    }),
    { Effect: 'Allow', Action: actions.filter((action) => withoutResource.has(action)), Resource: '*' },
  ];
}

function linkedRoles({ types, reach: { partition, account } }: Deployed): Statement[] {
  const services = [
    ...new Set(types.map(({ type }) => serviceRoles[type]).filter((name) => name !== undefined)),
  ];
  if (services.length === 0) return [];
  return [
    {
      Effect: 'Allow',
      Action: 'iam:CreateServiceLinkedRole',
      Resource: `arn:${partition}:iam::${account}:role/aws-service-role/*`,
      Condition: { StringEquals: { 'iam:AWSServiceName': services.sort() } },
    },
  ];
}

/** What CloudFormation reads to fill in a template: outputs of other stacks, parameters, and secrets by name. */
function ofTemplates(reach: Reach): Statement[] {
  const { partition, account, regions, namedSecrets, qualifier } = reach;
  const perRegion = (name: (region: string) => readonly string[]) => regions.flatMap(name);
  return [
    {
      Effect: 'Allow',
      Action: 'cloudformation:DescribeStacks',
      Resource: [...scopeOf('cloudformation', reach)],
    },
    {
      Effect: 'Allow',
      Action: ['ssm:GetParameter', 'ssm:GetParameters'],
      Resource: perRegion((region) => [
        `arn:${partition}:ssm:${region}:${account}:parameter/cdk-bootstrap/${qualifier}/version`,
        `arn:${partition}:ssm:${region}::parameter/aws/service/ami-amazon-linux-latest/*`,
      ]),
    },
    ...(namedSecrets.length > 0
      ? [
          {
            Effect: 'Allow',
            Action: 'secretsmanager:GetSecretValue',
            Resource: perRegion((region) =>
              namedSecrets.map(
                // Secrets Manager adds a hyphen and six characters to the name.
                (name) => `arn:${partition}:secretsmanager:${region}:${account}:secret:${name}-??????`,
              ),
            ),
          } as const,
        ]
      : []),
  ];
}

const serviceOf = (action: string): string => action.split(':')[0] as string;

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html (2026-11): without whitespace */
const longestPolicy = 6_144;

/** How long `{"Version":"2012-10-17","Statement":[]}` is. */
const frame = 40;

/**
 * Statements in as few documents as IAM takes, in the order they are given; a long list of actions continues in the
 * next one.
 * @param lengthOf length of a statement as IAM counts it
 */
export function pack(
  statements: readonly Statement[],
  lengthOf = (statement: Statement) => JSON.stringify(statement).length,
): Statement[][] {
  const documents: Statement[][] = [[]];
  let room = longestPolicy - frame;
  const place = (statement: Statement) => {
    documents.at(-1)?.push(statement);
    room -= lengthOf(statement) + 1;
  };
  for (const statement of statements) {
    let rest: Statement | undefined = statement;
    while (rest) {
      const fitting = beginningOf(rest, room - 1, lengthOf);
      if (fitting) {
        place(fitting.now);
        rest = fitting.later;
      } else {
        if (documents.at(-1)?.length === 0) {
          throw new Error(
            `A statement is longer than a policy (${longestPolicy} characters): ${JSON.stringify(rest).slice(0, 200)}…`,
          );
        }
        documents.push([]);
        room = longestPolicy - frame;
      }
    }
  }
  return documents;
}

/** As many actions of a statement as there is room for. */
function beginningOf(
  statement: Statement,
  room: number,
  lengthOf: (statement: Statement) => number,
): { readonly now: Statement; readonly later?: Statement | undefined } | undefined {
  if (lengthOf(statement) <= room) return { now: statement };
  const actions = [statement.Action ?? []].flat() as string[];
  // Few actions with many resources are better off together.
  for (let count = actions.length - 1; count >= 8; count--) {
    const now = { ...statement, Action: actions.slice(0, count) };
    if (lengthOf(now) <= room) return { now, later: { ...statement, Action: actions.slice(count) } };
  }
  return undefined;
}
