import { actionsOfType } from '../../../../lib/guardrails/deployment/actions';
import { pack } from '../../../../lib/guardrails/deployment/policies';
import type { Statement } from '../../../../lib/iam/policy';
import { actionsOf, statementsIn } from '../../../../lib/iam/policy';
import { allVariants, type Variant } from '../../../support/variants';
import { account, asPolicies, type Context, deniedIn, isAllowed, policiesOf } from './deployed';

const variants = allVariants().map((variant) => [variant.name, variant] as const);
const variantNamed = (name: string) => allVariants().find((variant) => variant.name === name) as Variant;

describe.each(variants)('what CloudFormation may do to deploy %s', (_, variant) => {
  const prefix = `landfall-${variant.environment.name}`;
  const { region } = variant.environment;
  let policies: ReturnType<typeof policiesOf>;
  beforeAll(() => {
    policies = policiesOf(variant);
  });

  test('is everything that its resource types need to be made, read, changed and deleted', async () => {
    expect(await deniedIn(variant, policies)).toEqual([]);
  });

  test('fits into the policies that IAM attaches to a role', () => {
    expect(policies.length).toBeLessThanOrEqual(10);
    expect(policies.map(({ document }) => JSON.stringify(document).length).filter((n) => n > 6144)).toEqual(
      [],
    );
  });

  const iam = (resource: string) => `arn:aws:iam::${account}:${resource}`;
  const other: Context = { 'aws:ResourceTag/deployment': 'landfall-other' };
  const forbidden: readonly (readonly [string, string, string, Context?])[] = [
    ['a user', 'iam:CreateUser', iam('user/somebody')],
    ['keys of a user', 'iam:CreateAccessKey', iam('user/somebody')],
    ['a role that is not of the deployment', 'iam:CreateRole', iam('role/administrator')],
    ['the role of another deployment', 'iam:PutRolePolicy', iam('role/landfall-other-api-Role-1A2B3C')],
    ['the trust of another role', 'iam:UpdateAssumeRolePolicy', iam('role/administrator')],
    ['the role of the jobs at GitHub', 'iam:UpdateAssumeRolePolicy', iam(`role/${prefix}-deployment-github`)],
    ['its own policies', 'iam:CreatePolicyVersion', iam(`policy/${prefix}-deployment-1`)],
    ['its own policies', 'iam:DeletePolicy', iam(`policy/${prefix}-deployment-2`)],
    ['its own role', 'iam:AttachRolePolicy', iam(`role/cdk-hnb659fds-cfn-exec-role-${account}-${region}`)],
    ['its own role', 'iam:PutRolePolicy', iam(`role/cdk-hnb659fds-cfn-exec-role-${account}-${region}`)],
    ['an identity provider', 'iam:CreateOpenIDConnectProvider', iam('oidc-provider/example.com')],
    [
      'a role that is not of the deployment',
      'iam:PassRole',
      iam('role/administrator'),
      { 'iam:PassedToService': 'lambda.amazonaws.com' },
    ],
    [
      'a role, to a service that no stack uses',
      'iam:PassRole',
      iam(`role/${prefix}-api-Role-1A2B3C`),
      { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' },
    ],
    [
      'the role of the jobs at GitHub',
      'iam:PassRole',
      iam(`role/${prefix}-deployment-github`),
      { 'iam:PassedToService': 'lambda.amazonaws.com' },
    ],
    ['the organization', 'organizations:LeaveOrganization', '*'],
    ['accounts', 'account:CloseAccount', '*'],
    ['files of users', 's3:GetObject', `arn:aws:s3:::${prefix}-storage-documents7e5b2978-1a2b/users/1/a.pdf`],
    ['files of users', 's3:DeleteObject', `arn:aws:s3:::${prefix}-storage-documents7e5b2978-1a2b/a.pdf`],
    ['the code of functions', 's3:PutObject', `arn:aws:s3:::cdk-hnb659fds-assets-${account}-${region}/a.zip`],
    ['another bucket', 's3:DeleteBucket', 'arn:aws:s3:::landfall-other-storage-documents7e5b2978-1a2b'],
    [
      'rows of a table',
      'dynamodb:Scan',
      `arn:aws:dynamodb:${region}:${account}:table/${prefix}-auth-Table-1A2B`,
    ],
    ['another queue', 'sqs:DeleteQueue', `arn:aws:sqs:${region}:${account}:landfall-other-jobs-Queue-1A2B`],
    [
      'another database',
      'rds:DeleteDBInstance',
      `arn:aws:rds:${region}:${account}:db:landfall-other-database`,
    ],
    ['another function', 'lambda:UpdateFunctionCode', `arn:aws:lambda:${region}:${account}:function:payroll`],
    [
      'another secret',
      'secretsmanager:GetSecretValue',
      `arn:aws:secretsmanager:${region}:${account}:secret:payroll-aBcDeF`,
    ],
    ['another key', 'kms:ScheduleKeyDeletion', `arn:aws:kms:${region}:${account}:key/1234`, other],
    [
      'another pool',
      'cognito-idp:DeleteUserPool',
      `arn:aws:cognito-idp:${region}:${account}:userpool/x_1`,
      other,
    ],
    ['another network', 'ec2:DeleteVpc', `arn:aws:ec2:${region}:${account}:vpc/vpc-1`, other],
    ['another API', 'apigateway:DELETE', `arn:aws:apigateway:${region}::/restapis/a1b2c3`, other],
    [
      'another distribution',
      'cloudfront:DeleteDistribution',
      `arn:aws:cloudfront::${account}:distribution/E1`,
      other,
    ],
    ['another region', 'sqs:CreateQueue', `arn:aws:sqs:ap-south-1:${account}:${prefix}-jobs-Queue-1A2B`],
  ];
  test.each(
    forbidden.map(([what, action, resource, context = {}]) => [what, action, resource, context] as const),
  )('is not about %s: %s on %s', (_what, action, resource, context) => {
    expect(isAllowed(policies, action, resource, context)).toBe(false);
  });
});

describe('one action less', () => {
  const variant = variantNamed('scanned');
  const without = (removed: string) =>
    policiesOf(variant).map((policy) => ({
      ...policy,
      document: {
        Statement: statementsIn(policy.document).map((statement): Statement => {
          if (statement.Effect !== 'Allow') return statement;
          return { ...statement, Action: actionsOf(statement).filter((action) => action !== removed) };
        }),
      },
    }));

  test.each([
    'apigateway:PATCH',
    'cloudfront:CreateDistribution',
    'ec2:RunInstances',
    'iam:PassRole',
    'iam:PutRolePolicy',
    'kms:PutKeyPolicy',
    'lambda:InvokeFunction',
    'lambda:UpdateFunctionCode',
    'rds:DescribeDBInstances',
    's3:GetObject',
    's3:PutBucketPolicy',
    'sqs:CreateQueue',
  ])('is missed: %s', async (action) => {
    const denied = await deniedIn(variant, without(action));
    expect(denied.length).toBeGreaterThan(0);
    expect(denied.filter((request) => !request.includes(` ${action} on `))).toEqual([]);
  });
});

describe('with a permissions boundary', () => {
  const variant = variantNamed('bounded');
  const boundary = variant.environment.permissionsBoundaryArn as string;
  const role = `arn:aws:iam::${account}:role/landfall-bounded-api-Role-1A2B`;
  const allowed = (action: string, context: Context = {}) =>
    isAllowed(policiesOf(variant), action, role, context);

  test.each([
    'iam:CreateRole',
    'iam:PutRolePolicy',
    'iam:AttachRolePolicy',
    'iam:PutRolePermissionsBoundary',
  ])('%s is for roles that have it', (action) => {
    expect(allowed(action, { 'iam:PermissionsBoundary': boundary })).toBe(true);
    expect(allowed(action, { 'iam:PermissionsBoundary': `${boundary}-wider` })).toBe(false);
    expect(allowed(action)).toBe(false);
  });

  test('no role loses it', () => {
    expect(allowed('iam:DeleteRolePermissionsBoundary', { 'iam:PermissionsBoundary': boundary })).toBe(false);
  });
});

test('a resource type that nobody has looked up is refused, with the command that looks it up', () => {
  expect(() => actionsOfType('AWS::Athena::WorkGroup')).toThrow(
    'Nothing is known about what CloudFormation does with AWS::Athena::WorkGroup, so nobody could be allowed to ' +
      'deploy it. Fix: npx tsx scripts/deployment-actions.ts <clone of pulumi/pulumi-aws-native> AWS::Athena::WorkGroup',
  );
});

test('a long list of actions continues in the next policy, and no action is lost', () => {
  const Action = Array.from({ length: 400 }, (_, index) => `service:ActionNumber${index}`);
  const statements = [
    { Effect: 'Allow', Action: 'first:Action', Resource: '*' },
    { Effect: 'Allow', Action, Resource: '*' },
  ];
  const packed = pack(statements);
  expect(packed).toHaveLength(2);
  expect(packed.flat().flatMap(actionsOf)).toEqual(['first:Action', ...Action]);
  const lengths = asPolicies(packed.map((Statement) => ({ Version: '2012-10-17', Statement }))).map(
    ({ document }) => JSON.stringify(document).length,
  );
  expect(Math.max(...lengths)).toBeLessThanOrEqual(6144);
  expect(lengths[0]).toBeGreaterThan(6000);
});

test('a statement that fits into no policy is an error', () => {
  const Resource = Array.from({ length: 400 }, (_, index) => `arn:aws:service:::resource-${index}`);
  expect(() => pack([{ Effect: 'Allow', Action: 'service:Action', Resource }])).toThrow(
    'A statement is longer than a policy (6144 characters)',
  );
});
