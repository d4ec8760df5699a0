/** What the policies of a deployment may reach: ARNs by service, as narrow as names that AWS gives allow. */
export interface Reach {
  readonly partition: string;
  readonly account: string;
  /** Home first; the region of CloudFront's metrics when the deployment has a stack there. */
  readonly regions: readonly string[];
  /** `landfall-<environment>`: stacks begin with it, and so does what CloudFormation names after them. */
  readonly prefix: string;
  /** Of the CDK bootstrap that it is deployed through. */
  readonly qualifier: string;
  /** Logical ids of secrets: CloudFormation names a secret by it and not by the stack. */
  readonly secrets: readonly string[];
  /** Secrets that the templates read and do not make, by name. */
  readonly namedSecrets: readonly string[];
}

type Scope = (reach: Reach) => readonly string[];

/** ARNs of this account, in every region of the deployment. */
const regional =
  (service: string, names: (reach: Reach) => readonly string[]): Scope =>
  (reach) =>
    reach.regions.flatMap((region) =>
      names(reach).map((name) => `arn:${reach.partition}:${service}:${region}:${reach.account}:${name}`),
    );

const global =
  (service: string, names: (reach: Reach) => readonly string[]): Scope =>
  (reach) =>
    names(reach).map((name) => `arn:${reach.partition}:${service}::${reach.account}:${name}`);

/** API Gateway's ARNs name no account, only the caller's is meant. */
const apis =
  (...paths: readonly string[]): Scope =>
  ({ partition, regions }) =>
    regions.flatMap((region) => paths.map((path) => `arn:${partition}:apigateway:${region}::${path}`));

const both =
  (...scopes: readonly Scope[]): Scope =>
  (reach) =>
    scopes.flatMap((scope) => scope(reach));

/**
 * By service, in the order of the policies. Where AWS makes up an id (keys, pools, everything of EC2) the ARN says no
 * more than account and region; what belongs to another deployment is denied by its tag instead.
 */
const scopes: Readonly<Record<string, Scope>> = {
  apigateway: apis('/restapis', '/restapis/*', '/account', '/tags/*'),
  budgets: global('budgets', ({ prefix }) => [`budget/${prefix}-*`]),
  chatbot: global('chatbot', ({ prefix }) => [`chat-configuration/slack-channel/${prefix}-*`]),
  cloudformation: regional('cloudformation', ({ prefix }) => [`stack/${prefix}-*`]),
  cloudfront: global('cloudfront', () => [
    'distribution/*',
    'cache-policy/*',
    'origin-access-control/*',
    'response-headers-policy/*',
  ]),
  cloudwatch: both(
    regional('cloudwatch', ({ prefix }) => [`alarm:${prefix}-*`]),
    global('cloudwatch', ({ prefix }) => [`dashboard/${prefix}-*`]),
  ),
  codedeploy: regional('codedeploy', ({ prefix }) => [
    `application:${prefix}-*`,
    `deploymentgroup:${prefix}-*`,
    'deploymentconfig:CodeDeployDefault.*',
  ]),
  'cognito-idp': both(
    regional('cognito-idp', () => ['userpool/*']),
    regional('wafv2', () => ['regional/webacl/*']),
  ),
  dynamodb: regional('dynamodb', ({ prefix }) => [`table/${prefix}-*`]),
  ec2: both(
    regional('ec2', () => ['*']),
    // Images, and the snapshots behind them, belong to Amazon.
    ({ partition, regions }) =>
      regions.flatMap((region) => [
        `arn:${partition}:ec2:${region}::image/*`,
        `arn:${partition}:ec2:${region}::snapshot/*`,
      ]),
  ),
  elasticache: regional('elasticache', ({ prefix }) => [
    // The id of a replication group is cut from the stack's name in a way that AWS does not document.
    'replicationgroup:*',
    'cluster:*',
    'snapshot:*',
    'parametergroup:default.*',
    `subnetgroup:${prefix}-*`,
    `user:${prefix}-*`,
    `usergroup:${prefix}-*`,
  ]),
  events: regional('events', ({ prefix }) => [`rule/${prefix}-*`]),
  guardduty: regional('guardduty', () => ['malware-protection-plan/*']),
  iam: global('iam', ({ prefix }) => [
    `role/${prefix}-*`,
    `policy/${prefix}-*`,
    `instance-profile/${prefix}-*`,
  ]),
  kms: regional('kms', () => ['key/*']),
  lambda: regional('lambda', ({ prefix }) => [`function:${prefix}-*`, 'event-source-mapping:*']),
  logs: regional('logs', ({ prefix }) => [
    `log-group:${prefix}-*`,
    `log-group:/aws/rds/*/${prefix}-*`,
    `log-group:aws-waf-logs-${prefix}-*`,
    'log-group:API-Gateway-Execution-Logs_*',
    `delivery-source:${prefix}-*`,
    `delivery-destination:${prefix}-*`,
    'delivery:*',
  ]),
  rds: regional('rds', ({ prefix }) => [
    `db:${prefix}-*`,
    `snapshot:${prefix}-*`,
    `pg:${prefix}-*`,
    `subgrp:${prefix}-*`,
    `es:${prefix}-*`,
    'og:default:*',
    'auto-backup:*',
    // A proxy and its targets are known by ids.
    'db-proxy:*',
    'target-group:*',
  ]),
  route53: ({ partition }) => [`arn:${partition}:route53:::hostedzone/*`],
  s3: ({ partition, prefix }) => [`arn:${partition}:s3:::${prefix}-*`],
  scheduler: regional('scheduler', ({ prefix }) => [`schedule/${prefix}-*`, `schedule-group/${prefix}-*`]),
  secretsmanager: regional('secretsmanager', ({ secrets }) => [
    ...secrets.map((logicalId) => `secret:${logicalId}-*`),
    // RDS makes and names the secret of the database's owner.
    'secret:rds!db-*',
  ]),
  sns: regional('sns', ({ prefix }) => [`${prefix}-*`]),
  sqs: regional('sqs', ({ prefix }) => [`${prefix}-*`]),
  wafv2: both(
    regional('wafv2', () => ['regional/webacl/*', 'regional/managedruleset/*']),
    regional('cognito-idp', () => ['userpool/*']),
    apis('/restapis/*'),
  ),
};

/** Objects of buckets: the code of functions, which the CDK uploads to its own bucket, and nothing of users. */
export const assets = ({ partition, account, regions, qualifier }: Reach): readonly string[] =>
  regions.map((region) => `arn:${partition}:s3:::cdk-${qualifier}-assets-${account}-${region}/*`);

/** Services that check a question without a name against the name `*`: theirs are answered for all that there is. */
const asked = new Set(['cloudwatch', 'elasticache', 'logs', 'rds']);

/** Whether an action only finds out what there is, and cannot be told by names. */
export const isQuestion = (action: string): boolean => {
  const [service = '', name = ''] = action.split(':');
  return asked.has(service) && name.startsWith('Describe');
};

/** Everything of a service in this account. */
export const everythingOf = (service: string, reach: Reach): readonly string[] =>
  regional(service, () => ['*'])(reach);

/** @throws for a service that nobody has thought about */
export function scopeOf(service: string, reach: Reach): readonly string[] {
  const scope = scopes[service];
  if (!scope) {
    throw new Error(
      `A deployment would need actions of ${service}, and lib/guardrails/deployment/scopes.ts does not say on which ` +
        'resources. Fix: add the ARNs there, or the actions to the omissions in corrections.ts.',
    );
  }
  return scope(reach);
}
