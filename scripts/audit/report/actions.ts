/** What actions do, in words. */
import { actionsMatching } from '../../../lib/iam/service-reference';
import { spaced } from '../assembly/names';

/** What AWS says an action does to what it is allowed on. */
export type AccessLevel = 'Read' | 'List' | 'Write' | 'Tagging' | 'Permissions management';

export interface Phrase {
  /** `read`, or `send messages`. */
  readonly verb: string;
  /** What stands before the target: `to` in `send messages to the queue`. @default nothing */
  readonly preposition?: string;
  /** It has its object in itself, and no target: `create network interfaces`. */
  readonly complete?: boolean;
  /** The service of an action that is said by its name. */
  readonly unnamed?: string;
}

/**
 * The actions of this project's services. Every other action is said by its name.
 * `verb`, or `verb|preposition`; `verb|` is complete without a target.
 */
const phrases: Readonly<Record<string, string>> = {
  'cloudformation:DescribeStacks': 'describe',
  'cloudwatch:DescribeAlarms': 'list alarms|',
  'cognito-idp:AdminDeleteUser': 'delete users|of',
  'cognito-idp:AdminUserGlobalSignOut': 'sign users out|of',
  'dynamodb:DeleteItem': 'delete items|of',
  'dynamodb:GetItem': 'read items|of',
  'dynamodb:PutItem': 'put items|into',
  'dynamodb:Query': 'query|',
  'dynamodb:UpdateItem': 'change items|of',
  'ec2:AssignPrivateIpAddresses': 'give addresses to network interfaces|',
  'ec2:AuthorizeSecurityGroupEgress': 'add ways out|to',
  'ec2:AuthorizeSecurityGroupIngress': 'add ways in|to',
  'ec2:CreateNetworkInterface': 'create network interfaces|',
  'ec2:DeleteNetworkInterface': 'delete network interfaces|',
  'ec2:DescribeNetworkInterfaces': 'list network interfaces|',
  'ec2:DescribeSubnets': 'list subnets|',
  'ec2:RevokeSecurityGroupEgress': 'remove ways out|of',
  'ec2:RevokeSecurityGroupIngress': 'remove ways in|of',
  'ec2:UnassignPrivateIpAddresses': 'take addresses from network interfaces|',
  'elasticache:Connect': 'connect|to',
  'events:DeleteRule': 'delete',
  'events:DescribeRule': 'describe',
  'events:ListTargetsByRule': 'list the targets|of',
  'events:PutRule': 'put',
  'events:PutTargets': 'add targets|to',
  'events:RemoveTargets': 'remove targets|from',
  'execute-api:Invoke': 'call',
  'iam:CreateServiceLinkedRole': 'create',
  'iam:PassRole': 'pass',
  'kms:Decrypt': 'decrypt|with',
  'kms:Describe*': 'describe',
  'kms:DescribeKey': 'describe',
  'kms:Encrypt': 'encrypt|with',
  'kms:GenerateDataKey': 'make data keys|with',
  'kms:GenerateDataKey*': 'make data keys of every kind|with',
  'kms:GenerateMac': 'seal|with',
  'kms:ReEncrypt*': 're-encrypt|from and to',
  'kms:ReEncryptFrom': 're-encrypt|from',
  'kms:ReEncryptTo': 're-encrypt|to',
  'kms:VerifyMac': 'verify seals|of',
  'lambda:GetAlias': 'read aliases|of',
  'lambda:GetProvisionedConcurrencyConfig': 'read the provisioned concurrency|of',
  'lambda:InvokeFunction': 'call',
  'lambda:UpdateAlias': 'move aliases|of',
  'logs:CreateLogGroup': 'create log groups|in',
  'logs:CreateLogStream': 'open streams|in',
  'logs:DescribeLogGroups': 'list log groups|in',
  'logs:DescribeLogStreams': 'list streams|of',
  'logs:FilterLogEvents': 'search',
  'logs:GetLogEvents': 'read',
  'logs:PutLogEvents': 'write|to',
  'logs:PutRetentionPolicy': 'set the retention|of',
  'rds-db:connect': 'sign in|as',
  's3:AbortMultipartUpload': 'abort uploads|of',
  's3:DeleteObject': 'delete',
  's3:DeleteObject*': 'delete, with versions and tags,',
  's3:GetBucket*': 'read every setting|of',
  's3:GetBucketLocation': 'see the region|of',
  's3:GetBucketNotification': 'read the notifications|of',
  's3:GetObject': 'read',
  's3:GetObjectTagging': 'read the tags|of',
  's3:GetObjectVersion': 'read every version|of',
  's3:GetObjectVersionTagging': 'read the tags of versions|of',
  's3:List*': 'list what is|in',
  's3:ListBucket': 'list what is|in',
  's3:PutBucketNotification': 'set the notifications|of',
  's3:PutBucketPolicy': 'set the policy|of',
  's3:PutObject': 'write',
  's3:PutObjectTagging': 'tag',
  's3:PutObjectVersionTagging': 'tag versions|of',
  'secretsmanager:DescribeSecret': 'describe',
  'secretsmanager:GetSecretValue': 'read',
  'secretsmanager:PutSecretValue': 'write',
  'ses:SendEmail': 'send mail|from',
  'sns:Publish': 'publish|to',
  'sqs:ChangeMessageVisibility': 'hide messages|in',
  'sqs:DeleteMessage': 'delete messages|from',
  'sqs:GetQueueAttributes': 'read the attributes|of',
  'sqs:ReceiveMessage': 'receive messages|from',
  'sqs:SendMessage': 'send messages|to',
  'ssm:GetParameter': 'read',
  'ssm:GetParameters': 'read',
  'sts:AssumeRole': 'become',
  'sts:AssumeRoleWithWebIdentity': 'become',
  'sts:TagSession': 'tag sessions|of',
  'xray:PutTelemetryRecords': 'send telemetry|',
  'xray:PutTraceSegments': 'send traces|',
};

export function phraseOf(action: string): Phrase {
  const known = phrases[action];
  if (known !== undefined) {
    const [verb = '', preposition] = known.split('|');
    if (preposition === '') return { verb, complete: true };
    return preposition ? { verb, preposition } : { verb };
  }
  const [service = '', name = ''] = action.split(':');
  if (action === '*' || name === '*') return { verb: 'do everything', preposition: 'with' };
  if (name.includes('*')) return { verb: `take every action ${action}`, preposition: 'on' };
  return { verb: `${spaced(name)} (${service})`, preposition: 'on', unnamed: service };
}

/** Levels of the actions, in the order of AWS's list; unknown actions have none. */
export function accessLevels(actions: readonly string[]): AccessLevel[] {
  const levels = new Set(actions.flatMap(levelsOf));
  return order.filter((level) => levels.has(level));
}

const order: readonly AccessLevel[] = ['Read', 'List', 'Write', 'Tagging', 'Permissions management'];

const levelsOf = (action: string): readonly AccessLevel[] =>
  action === '*' ? order : actionsMatching(action).map(({ accessLevel }) => narrowest(accessLevel));

/** The list also says `Tagging, Write` and `Permissions management, Write`, which is what they write. */
const narrowest = (levels: string): AccessLevel =>
  (levels.split(', ').find((level) => level !== 'Write') ?? 'Write') as AccessLevel;
