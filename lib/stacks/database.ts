import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as rds from 'aws-cdk-lib/aws-rds';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import type { Blueprint, DatabaseConfig, NetworkConfig } from '../config/schema';
import type { DatabaseAccess, DatabaseRole } from '../constructs/database-access';
import { DatabaseProxy } from '../constructs/database-proxy';
import { DatabaseRelay } from '../constructs/database-relay';
import type { FunctionDefaults, FunctionNetwork } from '../constructs/function';
import { Migrations } from '../constructs/migrations';
import type { Monitored } from '../constructs/monitored';
import { databaseName, ownerName, Postgres, postgresPort } from '../constructs/postgres';
import { referToStrongly } from '../constructs/references';
import { allowToRead } from '../constructs/secret-access';
import { SecurityGroup } from '../constructs/security-group';
import { outputs } from '../outputs';

/** Roles that functions connect in; the owner is for migrations alone and never goes through the proxy. */
const roles: readonly DatabaseRole[] = ['app', 'maintenance', 'identity', 'worker'];

export interface DatabaseStackProps extends StackProps, FunctionDefaults {
  readonly database: DatabaseConfig;
  /** `external` builds no database, only the migrations of one that exists elsewhere. */
  readonly provider: Blueprint['database'];
  readonly personalAccess: NetworkConfig['databaseAccess'];
  readonly vpc: ec2.IVpc;
  readonly privateSubnets: ec2.SubnetSelection;
  readonly functionNetwork: FunctionNetwork;
}

/** The database, the way to it, and its schema: when this stack is deployed, the migrations have run. */
export class DatabaseStack extends Stack {
  readonly database: DatabaseAccess;
  /** `undefined` for an external database. */
  readonly instance: rds.DatabaseInstance | undefined;
  readonly monitored: Monitored[];

  constructor(scope: Construct, id: string, props: DatabaseStackProps) {
    super(scope, id, props);
    const built = props.provider === 'rds' ? this.rds(props) : this.external(props);
    this.database = built.access;
    this.instance = built.instance;
    this.monitored = built.monitored;
  }

  private rds(props: DatabaseStackProps) {
    const { database, vpc, privateSubnets: subnets, functionNetwork: network, personalAccess } = props;
    const { assetsDirectory, logRetentionDays, removal, encryption } = props;
    const functions: FunctionDefaults = { assetsDirectory, logRetentionDays, removal, encryption };
    const postgres = new Postgres(this, 'Database', {
      database,
      vpc,
      subnets,
      logRetentionDays,
      removal,
      encryption,
    });
    const { instance } = postgres;
    referToStrongly(instance);
    const proxy = database.proxy
      ? new DatabaseProxy(this, 'Proxy', { ...functions, instance, roles, vpc, subnets })
      : undefined;

    const clients = new SecurityGroup(this, 'Clients', {
      vpc,
      description: 'Functions that may reach the database',
    });
    (proxy ?? instance).connections.allowFrom(clients, ec2.Port.tcp(postgresPort), 'Database clients');

    const migrations = new Migrations(this, 'Migrations', {
      ...functions,
      network,
      secret: postgres.ownerSecret,
      secretKey: encryption.data,
      // Never the proxy: it would need the owner's password, and a migration wants one undisturbed session.
      environment: connection(instance.instanceEndpoint.hostname),
    });
    instance.connections.allowFrom(migrations.handler, ec2.Port.tcp(postgresPort), 'Migrations');
    // RDS may refuse the owner's password after the first run; see lambdas/migrations/owner.ts.
    instance.grantConnect(migrations.handler, ownerName);
    migrations.runAfter(postgres);

    if (personalAccess === 'instance-connect') {
      const relay = new DatabaseRelay(this, 'Relay', { vpc, subnets });
      instance.connections.allowFrom(relay, ec2.Port.tcp(postgresPort), 'People, through the relay');
      new CfnOutput(this, outputs.databaseAccessEndpointId, { value: relay.endpointId });
      new CfnOutput(this, outputs.databaseRelayInstanceId, { value: relay.instanceId });
    }
    new CfnOutput(this, outputs.databaseHost, {
      value: proxy?.endpoint ?? instance.instanceEndpoint.hostname,
    });
    new CfnOutput(this, outputs.databasePort, { value: String(postgresPort) });
    new CfnOutput(this, outputs.databaseName, { value: databaseName });
    new CfnOutput(this, outputs.databaseSecretArn, { value: postgres.ownerSecret.secretArn });
    new CfnOutput(this, outputs.databaseInstanceId, { value: instance.instanceIdentifier });

    const environment = connection(proxy?.endpoint ?? instance.instanceEndpoint.hostname);
    const access: DatabaseAccess = {
      environment,
      environmentFor: (role) => ({ ...environment, DATABASE_USER: role }),
      clientSecurityGroups: [clients],
      grantConnect: (grantee, role = 'app') => void (proxy ?? instance).grantConnect(grantee, role),
      maxConnections: postgres.maxConnections,
    };
    return { access, instance, monitored: postgres.monitored };
  }

  private external(props: DatabaseStackProps) {
    const { database, vpc, functionNetwork: network } = props;
    const { assetsDirectory, logRetentionDays, removal, encryption } = props;
    if (!database.externalSecretName) {
      throw new Error(
        'database.externalSecretName: expected the name of a secret with {"url": ...}, found nothing',
      );
    }
    const secret = secretsmanager.Secret.fromSecretNameV2(this, 'Url', database.externalSecretName);
    const clients = new ec2.SecurityGroup(this, 'Clients', {
      vpc,
      description: 'Functions that reach the external database',
      allowAllOutbound: false,
    });
    // The host and the port are inside the secret, unknown to the template.
    clients.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.allTcp(), 'External database');
    if (network.ipv6) clients.addEgressRule(ec2.Peer.anyIpv6(), ec2.Port.allTcp(), 'External database');

    const migrations = new Migrations(this, 'Migrations', {
      assetsDirectory,
      logRetentionDays,
      removal,
      encryption,
      network,
      secret,
      environment: certificates,
      securityGroups: [clients],
    });

    migrations.runAfter(clients);

    const environment = { DATABASE_SECRET_ARN: secret.secretArn, ...certificates };
    const access: DatabaseAccess = {
      environment,
      environmentFor: (role) => ({ ...environment, DATABASE_USER: role }),
      clientSecurityGroups: [clients],
      grantConnect: (grantee) => void allowToRead(grantee, secret),
      maxConnections: undefined,
    };
    return { access, instance: undefined, monitored: [] };
  }
}

/** Lambda ships Amazon's certificate authorities in this file, but Node.js reads it only when told to. */
const certificates = { NODE_EXTRA_CA_CERTS: '/var/runtime/ca-cert.pem' };

function connection(host: string): Record<string, string> {
  return {
    DATABASE_HOST: host,
    DATABASE_PORT: String(postgresPort),
    DATABASE_NAME: databaseName,
    ...certificates,
  };
}
