/** The cache: one embedded server for the whole assembly. */
import { localAccountId } from '../intrinsics';
import { type Handlers, properties, tagsReason, textOf } from './handler';

const capacity = 'The embedded cache takes what the laptop has.';
const upkeep = 'Snapshots, maintenance and logs are AWS’s work on a running cluster.';
const place = 'Everything runs on one machine.';

export const elasticacheHandlers: Handlers = {
  'AWS::ElastiCache::User': {
    properties: properties(['AuthenticationMode', 'UserId', 'UserName'], {
      AccessString: 'The embedded cache has one user, who may use every command it knows.',
      Engine: 'The embedded cache speaks the protocol of both engines.',
      Tags: tagsReason,
    }),
    unsupported: ({ AuthenticationMode, UserId, UserName }) => [
      ...((AuthenticationMode as { Type?: string } | undefined)?.Type === 'iam'
        ? []
        : ['only AuthenticationMode iam is supported.']),
      // ElastiCache says so when a user with IAM is created.
      ...(JSON.stringify(UserId) === JSON.stringify(UserName)
        ? []
        : ['UserName must be the same as UserId for users that sign in by IAM.']),
    ],
    create: (resource) => {
      const id = textOf(resource, 'UserId');
      const arn = `arn:aws:elasticache:${resource.region}:${localAccountId}:user:${id}`;
      return { ref: id, attributes: { Arn: arn, Status: 'active' } };
    },
  },
  'AWS::ElastiCache::UserGroup': {
    properties: properties(['UserGroupId', 'UserIds'], {
      Engine: 'The embedded cache speaks the protocol of both engines.',
      Tags: tagsReason,
    }),
    create: (resource, { declared }) => {
      const id = textOf(resource, 'UserGroupId');
      declared.cacheUserGroups.set(id, (resource.properties.UserIds ?? []) as string[]);
      const arn = `arn:aws:elasticache:${resource.region}:${localAccountId}:usergroup:${id}`;
      return { ref: id, attributes: { Arn: arn, Status: 'active' } };
    },
  },
  'AWS::ElastiCache::ReplicationGroup': {
    properties: properties(['ReplicationGroupId', 'TransitEncryptionEnabled', 'UserGroupIds'], {
      AtRestEncryptionEnabled: 'The embedded cache keeps nothing on disk.',
      AutoMinorVersionUpgrade: upkeep,
      AutomaticFailoverEnabled: place,
      CacheNodeType: capacity,
      CacheParameterGroupName: 'The embedded cache has its own settings.',
      CacheSubnetGroupName: place,
      Engine: 'The embedded cache speaks the protocol of both engines.',
      EngineVersion: 'The embedded cache speaks the protocol of both engines.',
      KmsKeyId: 'The embedded cache keeps nothing on disk.',
      LogDeliveryConfigurations: upkeep,
      MultiAZEnabled: place,
      NumCacheClusters: place,
      Port: 'The runtime chooses the port, next to its own.',
      PreferredMaintenanceWindow: upkeep,
      ReplicationGroupDescription: 'A description is shown in AWS consoles only.',
      SecurityGroupIds: place,
      SnapshotRetentionLimit: upkeep,
      SnapshotWindow: upkeep,
      Tags: tagsReason,
      TransitEncryptionMode: 'The embedded cache takes nothing but TLS.',
    }),
    unsupported: ({ TransitEncryptionEnabled }) =>
      TransitEncryptionEnabled === true ? [] : ['only TransitEncryptionEnabled: true is supported.'],
    create: (resource, system) => {
      const { host, port } = system.cache;
      // CloudFormation generates ids of at most 40 characters.
      const id = String(resource.properties.ReplicationGroupId ?? resource.generatedName)
        .toLowerCase()
        .slice(-40);
      system.declared.cache = { id, userGroupIds: (resource.properties.UserGroupIds ?? []) as string[] };
      return {
        ref: id,
        attributes: {
          'PrimaryEndPoint.Address': host,
          'PrimaryEndPoint.Port': String(port),
          'ReaderEndPoint.Address': host,
          'ReaderEndPoint.Port': String(port),
        },
      };
    },
  },
};
