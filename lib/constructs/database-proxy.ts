import { Duration, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as rds from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import type { EnvironmentConfig } from '../config/schema';
import type { Encryption } from './encryption';
import { LogGroup } from './log-group';
import { postgresPort } from './postgres';
import type { Removal } from './removal';

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

/** RDS Proxy with TLS, and IAM on both sides: clients to proxy and proxy to instance, so it stores no password. */
export class DatabaseProxy extends Construct {
  readonly proxy: rds.DatabaseProxy;

  constructor(scope: Construct, id: string, props: DatabaseProxyProps) {
    super(scope, id);
    const { instance, roles, vpc, subnets, logRetentionDays, removal, encryption } = props;
    const dbProxyName = `${Stack.of(this).stackName}-proxy`;
    const logs = new LogGroup(this, 'Logs', {
      name: `/aws/rds/proxy/${dbProxyName}`,
      retentionDays: logRetentionDays,
      removal,
      encryption,
    });
    const role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('rds.amazonaws.com'),
      description: 'Lets RDS Proxy connect to the database by IAM',
    });
    for (const name of roles) instance.grantConnect(role, name);

    this.proxy = new rds.DatabaseProxy(this, 'Proxy', {
      dbProxyName,
      proxyTarget: rds.ProxyTarget.fromInstance(instance),
      role,
      vpc,
      vpcSubnets: subnets,
      securityGroups: [
        new ec2.SecurityGroup(this, 'SecurityGroup', {
          vpc,
          description: 'Database proxy',
          allowAllOutbound: false,
        }),
      ],
      requireTLS: true,
      defaultAuthScheme: rds.DefaultAuthScheme.IAM_AUTH,
      // A tenth is left for migrations and people, who connect to the instance itself.
      maxConnectionsPercent: 90,
      maxIdleConnectionsPercent: 45,
      borrowTimeout: Duration.seconds(5),
      idleClientTimeout: Duration.minutes(15),
    });
    this.proxy.node.addDependency(logs);
    instance.connections.allowFrom(this.proxy, ec2.Port.tcp(postgresPort), 'Proxy');
  }
}
