import { Duration, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { CfnRole } from 'aws-cdk-lib/aws-iam';
import * as rds from 'aws-cdk-lib/aws-rds';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { DatabaseConfig, EnvironmentConfig } from '../config/schema';
import { acknowledge, regulated } from './acknowledge';
import type { Encryption } from './encryption';
import { maxConnections } from './instance-class';
import { LogGroup } from './log-group';
import type { Monitored } from './monitored';
import { watchPostgres } from './postgres-monitored';
import { applyRemoval, type Removal, snapshotPolicy } from './removal';
import { SecurityGroup } from './security-group';

export const postgresPort = 5432;
export const databaseName = 'landfall';
/** Owner of the instance. Only the migrations function uses it; requests are served by weaker roles. */
export const ownerName = 'landfall';
const exportedLogs = ['postgresql', 'upgrade', 'iam-db-auth-error'];

export interface PostgresProps {
  readonly database: DatabaseConfig;
  readonly vpc: ec2.IVpc;
  readonly subnets: ec2.SubnetSelection;
  readonly logRetentionDays: EnvironmentConfig['logRetentionDays'];
  readonly removal: Removal;
  readonly encryption: Encryption;
}

/** RDS for PostgreSQL 18, the major version that the local runtime runs, with PostGIS and pgvector on offer. */
export class Postgres extends Construct {
  readonly instance: rds.DatabaseInstance;
  readonly ownerSecret: ISecret;
  readonly maxConnections: number;
  readonly monitored: Monitored[];

  constructor(scope: Construct, id: string, props: PostgresProps) {
    super(scope, id);
    const { database, vpc, subnets, logRetentionDays, removal, encryption } = props;
    this.maxConnections = maxConnections(database.instanceClass);

    // The major version alone: RDS picks the newest minor and keeps it current without drift in the template.
    const engine = rds.DatabaseInstanceEngine.postgres({ version: rds.PostgresEngineVersion.VER_18 });
    const parameterGroup = new rds.ParameterGroup(this, 'Parameters', {
      engine,
      description: `Parameters of ${this.node.path}`,
      parameters: parameters(this.maxConnections),
    });

    // RDS names log groups after the instance and creates missing ones without a retention. So the instance has a
    // name of its own, which also makes an accidental replacement of the database fail instead of succeed.
    const instanceIdentifier = Stack.of(this).stackName;
    const logGroups = exportedLogs.map(
      (log) =>
        new LogGroup(this, `Log-${log}`, {
          name: `/aws/rds/instance/${instanceIdentifier}/${log}`,
          retentionDays: logRetentionDays,
          removal,
          encryption,
        }),
    );

    this.instance = new rds.DatabaseInstance(this, 'Instance', {
      instanceIdentifier,
      engine,
      parameterGroup,
      instanceType: new ec2.InstanceType(database.instanceClass),
      databaseName,
      vpc,
      vpcSubnets: subnets,
      securityGroups: [
        new SecurityGroup(this, 'SecurityGroup', {
          vpc,
          description: 'Database',
        }),
      ],
      port: postgresPort,
      publiclyAccessible: false,
      multiAz: database.multiAz,
      storageType: rds.StorageType.GP3,
      allocatedStorage: database.allocatedGiB,
      ...(database.maxAllocatedGiB > database.allocatedGiB && {
        maxAllocatedStorage: database.maxAllocatedGiB,
      }),
      storageEncrypted: true,
      ...(encryption.data && { storageEncryptionKey: encryption.data }),
      // RDS generates the owner's password and rotates it every 7 days by itself. A rotation function would need
      // code that is not ours, a place in the VPC and a route to Secrets Manager in every environment.
      manageMasterUserPassword: true,
      credentials: rds.Credentials.fromUsername(ownerName, {
        ...(encryption.data && { encryptionKey: encryption.data }),
      }),
      iamAuthentication: true,
      caCertificate: rds.CaCertificate.RDS_CA_RSA2048_G1,
      backupRetention: Duration.days(database.backupDays),
      deleteAutomatedBackups: removal === 'destroy',
      preferredBackupWindow: '02:00-03:00',
      preferredMaintenanceWindow: 'sun:04:00-sun:05:00',
      autoMinorVersionUpgrade: true,
      copyTagsToSnapshot: true,
      deletionProtection: database.deletionProtection,
      cloudwatchLogsExports: exportedLogs,
      ...(database.enhancedMonitoring && {
        monitoringInterval: Duration.seconds(60),
        databaseInsightsMode: rds.DatabaseInsightsMode.STANDARD,
        enablePerformanceInsights: true,
        performanceInsightRetention: rds.PerformanceInsightRetention.DEFAULT,
        ...(encryption.data && { performanceInsightEncryptionKey: encryption.data }),
      }),
      // Decides about the subnet group, too.
      removalPolicy: snapshotPolicy(removal),
    });
    this.instance.node.addDependency(...logGroups);
    applyRemoval(this.instance, snapshotPolicy(removal));

    // Imported without its key: with it, a grant would write the reader's role into the policy of the key, and the
    // stack of the keys would depend on the stack that needs them.
    this.ownerSecret = Secret.fromSecretCompleteArn(
      this,
      'OwnerSecret',
      (this.instance.node.defaultChild as rds.CfnDBInstance).attrMasterUserSecretSecretArn,
    );
    this.monitored = watchPostgres(this.instance, database.allocatedGiB, this.maxConnections);
    this.explainFindings(database);
  }

  private explainFindings(database: DatabaseConfig): void {
    acknowledge(
      this.instance,
      {
        reason:
          'Only client groups reach the port at all, and only over TLS; another number would hide it from nobody.',
        date: '2026-11-20',
      },
      'AwsSolutions-RDS11',
    );
    acknowledge(
      this.instance,
      {
        reason:
          'Automated backups with point-in-time recovery are on; a second plan would back up the same data again.',
        date: '2026-11-20',
      },
      ...regulated('RDSInBackupPlan', ['nist', 'hipaa']),
    );
    if (database.backupDays === 0) {
      acknowledge(
        this.instance,
        { reason: 'The environment is configured without backups (backupDays).', date: '2026-11-20' },
        'AwsSolutions-RDS13',
      );
    }
    if (!database.multiAz) {
      acknowledge(
        this.instance,
        { reason: 'The environment is configured to live in one zone (multiAz).', date: '2026-11-20' },
        'AwsSolutions-RDS3',
      );
    }
    if (!database.deletionProtection) {
      acknowledge(
        this.instance,
        {
          reason: 'The environment is configured to be deleted without ceremony (deletionProtection).',
          date: '2026-11-20',
        },
        'AwsSolutions-RDS10',
      );
    }
    const monitoringRole = this.instance.node.tryFindChild('MonitoringRole');
    if (monitoringRole) {
      // CDK would let RDS assume it for instances of any account.
      // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Monitoring.OS.Enabling.html#USER_Monitoring.OS.confused-deputy
      (monitoringRole.node.defaultChild as CfnRole).addPropertyOverride(
        'AssumeRolePolicyDocument.Statement.0.Condition',
        { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      );
      acknowledge(
        monitoringRole,
        {
          reason:
            'The policy that AWS maintains for this service role is the documented way to enhanced monitoring.',
          date: '2026-11-20',
        },
        'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole]',
      );
    }
  }
}

function parameters(connections: number): Record<string, string> {
  return {
    max_connections: String(connections),
    'rds.force_ssl': '1',
    shared_preload_libraries: 'pg_stat_statements',
    'pg_stat_statements.track': 'top',
    // Durations and lock waits are logged, texts of ordinary statements are not: they may hold personal data.
    log_statement: 'ddl',
    log_min_duration_statement: '1000',
    log_lock_waits: '1',
    log_temp_files: '10240',
    log_disconnections: '1',
    // A safety net in milliseconds: functions set tighter limits themselves, migrations wider ones.
    statement_timeout: '300000',
    idle_in_transaction_session_timeout: '60000',
  };
}
