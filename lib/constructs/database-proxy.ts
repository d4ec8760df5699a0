import { ArnFormat, Fn, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as rds from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import type { EnvironmentConfig } from '../config/schema';
import { acknowledge, regulated } from './acknowledge';
import type { Encryption } from './encryption';
import { LogGroup } from './log-group';
import { postgresPort } from './postgres';
import type { Removal } from './removal';
import { SecurityGroup } from './security-group';

export interface DatabaseProxyProps {
  readonly instance: rds.DatabaseInstance;
  /** Database roles that clients may use through the proxy. */
  readonly roles: readonly string[];
  readonly vpc: ec2.IVpc;
  readonly subnets: ec2.SubnetSelection;
  readonly logRetentionDays: EnvironmentConfig['logRetentionDays'];
  readonly removal: Removal;
  readonly encryption: Encryption;
}

/**
 * RDS Proxy with TLS, and IAM on both sides: clients to proxy and proxy to instance, so it stores no password.
 * Built from the L1 resources, because the L2 construct opens the database's group on a port that is a token, which
 * no audit can read.
 */
export class DatabaseProxy extends Construct implements ec2.IConnectable {
  readonly connections: ec2.Connections;
  readonly endpoint: string;
  private readonly resourceId: string;

  constructor(scope: Construct, id: string, props: DatabaseProxyProps) {
    super(scope, id);
    const { instance, roles, vpc, subnets, logRetentionDays, removal, encryption } = props;
    const dbProxyName = `${Stack.of(this).stackName}-proxy`;
    // The proxy would create it by itself, without a retention.
    const logs = new LogGroup(this, 'Logs', {
      name: `/aws/rds/proxy/${dbProxyName}`,
      retentionDays: logRetentionDays,
      removal,
      encryption,
    });
    const role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('rds.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
      description: 'Lets RDS Proxy connect to the database by IAM',
    });
    for (const name of roles) instance.grantConnect(role, name);
    acknowledge(
      role,
      {
        reason:
          'The policy names the roles of one database and lives and dies with the one role that uses it.',
        date: '2026-11-20',
      },
      ...regulated('IAMNoInlinePolicy'),
    );
    const securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'Database proxy',
    });

    const proxy = new rds.CfnDBProxy(this, 'Proxy', {
      dbProxyName,
      engineFamily: 'POSTGRESQL',
      defaultAuthScheme: 'IAM_AUTH',
      requireTls: true,
      roleArn: role.roleArn,
      vpcSubnetIds: vpc.selectSubnets(subnets).subnetIds,
      vpcSecurityGroupIds: [securityGroup.securityGroupId],
      idleClientTimeout: 900,
    });
    proxy.node.addDependency(logs, role);
    const targets = new rds.CfnDBProxyTargetGroup(this, 'Targets', {
      dbProxyName: proxy.ref,
      targetGroupName: 'default',
      dbInstanceIdentifiers: [instance.instanceIdentifier],
      connectionPoolConfigurationInfo: {
        // A tenth is left for migrations and people, who connect to the instance itself.
        maxConnectionsPercent: 90,
        maxIdleConnectionsPercent: 45,
        connectionBorrowTimeout: 5,
      },
    });
    targets.node.addDependency(instance);

    this.connections = new ec2.Connections({ securityGroups: [securityGroup] });
    this.endpoint = proxy.attrEndpoint;
    this.resourceId = Fn.select(6, Fn.split(':', proxy.attrDbProxyArn));
    instance.connections.allowFrom(this, ec2.Port.tcp(postgresPort), 'Proxy');
  }

  /** Lets the grantee connect through the proxy in the given database role. */
  grantConnect(grantee: iam.IGrantable, role: string): iam.Grant {
    const user = Stack.of(this).formatArn({
      service: 'rds-db',
      resource: 'dbuser',
      resourceName: `${this.resourceId}/${role}`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    return iam.Grant.addToPrincipal({ grantee, actions: ['rds-db:connect'], resourceArns: [user] });
  }
}
