import { ArnFormat, CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elasticache from 'aws-cdk-lib/aws-elasticache';
import { Grant } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { CacheConfig, EnvironmentConfig } from '../config/schema';
import { acknowledge } from '../constructs/acknowledge';
import type { CacheAccess } from '../constructs/cache-access';
import type { Encryption } from '../constructs/encryption';
import { LogGroup } from '../constructs/log-group';
import type { Monitored } from '../constructs/monitored';
import { applyRemoval, type Removal, snapshotPolicy } from '../constructs/removal';
import { SecurityGroup } from '../constructs/security-group';
import { outputs } from '../outputs';

const port = 6379;

export interface CacheStackProps extends StackProps {
  readonly cache: CacheConfig;
  readonly vpc: ec2.IVpc;
  readonly privateSubnets: ec2.SubnetSelection;
  readonly logRetentionDays: EnvironmentConfig['logRetentionDays'];
  readonly removal: Removal;
  readonly encryption: Encryption;
}

/** Valkey behind TLS and IAM authentication: there is no password to keep, rotate or leak. */
export class CacheStack extends Stack {
  readonly cache: CacheAccess;
  readonly monitored: Monitored[];

  constructor(scope: Construct, id: string, props: CacheStackProps) {
    super(scope, id, props);
    const { cache, vpc, removal, encryption, logRetentionDays } = props;
    const highlyAvailable = cache.replicas > 0;

    const clients = new SecurityGroup(this, 'Clients', {
      vpc,
      description: 'Functions that may reach the cache',
    });
    const securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'Cache',
    });
    securityGroup.connections.allowFrom(clients, ec2.Port.tcp(port), 'Cache clients');

    // For IAM authentication the id and the name of the user have to be equal.
    const userName = `${this.stackName}-app`;
    const user = new elasticache.CfnUser(this, 'User', {
      engine: 'valkey',
      userId: userName,
      userName,
      authenticationMode: { Type: 'iam' },
      // INFO is among the dangerous commands, but clients use it to find out whether the server is ready.
      accessString: 'on ~* &* +@all -@admin -@dangerous +info',
    });
    const users = new elasticache.CfnUserGroup(this, 'Users', {
      engine: 'valkey',
      userGroupId: `${this.stackName}-users`,
      userIds: [user.ref],
    });
    const subnets = new elasticache.CfnSubnetGroup(this, 'Subnets', {
      description: 'Private subnets of the cache',
      subnetIds: vpc.selectSubnets(props.privateSubnets).subnetIds,
    });
    const slowLog = new LogGroup(this, 'SlowLog', { retentionDays: logRetentionDays, removal, encryption });

    const group = new elasticache.CfnReplicationGroup(this, 'Valkey', {
      replicationGroupDescription: 'Landfall cache',
      engine: 'valkey',
      engineVersion: '8.0',
      cacheNodeType: cache.nodeType,
      port,
      numCacheClusters: cache.replicas + 1,
      automaticFailoverEnabled: highlyAvailable,
      multiAzEnabled: highlyAvailable,
      transitEncryptionEnabled: true,
      transitEncryptionMode: 'required',
      atRestEncryptionEnabled: true,
      ...(encryption.data && { kmsKeyId: encryption.data.keyArn }),
      userGroupIds: [users.ref],
      cacheSubnetGroupName: subnets.ref,
      securityGroupIds: [securityGroup.securityGroupId],
      snapshotRetentionLimit: cache.snapshotDays,
      snapshotWindow: '03:00-04:00',
      preferredMaintenanceWindow: 'sun:05:00-sun:06:00',
      autoMinorVersionUpgrade: true,
      logDeliveryConfigurations: [
        {
          logType: 'slow-log',
          logFormat: 'json',
          destinationType: 'cloudwatch-logs',
          destinationDetails: { cloudWatchLogsDetails: { logGroup: slowLog.logGroupName } },
        },
      ],
    });
    applyRemoval(group, snapshotPolicy(removal));

    const arns = [
      this.formatArn({
        service: 'elasticache',
        resource: 'replicationgroup',
        resourceName: group.ref,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
      user.attrArn,
    ];
    this.cache = {
      environment: {
        CACHE_HOST: group.attrPrimaryEndPointAddress,
        CACHE_PORT: group.attrPrimaryEndPointPort,
        CACHE_USER: userName,
        CACHE_NAME: group.ref,
      },
      clientSecurityGroups: [clients],
      grantConnect: (grantee) => {
        Grant.addToPrincipal({ grantee, actions: ['elasticache:Connect'], resourceArns: arns });
      },
    };
    this.monitored = watch(group.ref, cache.replicas + 1);
    acknowledge(
      group,
      {
        reason:
          'Clients authenticate by IAM as a user of the group; an AUTH token would be one more secret to keep.',
        date: '2026-11-20',
      },
      'AwsSolutions-AEC6',
    );
    if (!highlyAvailable) {
      acknowledge(
        group,
        {
          reason:
            'The environment is configured with one node (cache.replicas); losing it costs time, no data.',
          date: '2026-11-20',
        },
        'AwsSolutions-AEC4',
      );
    }

    new CfnOutput(this, outputs.cacheHost, { value: group.attrPrimaryEndPointAddress });
    new CfnOutput(this, outputs.cachePort, { value: group.attrPrimaryEndPointPort });
  }
}

/** ElastiCache publishes per node; the worst node decides, whichever of them is the primary at the time. */
function watch(groupName: string, nodes: number): Monitored[] {
  const worst = (metricName: string, statistic: string, combine: 'MAX' | 'SUM') => {
    const period = Duration.minutes(5);
    const usingMetrics = Object.fromEntries(
      Array.from({ length: nodes }, (_, index) => [
        `node${index + 1}`,
        new Metric({
          namespace: 'AWS/ElastiCache',
          metricName,
          statistic,
          period,
          dimensionsMap: { CacheClusterId: `${groupName}-${String(index + 1).padStart(3, '0')}` },
        }),
      ]),
    );
    const names = Object.keys(usingMetrics).join(', ');
    return new MathExpression({
      expression: `${combine}([${names}])`,
      usingMetrics,
      period,
      label: metricName,
    });
  };
  const sustained = { evaluationPeriods: 3, datapointsToAlarm: 3, severity: 'warning' } as const;
  return [
    {
      id: 'cache-memory',
      title: 'Cache memory (%)',
      metric: worst('DatabaseMemoryUsagePercentage', Stats.MAXIMUM, 'MAX'),
      threshold: 80,
      ...sustained,
      impact:
        'The cache is about to drop entries that are still wanted, and the database will answer instead.',
      runbook: 'cache-memory',
    },
    {
      id: 'cache-evictions',
      title: 'Cache evictions',
      metric: worst('Evictions', Stats.SUM, 'SUM'),
      threshold: 100,
      ...sustained,
      impact: 'Cached answers are thrown away early: pages get slower and the database gets busier.',
      runbook: 'cache-memory',
    },
    {
      id: 'cache-cpu',
      title: 'Cache CPU (%)',
      metric: worst('EngineCPUUtilization', Stats.AVERAGE, 'MAX'),
      threshold: 80,
      ...sustained,
      impact:
        'Every cached answer takes longer, and commands time out once the single engine thread is busy.',
      runbook: 'cache-cpu',
    },
  ];
}
