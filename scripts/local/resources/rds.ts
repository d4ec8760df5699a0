/** The database: one embedded Postgres stands for the instance and for the proxy in front of it. */
import { createHash } from 'node:crypto';
import { mayAssume, onBehalfOf } from '../aws/service-calls';
import { localAccountId } from '../intrinsics';
import type { DatabaseOwner, LocalSystem } from '../system';
import { type DeclaredResource, type Handlers, properties, tagsReason, textOf } from './handler';

const capacity = 'The embedded Postgres takes what the laptop has.';
const upkeep = 'Backups, maintenance and monitoring are AWS’s work on a running instance.';
const place = 'Everything runs on one machine.';

/** Secret that RDS makes for the owner: user name and password, nothing else. */
async function ownerSecret(resource: DeclaredResource, system: LocalSystem): Promise<string> {
  const username = String(resource.properties.MasterUsername ?? 'postgres');
  const { arn } = await system.aws.secrets.createSecret({
    name: `rds!db-${resource.generatedName}`,
    properties: {
      KmsKeyId: (resource.properties.MasterUserSecret as { KmsKeyId?: string } | undefined)?.KmsKeyId,
      GenerateSecretString: {
        SecretStringTemplate: JSON.stringify({ username }),
        GenerateStringKey: 'password',
        PasswordLength: 28,
        ExcludePunctuation: true,
      },
    },
  });
  system.declared.databaseOwner = () => JSON.parse(system.aws.secrets.read(arn)) as DatabaseOwner;
  return arn;
}

export const rdsHandlers: Handlers = {
  'AWS::RDS::DBInstance': {
    properties: properties(
      [
        'DBInstanceIdentifier',
        'DBName',
        'EnableIAMDatabaseAuthentication',
        'Engine',
        'ManageMasterUserPassword',
        'MasterUserSecret',
        'MasterUsername',
      ],
      {
        AllocatedStorage: capacity,
        AutoMinorVersionUpgrade: upkeep,
        BackupRetentionPeriod: upkeep,
        CACertificateIdentifier: 'The local certificate authority signs the server certificate.',
        CopyTagsToSnapshot: upkeep,
        DBInstanceClass: capacity,
        DBParameterGroupName: 'The embedded Postgres has its own settings; TLS is demanded by its server.',
        DBSubnetGroupName: place,
        DatabaseInsightsMode: upkeep,
        DeleteAutomatedBackups: upkeep,
        DeletionProtection: 'Only --fresh removes the database, and it says so.',
        EnableCloudwatchLogsExports: upkeep,
        EnablePerformanceInsights: upkeep,
        EngineVersion:
          'The embedded engine is Postgres 18; with --postgres-url the version is that server’s.',
        MaxAllocatedStorage: capacity,
        MonitoringInterval: upkeep,
        MonitoringRoleArn: upkeep,
        MultiAZ: place,
        PerformanceInsightsKMSKeyId: upkeep,
        PerformanceInsightsRetentionPeriod: upkeep,
        Port: 'The runtime chooses the port, next to its own.',
        PreferredBackupWindow: upkeep,
        PreferredMaintenanceWindow: upkeep,
        PubliclyAccessible: 'The database listens on the loopback interface alone.',
        KmsKeyId: 'Encryption at rest is the file system’s matter on a laptop.',
        StorageEncrypted: 'Encryption at rest is the file system’s matter on a laptop.',
        StorageType: capacity,
        Tags: tagsReason,
        VPCSecurityGroups: place,
      },
    ),
    unsupported: ({ Engine, ManageMasterUserPassword }) => [
      ...(Engine === 'postgres' ? [] : [`Engine ${JSON.stringify(Engine)} is not supported, only postgres.`]),
      ...(ManageMasterUserPassword === true ? [] : ['only ManageMasterUserPassword: true is supported.']),
    ],
    create: async (resource, system) => {
      const { host, port, name } = system.database;
      const declaredName = String(resource.properties.DBName ?? name);
      if (declaredName !== name) throw new Error(`the local database is named ${name}, not ${declaredName}`);
      const identifier = String(
        resource.properties.DBInstanceIdentifier ?? resource.generatedName,
      ).toLowerCase();
      const resourceId = `db-${createHash('sha256').update(identifier).digest('hex').slice(0, 26).toUpperCase()}`;
      const takesTokens = String(resource.properties.EnableIAMDatabaseAuthentication ?? false) === 'true';
      system.declared.database = { resourceId, takesTokens };
      return {
        ref: identifier,
        attributes: {
          'Endpoint.Address': host,
          'Endpoint.Port': String(port),
          'MasterUserSecret.SecretArn': await ownerSecret(resource, system),
          DBInstanceArn: `arn:aws:rds:${resource.region}:${localAccountId}:db:${identifier}`,
          DbiResourceId: resourceId,
        },
      };
    },
  },
  'AWS::RDS::DBProxy': {
    properties: properties(['DBProxyName', 'RoleArn'], {
      Auth: 'The local server checks IAM tokens itself.',
      DebugLogging: upkeep,
      DefaultAuthScheme: 'The local server checks IAM tokens itself.',
      EngineFamily: 'The only local engine is Postgres.',
      IdleClientTimeout: capacity,
      RequireTLS: 'The local server takes nothing but TLS.',
      Tags: tagsReason,
      VpcSecurityGroupIds: place,
      VpcSubnetIds: place,
    }),
    create: async (resource, system) => {
      const name = String(resource.properties.DBProxyName ?? resource.generatedName);
      const resourceId = `prx-${name}`;
      const arn = `arn:aws:rds:${resource.region}:${localAccountId}:db-proxy:${resourceId}`;
      const roleArn = textOf(resource, 'RoleArn');
      const source = onBehalfOf(arn, localAccountId);
      if (!(await mayAssume(system.accessControl.authorize, 'rds.amazonaws.com', roleArn, source)))
        throw new Error(`RDS is not authorized to assume service-linked role ${roleArn}`);
      system.declared.databaseProxy = { resourceId, roleArn };
      return {
        ref: name,
        attributes: {
          Endpoint: system.database.host,
          DBProxyArn: arn,
          VpcId: 'local',
        },
      };
    },
  },
};
