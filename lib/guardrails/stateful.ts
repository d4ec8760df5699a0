import type { Template, Templates } from './template';

/**
 * Properties of stateful resources whose change makes CloudFormation create a new, empty resource in place of
 * the old one, or that the service refuses to change at all. A test compares the list with the resource
 * specification of the CDK, so that it grows with AWS.
 */
export const replacedBy: Readonly<Record<string, readonly string[]>> = {
  'AWS::Cognito::UserPool': ['UsernameAttributes', 'AliasAttributes', 'UsernameConfiguration', 'Schema'],
  'AWS::Cognito::UserPoolClient': ['GenerateSecret', 'UserPoolId'],
  'AWS::Cognito::UserPoolDomain': ['Domain', 'UserPoolId'],
  'AWS::Cognito::UserPoolGroup': ['GroupName', 'UserPoolId'],
  'AWS::Cognito::UserPoolIdentityProvider': ['ProviderName', 'ProviderType', 'UserPoolId'],
  'AWS::DynamoDB::Table': ['ImportSourceSpecification', 'KeySchema', 'TableName'],
  'AWS::EC2::Subnet': [
    'AvailabilityZone',
    'AvailabilityZoneId',
    'CidrBlock',
    'Ipv4IpamPoolId',
    'Ipv4NetmaskLength',
    'Ipv6IpamPoolId',
    'Ipv6Native',
    'Ipv6NetmaskLength',
    'OutpostArn',
    'VpcId',
  ],
  'AWS::EC2::VPC': ['CidrBlock', 'Ipv4IpamPoolId', 'Ipv4NetmaskLength', 'VpcEncryptionControl'],
  'AWS::ElastiCache::ReplicationGroup': [
    'AtRestEncryptionEnabled',
    'CacheSubnetGroupName',
    'DataTieringEnabled',
    'Engine',
    'GlobalReplicationGroupId',
    'KmsKeyId',
    'NetworkType',
    'Port',
    'PreferredCacheClusterAZs',
    'ReplicasPerNodeGroup',
    'ReplicationGroupId',
    'SnapshotArns',
    'SnapshotName',
  ],
  'AWS::KMS::Key': ['KeySpec', 'KeyUsage'],
  'AWS::Logs::LogGroup': ['LogGroupName'],
  'AWS::RDS::DBInstance': [
    'BackupTarget',
    'CharacterSetName',
    'CustomIAMInstanceProfile',
    'DBInstanceIdentifier',
    'DBName',
    'DBSnapshotIdentifier',
    'DBSubnetGroupName',
    'DBSystemId',
    'DBClusterIdentifier',
    'KmsKeyId',
    'MasterUsername',
    'NcharCharacterSetName',
    'Port',
    'SourceRegion',
    'StorageEncrypted',
    'Timezone',
  ],
  'AWS::RDS::DBSubnetGroup': ['DBSubnetGroupName'],
  'AWS::S3::Bucket': ['BucketName', 'BucketNamePrefix', 'BucketNamespace', 'ObjectLockEnabled'],
  'AWS::SecretsManager::Secret': ['Name'],
  'AWS::SQS::Queue': ['FifoQueue', 'QueueName'],
};

/** Types that hold what cannot be built again from the source: data, identities, keys, evidence. */
export const holdsData: ReadonlySet<string> = new Set([
  'AWS::Cognito::UserPool',
  'AWS::Cognito::UserPoolGroup',
  'AWS::DynamoDB::Table',
  'AWS::ElastiCache::ReplicationGroup',
  'AWS::KMS::Key',
  'AWS::Logs::LogGroup',
  'AWS::RDS::DBInstance',
  'AWS::S3::Bucket',
  'AWS::SecretsManager::Secret',
  'AWS::SQS::Queue',
]);

/** What decides the fate of one stateful resource. */
export interface StatefulResource {
  readonly type: string;
  /** Properties that force a replacement, as far as the template sets them. */
  readonly properties: Readonly<Record<string, unknown>>;
  readonly deletionPolicy?: string | undefined;
  readonly updateReplacePolicy?: string | undefined;
}

/** Stateful resources by stack and logical id. */
export type StatefulInventory = Readonly<Record<string, Readonly<Record<string, StatefulResource>>>>;

export function statefulInventory(templates: Templates): StatefulInventory {
  const stacks = Object.entries(templates).map(([stack, template]) => [stack, inTemplate(template)] as const);
  return Object.fromEntries(stacks.filter(([, resources]) => Object.keys(resources).length > 0));
}

function inTemplate({ Resources = {} }: Template): Record<string, StatefulResource> {
  const found: Record<string, StatefulResource> = {};
  for (const [id, resource] of Object.entries(Resources).sort(([a], [b]) => a.localeCompare(b))) {
    const forcing = replacedBy[resource.Type];
    if (!forcing) continue;
    const set = forcing.filter((name) => resource.Properties?.[name] !== undefined);
    found[id] = {
      type: resource.Type,
      properties: Object.fromEntries(set.map((name) => [name, resource.Properties?.[name]])),
      ...(resource.DeletionPolicy ? { deletionPolicy: resource.DeletionPolicy } : {}),
      ...(resource.UpdateReplacePolicy ? { updateReplacePolicy: resource.UpdateReplacePolicy } : {}),
    };
  }
  return found;
}
