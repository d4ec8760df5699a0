// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of policies are written like that
/** Policies as the services document them: keys, buckets, queues, functions, databases, roles. */
import type { AccessRequest, Caller } from '../../../../lib/iam/access';
import type { Statement } from '../../../../lib/iam/policy';
import {
  account,
  allow,
  boundary,
  bucket,
  type Case,
  deny,
  type Expected,
  type Group,
  iam,
  identity,
  objectArn,
  otherAccount,
  queue,
  resource,
  role,
  roleArn,
  root,
  service,
  tagged,
} from './case';

const docs = (page: string): string => `https://docs.aws.amazon.com/${page}.html`;

type Context = AccessRequest['context'];

/** Cases about one resource and its policy. */
const about =
  (source: string, resourceArn: string, action: string, ...statements: readonly Statement[]) =>
  (
    name: string,
    caller: Caller,
    context: Context,
    expected: Expected,
    more: Partial<Case['policies']> = {},
  ): Case => ({
    name,
    source,
    request: { caller, action, resource: resourceArn, resourceAccount: account, ...(context && { context }) },
    policies: { ...resource(...statements), ...more },
    expected,
  });

const key = `arn:aws:kms:us-east-1:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
const defaultPolicy = docs('kms/latest/developerguide/key-policy-default');
const keyPolicies = docs('kms/latest/developerguide/key-policies');
const kmsConditions = docs('kms/latest/developerguide/conditions-kms');
const foreignKeys = docs('kms/latest/developerguide/key-policy-modifying-external-accounts');
const logsEncryption = docs('AmazonCloudWatch/latest/logs/encrypt-log-data-kms');

const delegated = allow('kms:*', '*', { Principal: { AWS: root() } });
const decrypts = identity(allow('kms:Decrypt', key));
const onDefault = about(defaultPolicy, key, 'kms:Decrypt', delegated);
const onKeyOf = about(
  keyPolicies,
  key,
  'kms:Decrypt',
  allow('kms:Decrypt', '*', { Principal: { AWS: roleArn } }),
);
const onOther = about(
  keyPolicies,
  key,
  'kms:Decrypt',
  allow('kms:*', '*', { Principal: { AWS: `${roleArn}-two` } }),
);
const onDescribed = about(
  defaultPolicy,
  key,
  'kms:Decrypt',
  allow('kms:Describe*', '*', { Principal: { AWS: root() } }),
);
const viaS3 = about(
  kmsConditions,
  key,
  'kms:Decrypt',
  allow(['kms:Decrypt', 'kms:GenerateDataKey*'], '*', {
    Principal: { AWS: roleArn },
    Condition: {
      StringEquals: {
        'kms:CallerAccount': account,
        'kms:ViaService': ['s3.us-east-1.amazonaws.com', 'secretsmanager.us-east-1.amazonaws.com'],
      },
    },
  }),
);
const withContext = about(
  kmsConditions,
  key,
  'kms:Decrypt',
  allow('kms:Decrypt', '*', {
    Principal: { AWS: roleArn },
    Condition: { StringEquals: { 'kms:EncryptionContext:AppName': 'ExampleApp' } },
  }),
);
const onlyContextKeys = about(
  kmsConditions,
  key,
  'kms:Decrypt',
  allow('kms:Decrypt', '*', {
    Principal: { AWS: roleArn },
    Condition: { 'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['AppName', 'Department'] } },
  }),
);
const grants = about(
  kmsConditions,
  key,
  'kms:CreateGrant',
  allow('kms:CreateGrant', '*', {
    Principal: { AWS: roleArn },
    Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
  }),
);
const logGroups = about(
  logsEncryption,
  key,
  'kms:Encrypt',
  delegated,
  allow(['kms:Encrypt*', 'kms:Decrypt*', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'], '*', {
    Principal: { Service: 'logs.us-east-1.amazonaws.com' },
    Condition: {
      ArnLike: { 'kms:EncryptionContext:aws:logs:arn': `arn:aws:logs:us-east-1:${account}:log-group:/app/*` },
    },
  }),
);
const s3Call = { 'kms:CallerAccount': account, 'kms:ViaService': 's3.us-east-1.amazonaws.com' };

const kms: readonly Case[] = [
  onDefault('with the default key policy, an identity policy allows', role, {}, 'allow', decrypts),
  onDefault('with the default key policy, a role needs an identity policy', role, {}, 'no identity'),
  onDefault('with the default key policy, a boundary limits the identity policy', role, {}, 'no boundary', {
    ...decrypts,
    ...boundary(allow('s3:*', '*')),
  }),
  onDefault('with the default key policy, a service is not allowed', service('s3'), {}, 'no resource'),
  onKeyOf('a key policy that names the role is enough', role, {}, 'allow'),
  onKeyOf(
    'a key policy that names a role does not let identity policies decide for others',
    { kind: 'role', arn: `${roleArn}-two` },
    {},
    'no resource',
    decrypts,
  ),
  onOther('an identity policy alone does not allow the use of a key', role, {}, 'no resource', decrypts),
  onDescribed(
    'a key policy lets identity policies decide about the actions it names only',
    role,
    {},
    'no resource',
    decrypts,
  ),
  {
    name: 'a key without any policy is out of reach',
    source: keyPolicies,
    request: { caller: role, action: 'kms:Decrypt', resource: key },
    policies: decrypts,
    expected: 'no resource',
  },
  {
    name: 'an action of KMS that is about no key needs an identity policy only',
    source: docs('kms/latest/developerguide/iam-policies'),
    request: { caller: role, action: 'kms:ListKeys', resource: '*' },
    policies: identity(allow('kms:ListKeys', '*')),
    expected: 'allow',
  },
  {
    name: 'a Deny of the key policy beats the identity policy',
    source: keyPolicies,
    request: { caller: role, action: 'kms:Decrypt', resource: key },
    policies: {
      ...decrypts,
      ...resource(delegated, deny('kms:Decrypt', '*', { Principal: { AWS: roleArn } })),
    },
    expected: 'explicit deny',
  },
  {
    name: 'a key of another account needs its key policy and an identity policy',
    source: foreignKeys,
    request: { caller: role, action: 'kms:Decrypt', resource: key.replace(account, otherAccount) },
    policies: { ...identity(allow('kms:Decrypt', '*')), ...resource(delegated) },
    expected: 'allow',
  },
  {
    name: 'a key of another account does not open by its key policy alone',
    source: foreignKeys,
    request: { caller: role, action: 'kms:Decrypt', resource: key.replace(account, otherAccount) },
    policies: resource(allow('kms:Decrypt', '*', { Principal: { AWS: roleArn } })),
    expected: 'no identity',
  },
  viaS3('kms:ViaService allows a call that S3 makes for the role', role, s3Call, 'allow'),
  viaS3(
    'kms:ViaService does not allow a call of the role itself',
    role,
    { 'kms:CallerAccount': account },
    'no resource',
  ),
  viaS3(
    'kms:ViaService does not allow a call that another service makes',
    role,
    { ...s3Call, 'kms:ViaService': 'sqs.us-east-1.amazonaws.com' },
    'no resource',
  ),
  viaS3(
    'kms:ViaService names the region too',
    role,
    { ...s3Call, 'kms:ViaService': 's3.eu-west-1.amazonaws.com' },
    'no resource',
  ),
  viaS3(
    'kms:CallerAccount is compared as well',
    role,
    { ...s3Call, 'kms:CallerAccount': otherAccount },
    'no resource',
  ),
  withContext(
    'an encryption context that is asked for allows',
    role,
    { 'kms:EncryptionContext:AppName': 'ExampleApp' },
    'allow',
  ),
  withContext(
    'the key of an encryption context has no case in the condition',
    role,
    { 'kms:EncryptionContext:appname': 'ExampleApp' },
    'allow',
  ),
  withContext(
    'another encryption context does not allow',
    role,
    { 'kms:EncryptionContext:AppName': 'Other' },
    'no resource',
  ),
  withContext('a call without encryption context does not allow', role, {}, 'no resource'),
  onlyContextKeys(
    'keys of the encryption context that are all known allow',
    role,
    { 'kms:EncryptionContextKeys': ['AppName'] },
    'allow',
  ),
  onlyContextKeys(
    'a further key of the encryption context does not allow',
    role,
    { 'kms:EncryptionContextKeys': ['AppName', 'Stage'] },
    'no resource',
  ),
  onlyContextKeys(
    'keys of the encryption context have case as values of a condition',
    role,
    { 'kms:EncryptionContextKeys': ['appname'] },
    'no resource',
  ),
  grants('a grant for an AWS resource is allowed', role, { 'kms:GrantIsForAWSResource': 'true' }, 'allow'),
  grants('another grant is not allowed', role, { 'kms:GrantIsForAWSResource': 'false' }, 'no resource'),
  logGroups(
    'CloudWatch Logs may use the key for its log groups',
    service('logs.us-east-1'),
    { 'kms:EncryptionContext:aws:logs:arn': `arn:aws:logs:us-east-1:${account}:log-group:/app/api` },
    'allow',
  ),
  logGroups(
    'CloudWatch Logs may not use the key for log groups of others',
    service('logs.us-east-1'),
    { 'kms:EncryptionContext:aws:logs:arn': `arn:aws:logs:us-east-1:${otherAccount}:log-group:/app/api` },
    'no resource',
  ),
  logGroups(
    'CloudWatch Logs of another region may not use the key',
    service('logs.eu-west-1'),
    { 'kms:EncryptionContext:aws:logs:arn': `arn:aws:logs:us-east-1:${account}:log-group:/app/api` },
    'no resource',
  ),
];

const bucketExamples = docs('AmazonS3/latest/userguide/example-bucket-policies');
const s3Keys = docs('AmazonS3/latest/userguide/amazon-s3-policy-keys');
const originAccess = docs('AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3');
const accessLogs = docs('AmazonS3/latest/userguide/enable-server-access-logging');
const scanTags = docs('guardduty/latest/ug/tag-based-access-s3-malware-protection');

const distribution = `arn:aws:cloudfront::${account}:distribution/EDFDVBD6EXAMPLE`;
const reads = identity(allow('s3:GetObject', `${bucket}/*`));
const overTls = about(
  bucketExamples,
  objectArn,
  's3:GetObject',
  deny('s3:*', [bucket, `${bucket}/*`], {
    Principal: '*',
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  }),
);
const modernTls = about(
  s3Keys,
  objectArn,
  's3:GetObject',
  deny('s3:*', [bucket, `${bucket}/*`], {
    Principal: { AWS: '*' },
    Condition: { NumericLessThan: { 's3:TlsVersion': 1.2 } },
  }),
);
const cdn = about(
  originAccess,
  objectArn,
  's3:GetObject',
  allow('s3:GetObject', `${bucket}/photos/*`, {
    Principal: { Service: 'cloudfront.amazonaws.com' },
    Condition: { StringEquals: { 'AWS:SourceArn': distribution } },
  }),
);
const logs = about(
  accessLogs,
  `${bucket}/logs/2026`,
  's3:PutObject',
  allow('s3:PutObject', `${bucket}/logs*`, {
    Principal: { Service: 'logging.s3.amazonaws.com' },
    Condition: {
      ArnLike: { 'aws:SourceArn': 'arn:aws:s3:::amzn-s3-demo-source-bucket' },
      StringEquals: { 'aws:SourceAccount': account },
    },
  }),
);
const scanned = about(
  scanTags,
  objectArn,
  's3:GetObject',
  deny(['s3:GetObject', 's3:GetObjectVersion'], `${bucket}/*`, {
    Principal: '*',
    Condition: {
      StringNotEquals: { 's3:ExistingObjectTag/GuardDutyMalwareScanStatus': 'NO_THREATS_FOUND' },
      ArnNotEquals: { 'aws:PrincipalArn': `arn:aws:iam::${account}:role/GuardDuty` },
    },
  }),
);
const scan = 's3:ExistingObjectTag/GuardDutyMalwareScanStatus';
const logsFrom = { 'aws:SourceArn': 'arn:aws:s3:::amzn-s3-demo-source-bucket', 'aws:SourceAccount': account };
const fromCdn = { 'aws:SourceArn': distribution };
const services = about(
  iam('reference_policies_condition-keys'),
  `${bucket}/logs/2026`,
  's3:PutObject',
  deny('s3:PutObject', `${bucket}/*`, {
    Principal: '*',
    Condition: { BoolIfExists: { 'aws:PrincipalIsAWSService': 'false' } },
  }),
  allow('s3:PutObject', `${bucket}/logs/*`, { Principal: { Service: 'cloudtrail.amazonaws.com' } }),
);

const buckets: readonly Case[] = [
  overTls(
    'a bucket that wants TLS denies plain HTTP',
    role,
    { 'aws:SecureTransport': 'false' },
    'explicit deny',
    reads,
  ),
  overTls('a bucket that wants TLS takes TLS', role, { 'aws:SecureTransport': 'true' }, 'allow', reads),
  overTls(
    'a Deny for everyone is for services too',
    service('cloudfront'),
    { 'aws:SecureTransport': 'false' },
    'explicit deny',
  ),
  overTls(
    'a Deny for everyone is for who does not sign too',
    { kind: 'anonymous' },
    { 'aws:SecureTransport': 'false' },
    'explicit deny',
  ),
  modernTls(
    'a bucket that wants TLS 1.2 denies TLS 1.1',
    role,
    { 's3:TlsVersion': '1.1' },
    'explicit deny',
    reads,
  ),
  modernTls('a bucket that wants TLS 1.2 takes TLS 1.2', role, { 's3:TlsVersion': '1.2' }, 'allow', reads),
  cdn('CloudFront reads for the distribution that is named', service('cloudfront'), fromCdn, 'allow'),
  cdn(
    'CloudFront does not read for another distribution',
    service('cloudfront'),
    { 'aws:SourceArn': `${distribution}2` },
    'no resource',
  ),
  cdn('CloudFront does not read without a distribution', service('cloudfront'), {}, 'no resource'),
  cdn('another service does not read as CloudFront', service('s3'), fromCdn, 'no resource'),
  cdn('a role with the same source is no CloudFront', role, fromCdn, 'no identity'),
  {
    ...cdn(
      'CloudFront does not read a folder that is not named',
      service('cloudfront'),
      fromCdn,
      'no resource',
    ),
    request: {
      caller: service('cloudfront'),
      action: 's3:GetObject',
      resource: `${bucket}/originals/a`,
      context: fromCdn,
    },
  },
  logs('S3 delivers the access logs of the bucket that is named', service('logging.s3'), logsFrom, 'allow'),
  logs(
    'S3 does not deliver access logs for another account',
    service('logging.s3'),
    { ...logsFrom, 'aws:SourceAccount': otherAccount },
    'no resource',
  ),
  logs(
    'S3 does not deliver access logs of another bucket',
    service('logging.s3'),
    { ...logsFrom, 'aws:SourceArn': 'arn:aws:s3:::other' },
    'no resource',
  ),
  scanned('an object that was found clean is read', role, { [scan]: 'NO_THREATS_FOUND' }, 'allow', reads),
  scanned('an object with a threat is not read', role, { [scan]: 'THREATS_FOUND' }, 'explicit deny', reads),
  scanned('an object that was not scanned yet is not read', role, {}, 'explicit deny', reads),
  scanned(
    'the role of GuardDuty reads before the scan',
    { kind: 'role', arn: `arn:aws:iam::${account}:role/GuardDuty` },
    {},
    'allow',
    reads,
  ),
  services('a Deny for all that is no AWS service spares services', service('cloudtrail'), {}, 'allow'),
  services(
    'a Deny for all that is no AWS service denies roles',
    role,
    {},
    'explicit deny',
    identity(allow('s3:*', '*')),
  ),
  services(
    'a Deny for all that is no AWS service denies who does not sign',
    { kind: 'anonymous' },
    {},
    'explicit deny',
  ),
];

const eventTargets = docs('eventbridge/latest/userguide/eb-use-resource-based');
const toQueues = docs('sns/latest/dg/subscribe-sqs-queue-to-sns-topic');
const notifications = docs('AmazonS3/latest/userguide/grant-destinations-permissions-to-s3');
const topicPolicies = docs('sns/latest/dg/sns-access-policy-use-cases');
const deputy = iam('confused-deputy');
const rule = `arn:aws:events:us-east-1:${account}:rule/nightly`;
const topicArn = `arn:aws:sns:us-east-1:${account}:alarms`;

const fromRule = about(
  eventTargets,
  queue,
  'sqs:SendMessage',
  allow('sqs:SendMessage', queue, {
    Principal: { Service: 'events.amazonaws.com' },
    Condition: { ArnEquals: { 'aws:SourceArn': rule } },
  }),
);
const fromTopic = about(
  toQueues,
  queue,
  'sqs:SendMessage',
  allow('sqs:SendMessage', queue, {
    Principal: { Service: 'sns.amazonaws.com' },
    Condition: { ArnEquals: { 'aws:SourceArn': topicArn } },
  }),
);
const fromBucket = about(
  notifications,
  queue,
  'sqs:SendMessage',
  allow('SQS:SendMessage', queue, {
    Principal: { Service: 's3.amazonaws.com' },
    Condition: {
      ArnLike: { 'aws:SourceArn': 'arn:aws:s3:*:*:amzn-s3-demo-bucket' },
      StringEquals: { 'aws:SourceAccount': account },
    },
  }),
);
const fromAlarm = about(
  topicPolicies,
  topicArn,
  'sns:Publish',
  allow('sns:Publish', topicArn, {
    Principal: { Service: ['cloudwatch.amazonaws.com', 'budgets.amazonaws.com'] },
    Condition: {
      ArnLike: { 'aws:SourceArn': `arn:aws:cloudwatch:us-east-1:${account}:alarm:*` },
      StringEquals: { 'aws:SourceAccount': account },
    },
  }),
);
const guarded = about(
  deputy,
  queue,
  'sqs:SendMessage',
  deny('*', '*', {
    Principal: { Service: ['events.amazonaws.com', 'sns.amazonaws.com'] },
    Condition: {
      StringNotEqualsIfExists: { 'aws:SourceAccount': account },
      Null: { 'aws:SourceAccount': 'false' },
    },
  }),
  allow('sqs:SendMessage', queue, { Principal: { Service: ['events.amazonaws.com', 'sns.amazonaws.com'] } }),
);
const alarm = {
  'aws:SourceArn': `arn:aws:cloudwatch:us-east-1:${account}:alarm:high`,
  'aws:SourceAccount': account,
};
const bucketEvent = { 'aws:SourceArn': bucket, 'aws:SourceAccount': account };

const callers: readonly Case[] = [
  fromRule(
    'a rule of EventBridge that is named sends to the queue',
    service('events'),
    { 'aws:SourceArn': rule },
    'allow',
  ),
  fromRule(
    'another rule of EventBridge does not send to the queue',
    service('events'),
    { 'aws:SourceArn': `${rule}2` },
    'no resource',
  ),
  fromRule('EventBridge does not send without a rule', service('events'), {}, 'no resource'),
  fromRule('Scheduler is not EventBridge', service('scheduler'), { 'aws:SourceArn': rule }, 'no resource'),
  fromRule(
    'identity policies do not help a service',
    service('events'),
    {},
    'no resource',
    identity(allow('*', '*')),
  ),
  fromRule(
    'a Deny of an identity policy does not concern a service',
    service('events'),
    { 'aws:SourceArn': rule },
    'allow',
    identity(deny('*', '*')),
  ),
  fromTopic(
    'a topic that is named sends to the queue',
    service('sns'),
    { 'aws:SourceArn': topicArn },
    'allow',
  ),
  fromTopic(
    'another topic does not send to the queue',
    service('sns'),
    { 'aws:SourceArn': `${topicArn}2` },
    'no resource',
  ),
  fromBucket('a bucket that is named sends to the queue', service('s3'), bucketEvent, 'allow'),
  fromBucket(
    'a bucket that another account has taken over does not send',
    service('s3'),
    { ...bucketEvent, 'aws:SourceAccount': otherAccount },
    'no resource',
  ),
  fromBucket(
    'another bucket does not send',
    service('s3'),
    { ...bucketEvent, 'aws:SourceArn': `${bucket}2` },
    'no resource',
  ),
  fromAlarm('an alarm of the account publishes', service('cloudwatch'), alarm, 'allow'),
  fromAlarm(
    'an alarm of another account does not publish',
    service('cloudwatch'),
    { ...alarm, 'aws:SourceAccount': otherAccount },
    'no resource',
  ),
  fromAlarm(
    'each of the services that are named is held to the conditions',
    service('budgets'),
    { 'aws:SourceAccount': account },
    'no resource',
  ),
  guarded(
    'a service that acts for the own account passes the guard',
    service('events'),
    { 'aws:SourceAccount': account },
    'allow',
  ),
  guarded(
    'a service that acts for another account is denied by the guard',
    service('sns'),
    { 'aws:SourceAccount': otherAccount },
    'explicit deny',
  ),
];

const lambdaPolicies = docs('lambda/latest/dg/access-control-resource-based');
const aliases = docs('lambda/latest/dg/using-aliases');
const functionArns = docs('lambda/latest/dg/lambda-api-permissions-ref');
const gatewayInvokes = docs('lambda/latest/dg/services-apigateway');
const triggers = docs('cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers');
const sourceFunction = docs('lambda/latest/dg/permissions-source-function-arn');
const fn = `arn:aws:lambda:us-east-1:${account}:function:my-function`;
const api = `arn:aws:execute-api:us-east-1:${account}:mnh1xmpli7`;
const pool = `arn:aws:cognito-idp:us-east-1:${account}:userpool/us-east-1_example`;

const byGateway = about(
  gatewayInvokes,
  fn,
  'lambda:InvokeFunction',
  allow('lambda:InvokeFunction', fn, {
    Principal: { Service: 'apigateway.amazonaws.com' },
    Condition: { ArnLike: { 'AWS:SourceArn': `${api}/*/GET/` } },
  }),
);
const byPool = about(
  triggers,
  fn,
  'lambda:InvokeFunction',
  allow('lambda:InvokeFunction', fn, {
    Principal: { Service: 'cognito-idp.amazonaws.com' },
    Condition: { StringEquals: { 'AWS:SourceAccount': account }, ArnLike: { 'AWS:SourceArn': pool } },
  }),
);
const aliasOnly = allow('lambda:InvokeFunction', `${fn}:PROD`, {
  Principal: { Service: 's3.amazonaws.com' },
  Condition: { ArnLike: { 'AWS:SourceArn': bucket }, StringEquals: { 'AWS:SourceAccount': account } },
});
const onAlias = about(aliases, `${fn}:PROD`, 'lambda:InvokeFunction', aliasOnly);
const onFunction = about(aliases, fn, 'lambda:InvokeFunction', aliasOnly);
const onVersion = about(aliases, `${fn}:1`, 'lambda:InvokeFunction', aliasOnly);
const byAccount = about(
  lambdaPolicies,
  fn,
  'lambda:InvokeFunction',
  allow('lambda:InvokeFunction', fn, { Principal: { AWS: root(otherAccount) } }),
);
const invokes = (name: string, pattern: string, asked: string, expected: Expected): Case => ({
  name,
  source: functionArns,
  request: { caller: role, action: 'lambda:InvokeFunction', resource: asked },
  policies: identity(allow('lambda:InvokeFunction', pattern)),
  expected,
});
const bySelf = (name: string, context: Context, expected: Expected): Case => ({
  name,
  source: sourceFunction,
  request: { caller: role, action: 's3:PutObject', resource: objectArn, ...(context && { context }) },
  policies: identity(
    allow('s3:PutObject', `${bucket}/*`, { Condition: { ArnEquals: { 'lambda:SourceFunctionArn': fn } } }),
  ),
  expected,
});
const foreignRole: Caller = { kind: 'role', arn: `arn:aws:iam::${otherAccount}:role/caller` };
const poolCall = { 'aws:SourceArn': pool, 'aws:SourceAccount': account };

const functions: readonly Case[] = [
  byGateway(
    'API Gateway invokes for the method that is named',
    service('apigateway'),
    { 'aws:SourceArn': `${api}/default/GET/` },
    'allow',
  ),
  byGateway(
    'API Gateway does not invoke for another method',
    service('apigateway'),
    { 'aws:SourceArn': `${api}/default/POST/` },
    'no resource',
  ),
  byGateway(
    'API Gateway does not invoke for another API',
    service('apigateway'),
    { 'aws:SourceArn': `${api}2/default/GET/` },
    'no resource',
  ),
  byPool('Cognito invokes the trigger of the pool that is named', service('cognito-idp'), poolCall, 'allow'),
  byPool(
    'Cognito does not invoke for another pool',
    service('cognito-idp'),
    { ...poolCall, 'aws:SourceArn': `${pool}2` },
    'no resource',
  ),
  byPool(
    'Cognito does not invoke for another account',
    service('cognito-idp'),
    { ...poolCall, 'aws:SourceAccount': otherAccount },
    'no resource',
  ),
  onAlias('a permission for an alias allows the alias', service('s3'), bucketEvent, 'allow'),
  onFunction(
    'a permission for an alias does not allow the function without it',
    service('s3'),
    bucketEvent,
    'no resource',
  ),
  onVersion(
    'a permission for an alias does not allow the version it points to',
    service('s3'),
    bucketEvent,
    'no resource',
  ),
  byAccount(
    'another account that is named invokes with an identity policy of its own',
    foreignRole,
    {},
    'allow',
    identity(allow('lambda:InvokeFunction', '*')),
  ),
  byAccount(
    'another account that is named does not invoke without an identity policy',
    foreignRole,
    {},
    'no identity',
  ),
  invokes('the ARN of a function is the function without a qualifier', fn, fn, 'allow'),
  invokes('the ARN of a function is none of its aliases', fn, `${fn}:PROD`, 'no identity'),
  invokes('function:* is every version and alias', `${fn}:*`, `${fn}:PROD`, 'allow'),
  invokes('function:* is not the function without a qualifier', `${fn}:*`, fn, 'no identity'),
  invokes('an alias that is named is allowed', `${fn}:PROD`, `${fn}:PROD`, 'allow'),
  invokes('another alias than the one that is named is not', `${fn}:PROD`, `${fn}:DEV`, 'no identity'),
  invokes(
    'function* is every qualifier and every function with that prefix',
    `${fn}*`,
    `${fn}-two:PROD`,
    'allow',
  ),
  bySelf(
    'lambda:SourceFunctionArn allows the code of the function',
    { 'lambda:SourceFunctionArn': fn },
    'allow',
  ),
  bySelf(
    'lambda:SourceFunctionArn does not allow another function with the same role',
    { 'lambda:SourceFunctionArn': `${fn}2` },
    'no identity',
  ),
  bySelf('lambda:SourceFunctionArn is not there when Lambda itself calls', {}, 'no identity'),
];

const dbPolicies = docs('AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.IAMPolicy');
const cacheAuth = docs('AmazonElastiCache/latest/dg/auth-iam');
const invokeApi = docs(
  'apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api',
);
const socketApi = docs('apigateway/latest/developerguide/apigateway-websocket-control-access-iam');
const finegrained = docs('amazondynamodb/latest/developerguide/specifying-conditions');
const senders = docs('ses/latest/dg/control-user-access');
const passRole = iam('id_roles_use_passrole');
const dbUser = `arn:aws:rds-db:us-east-2:${account}:dbuser:db-ABCDEFGHIJKL01234/db_user`;
const tableArn = `arn:aws:dynamodb:us-east-1:${account}:table/GameScores`;

const may = (
  source: string,
  name: string,
  action: string,
  pattern: string,
  asked: string,
  expected: Expected,
): Case => ({
  name,
  source,
  request: { caller: role, action, resource: asked },
  policies: identity(allow(action, pattern)),
  expected,
});
const mayWhen = (
  source: string,
  name: string,
  statement: Statement,
  request: Omit<AccessRequest, 'caller'> & { readonly caller?: Caller },
  expected: Expected,
): Case => ({ name, source, request: { caller: role, ...request }, policies: identity(statement), expected });

const passes = allow('iam:PassRole', roleArn, {
  Condition: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
});
const sends = allow(['ses:SendEmail', 'ses:SendRawEmail'], '*', {
  Condition: { StringEquals: { 'ses:FromAddress': 'notes@example.com' } },
});
const ownItems = allow(['dynamodb:GetItem', 'dynamodb:Query'], tableArn, {
  Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['${aws:PrincipalTag/user}'] } },
});
const item = (keys: readonly string[], caller: Caller) => ({
  action: 'dynamodb:GetItem',
  resource: tableArn,
  caller,
  context: { 'dynamodb:LeadingKeys': keys },
});

const onSockets = (name: string, action: string, asked: string, expected: Expected): Case => ({
  name,
  source: socketApi,
  request: { caller: role, action, resource: asked },
  policies: identity(
    allow('execute-api:Invoke', `${api}/prod/*`),
    deny('execute-api:Invoke', `${api}/prod/secret`),
    deny('execute-api:ManageConnections', `${api}/*`),
  ),
  expected,
});

const data: readonly Case[] = [
  may(
    dbPolicies,
    'rds-db:connect allows the user of the database that is named',
    'rds-db:connect',
    dbUser,
    dbUser,
    'allow',
  ),
  may(
    dbPolicies,
    'rds-db:connect does not allow another user',
    'rds-db:connect',
    dbUser,
    dbUser.replace('db_user', 'admin'),
    'no identity',
  ),
  may(
    dbPolicies,
    'rds-db:connect does not allow another database',
    'rds-db:connect',
    dbUser,
    dbUser.replace('01234', '56789'),
    'no identity',
  ),
  may(
    dbPolicies,
    'rds-db:connect with a wildcard allows every user of the database',
    'rds-db:connect',
    dbUser.replace('db_user', '*'),
    dbUser,
    'allow',
  ),
  may(
    dbPolicies,
    'rds-db:connect with a wildcard allows the user on every database',
    'rds-db:connect',
    `arn:aws:rds-db:us-east-2:${account}:dbuser:*/db_user`,
    dbUser,
    'allow',
  ),
  may(
    dbPolicies,
    'rds-db:connect to a proxy needs the id of the proxy',
    'rds-db:connect',
    dbUser,
    dbUser.replace('db-', 'prx-'),
    'no identity',
  ),
  may(
    dbPolicies,
    'rds-db:connect is for the region that is named',
    'rds-db:connect',
    dbUser,
    dbUser.replace('us-east-2', 'us-east-1'),
    'no identity',
  ),
  may(
    dbPolicies,
    'rds:* does not allow to connect',
    'rds-db:connect',
    dbUser.replace('rds-db', 'rds'),
    dbUser,
    'no identity',
  ),
  may(
    cacheAuth,
    'elasticache:Connect allows the cache that is named',
    'elasticache:Connect',
    `arn:aws:elasticache:us-east-1:${account}:replicationgroup:rg-01`,
    `arn:aws:elasticache:us-east-1:${account}:replicationgroup:rg-01`,
    'allow',
  ),
  may(
    cacheAuth,
    'elasticache:Connect needs the user as well as the cache',
    'elasticache:Connect',
    `arn:aws:elasticache:us-east-1:${account}:replicationgroup:rg-01`,
    `arn:aws:elasticache:us-east-1:${account}:user:iam-user-01`,
    'no identity',
  ),
  may(
    invokeApi,
    'execute-api:Invoke allows the methods under a stage',
    'execute-api:Invoke',
    `${api}/test/GET/*`,
    `${api}/test/GET/pets/1`,
    'allow',
  ),
  may(
    invokeApi,
    'execute-api:Invoke does not allow another method',
    'execute-api:Invoke',
    `${api}/test/GET/*`,
    `${api}/test/POST/pets`,
    'no identity',
  ),
  may(
    invokeApi,
    'execute-api:Invoke does not allow another stage',
    'execute-api:Invoke',
    `${api}/test/*`,
    `${api}/prod/GET/pets`,
    'no identity',
  ),
  may(
    socketApi,
    'execute-api:ManageConnections allows to post to connections',
    'execute-api:ManageConnections',
    `${api}/prod/POST/@connections/*`,
    `${api}/prod/POST/@connections/abc=`,
    'allow',
  ),
  may(
    socketApi,
    'execute-api:ManageConnections to post does not allow to close',
    'execute-api:ManageConnections',
    `${api}/prod/POST/@connections/*`,
    `${api}/prod/DELETE/@connections/abc=`,
    'no identity',
  ),
  may(
    socketApi,
    'execute-api:ManageConnections does not allow another API',
    'execute-api:ManageConnections',
    `${api}/prod/*`,
    `${api}2/prod/POST/@connections/abc=`,
    'no identity',
  ),
  {
    name: 'execute-api:Invoke does not allow to manage connections',
    source: socketApi,
    request: {
      caller: role,
      action: 'execute-api:ManageConnections',
      resource: `${api}/prod/POST/@connections/abc=`,
    },
    policies: identity(allow('execute-api:Invoke', `${api}/*`)),
    expected: 'no identity',
  },
  onSockets('a route of the WebSocket example is invoked', 'execute-api:Invoke', `${api}/prod/send`, 'allow'),
  onSockets(
    'the secret route of the WebSocket example is not',
    'execute-api:Invoke',
    `${api}/prod/secret`,
    'explicit deny',
  ),
  onSockets(
    'the WebSocket example sends nothing back',
    'execute-api:ManageConnections',
    `${api}/prod/POST/@connections/a`,
    'explicit deny',
  ),
  mayWhen(
    finegrained,
    'dynamodb:LeadingKeys allows the items of the caller',
    ownItems,
    item(['u1'], tagged({ user: 'u1' })),
    'allow',
  ),
  mayWhen(
    finegrained,
    'dynamodb:LeadingKeys does not allow the items of others',
    ownItems,
    item(['u1', 'u2'], tagged({ user: 'u1' })),
    'no identity',
  ),
  may(
    finegrained,
    'a table is not its indexes',
    'dynamodb:Query',
    tableArn,
    `${tableArn}/index/by-date`,
    'no identity',
  ),
  may(
    finegrained,
    'table/index/* is every index',
    'dynamodb:Query',
    `${tableArn}/index/*`,
    `${tableArn}/index/by-date`,
    'allow',
  ),
  mayWhen(
    senders,
    'ses:FromAddress allows the address that is named',
    sends,
    { action: 'ses:SendEmail', resource: '*', context: { 'ses:FromAddress': 'notes@example.com' } },
    'allow',
  ),
  mayWhen(
    senders,
    'ses:FromAddress does not allow another address',
    sends,
    { action: 'ses:SendEmail', resource: '*', context: { 'ses:FromAddress': 'ceo@example.com' } },
    'no identity',
  ),
  mayWhen(
    passRole,
    'iam:PassRole allows the service that is named',
    passes,
    {
      action: 'iam:PassRole',
      resource: roleArn,
      context: { 'iam:PassedToService': 'scheduler.amazonaws.com' },
    },
    'allow',
  ),
  mayWhen(
    passRole,
    'iam:PassRole does not allow another service',
    passes,
    { action: 'iam:PassRole', resource: roleArn, context: { 'iam:PassedToService': 'lambda.amazonaws.com' } },
    'no identity',
  ),
  mayWhen(
    passRole,
    'iam:PassRole does not allow another role',
    passes,
    {
      action: 'iam:PassRole',
      resource: `${roleArn}-two`,
      context: { 'iam:PassedToService': 'scheduler.amazonaws.com' },
    },
    'no identity',
  ),
];

const forService = iam('id_roles_create_for-service');
const denyAllow = iam('reference_policies_evaluation-logic_policy-eval-denyallow');
const oidc = iam('id_roles_create_for-idp_oidc');
const externalId = iam('id_roles_common-scenarios_third-party');
const scheduler = docs('scheduler/latest/UserGuide/cross-service-confused-deputy-prevention');
const target = `arn:aws:iam::${account}:role/target`;
const github = `arn:aws:iam::${account}:oidc-provider/token.actions.githubusercontent.com`;

const trust =
  (source: string, action: string, ...statements: readonly Statement[]) =>
  (
    name: string,
    caller: Caller,
    context: Context,
    expected: Expected,
    more: Case['policies'] = {},
  ): Case => ({
    name,
    source,
    request: { caller, action, resource: target, ...(context && { context }) },
    policies: { ...resource(...statements), ...more },
    expected,
  });
const assumes = identity(allow('sts:AssumeRole', target));
const byLambda = trust(
  forService,
  'sts:AssumeRole',
  allow('sts:AssumeRole', undefined, { Principal: { Service: 'lambda.amazonaws.com' } }),
);
const byRoot = trust(
  denyAllow,
  'sts:AssumeRole',
  allow('sts:AssumeRole', undefined, { Principal: { AWS: root() } }),
);
const byRole = trust(
  denyAllow,
  'sts:AssumeRole',
  allow('sts:AssumeRole', undefined, { Principal: { AWS: roleArn } }),
);
const byThirdParty = trust(
  externalId,
  'sts:AssumeRole',
  allow('sts:AssumeRole', undefined, {
    Principal: { AWS: root(otherAccount) },
    Condition: { StringEquals: { 'sts:ExternalId': '12345' } },
  }),
);
const byScheduler = trust(
  scheduler,
  'sts:AssumeRole',
  allow('sts:AssumeRole', undefined, {
    Principal: { Service: 'scheduler.amazonaws.com' },
    Condition: { StringEquals: { 'aws:SourceAccount': account } },
  }),
);
const byGitHub = (action: string) =>
  trust(
    oidc,
    action,
    allow('sts:AssumeRoleWithWebIdentity', undefined, {
      Principal: { Federated: github },
      Condition: {
        StringEquals: { 'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com' },
        StringLike: {
          'token.actions.githubusercontent.com:sub': 'repo:example-org/example-repo:ref:refs/heads/*',
        },
      },
    }),
  );
const webIdentity = byGitHub('sts:AssumeRoleWithWebIdentity');
const workflow: Caller = { kind: 'federated', provider: github };
const claims = (sub: string, aud = 'sts.amazonaws.com') => ({
  'token.actions.githubusercontent.com:aud': aud,
  'token.actions.githubusercontent.com:sub': sub,
});
const main = 'repo:example-org/example-repo:ref:refs/heads/main';
const abroad = identity(allow('sts:AssumeRole', '*'));

const roles: readonly Case[] = [
  byLambda('a service that the trust policy names becomes the role', service('lambda'), {}, 'allow'),
  byLambda('another service does not become the role', service('ec2'), {}, 'no resource'),
  byLambda(
    'a role does not become a role that trusts a service only, whatever its identity policies say',
    role,
    {},
    'no resource',
    assumes,
  ),
  byRoot('a role becomes a role that trusts the account, by an identity policy', role, {}, 'allow', assumes),
  byRoot(
    'a role does not become a role that trusts the account, without an identity policy',
    role,
    {},
    'no identity',
  ),
  byRole('a role becomes a role that trusts it by name, without an identity policy', role, {}, 'allow'),
  byRole(
    'a role does not become a role that trusts another role by name',
    { kind: 'role', arn: `${roleArn}-two` },
    {},
    'no resource',
    assumes,
  ),
  byThirdParty(
    'another account becomes the role with the external id',
    foreignRole,
    { 'sts:ExternalId': '12345' },
    'allow',
    abroad,
  ),
  byThirdParty(
    'another account does not become the role with another external id',
    foreignRole,
    { 'sts:ExternalId': '54321' },
    'no resource',
    abroad,
  ),
  byThirdParty(
    'another account does not become the role without the external id',
    foreignRole,
    {},
    'no resource',
    abroad,
  ),
  byThirdParty(
    'another account needs an identity policy of its own',
    foreignRole,
    { 'sts:ExternalId': '12345' },
    'no identity',
  ),
  byScheduler(
    'Scheduler becomes the role for a schedule of the account',
    service('scheduler'),
    { 'aws:SourceAccount': account },
    'allow',
  ),
  byScheduler(
    'Scheduler does not become the role for another account',
    service('scheduler'),
    { 'aws:SourceAccount': otherAccount },
    'no resource',
  ),
  webIdentity('a workflow of the repository becomes the role', workflow, claims(main), 'allow'),
  webIdentity(
    'a workflow of a pull request does not become the role',
    workflow,
    claims('repo:example-org/example-repo:pull_request'),
    'no resource',
  ),
  webIdentity(
    'a workflow of another repository does not become the role',
    workflow,
    claims('repo:example-org/other:ref:refs/heads/main'),
    'no resource',
  ),
  webIdentity(
    'a token for another audience does not become the role',
    workflow,
    claims(main, 'https://example.com'),
    'no resource',
  ),
  webIdentity(
    'a token without a subject does not become the role',
    workflow,
    { 'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com' },
    'no resource',
  ),
  webIdentity(
    'a token of another issuer does not become the role',
    {
      kind: 'federated',
      provider: github.replace('token.actions.githubusercontent.com', 'issuer.example.com'),
    },
    claims(main),
    'no resource',
  ),
  webIdentity(
    'who does not sign does not become the role',
    { kind: 'anonymous' },
    claims(main),
    'no resource',
  ),
  byGitHub('sts:AssumeRole')(
    'a trust for AssumeRoleWithWebIdentity is none for AssumeRole',
    workflow,
    claims(main),
    'no resource',
  ),
  {
    name: 'a trust policy has no NotPrincipal',
    source: iam('reference_policies_elements_notprincipal'),
    request: { caller: role, action: 'sts:AssumeRole', resource: target },
    policies: resource(deny('sts:AssumeRole', undefined, { NotPrincipal: { AWS: roleArn } })),
    expected: 'error',
  },
  {
    name: 'sts:GetCallerIdentity is about no role and needs no trust',
    source: iam('reference_policies_evaluation-logic_policy-eval-basics'),
    request: { caller: role, action: 'sts:GetCallerIdentity', resource: '*' },
    policies: identity(allow('sts:GetCallerIdentity', '*')),
    expected: 'allow',
  },
];

const read = '2026-11-26';

export const groups: readonly Group[] = [
  { name: 'keys of KMS', read, cases: kms },
  { name: 'buckets', read, cases: buckets },
  { name: 'services as callers', read, cases: callers },
  { name: 'functions', read, cases: functions },
  { name: 'databases and APIs', read, cases: data },
  { name: 'trust of roles', read, cases: roles },
];
