import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Duration } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import packageJson from '../../package.json';
import type { EnvironmentConfig } from '../config/schema';
import { type Acceptance, acknowledge, regulated } from './acknowledge';
import type { Encryption } from './encryption';
import { grantKeyThrough } from './key-use';
import { LogGroup } from './log-group';
import type { Removal } from './removal';

/** Where functions live. */
export interface FunctionNetwork {
  readonly vpc: ec2.IVpc;
  readonly subnets: ec2.SubnetSelection;
  /** The subnets are dual-stack and functions leave by IPv6, so SDK clients must use dual-stack endpoints. */
  readonly ipv6: boolean;
}

/** What all functions of an environment share. */
export interface FunctionDefaults {
  /** Folder with one folder per bundle, written by the build. */
  readonly assetsDirectory: string;
  readonly logRetentionDays: EnvironmentConfig['logRetentionDays'];
  readonly removal: Removal;
  readonly encryption: Encryption;
}

export interface FunctionProps extends FunctionDefaults {
  /** Folder of the bundle inside the assets directory; its entry is `index.handler`. */
  readonly bundle: string;
  readonly description: string;
  readonly memoryMiB: number;
  readonly timeoutSeconds: number;
  /** @default none beyond `LANDFALL_VERSION` and `LOG_LEVEL` */
  readonly environment?: Record<string, string>;
  /** Network of the function, or why it needs none. */
  readonly network: FunctionNetwork | Acceptance;
  /** Client groups of the database and the cache. @default none */
  readonly securityGroups?: ec2.ISecurityGroup[];
  /** Concurrent executions set aside for the function, or why it takes what the account has left. */
  readonly reservedConcurrency: number | Acceptance;
  /** Queue for events that failed every asynchronous attempt, or why there cannot be such events. */
  readonly deadLetterQueue: IQueue | Acceptance;
}

/** The only Lambda function in the repository. */
export class NodeFunction extends lambda.Function {
  constructor(scope: Construct, id: string, props: FunctionProps) {
    const {
      bundle,
      network,
      reservedConcurrency,
      deadLetterQueue,
      securityGroups = [],
      environment = {},
    } = props;
    const inVpc = 'vpc' in network ? network : undefined;
    const folder = join(props.assetsDirectory, bundle);
    if (!existsSync(join(folder, 'index.js'))) {
      throw new Error(
        `Bundle "${bundle}" was expected in ${folder} but there is no index.js; run "npm run build" first`,
      );
    }

    const logGroup = new LogGroup(scope, `${id}Logs`, {
      retentionDays: props.logRetentionDays,
      removal: props.removal,
      encryption: props.encryption,
    });
    const role = executionRole(scope, id, inVpc !== undefined);
    logGroup.grantWrite(role);

    super(scope, id, {
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      handler: 'index.handler',
      code: lambda.Code.fromAsset(folder),
      description: props.description,
      memorySize: props.memoryMiB,
      timeout: Duration.seconds(props.timeoutSeconds),
      loggingFormat: lambda.LoggingFormat.JSON,
      applicationLogLevelV2: lambda.ApplicationLogLevel.INFO,
      // At WARN there would be no report lines of calls that went well, and with them no cold starts to count.
      systemLogLevelV2: lambda.SystemLogLevel.INFO,
      logGroup,
      role,
      environment: {
        LANDFALL_VERSION: packageJson.version,
        LOG_LEVEL: 'INFO',
        ...(inVpc?.ipv6 && { AWS_USE_DUALSTACK_ENDPOINT: 'true' }),
        ...environment,
      },
      ...(typeof reservedConcurrency === 'number' && { reservedConcurrentExecutions: reservedConcurrency }),
      ...(!('reason' in deadLetterQueue) && { deadLetterQueue }),
      ...(inVpc && {
        vpc: inVpc.vpc,
        vpcSubnets: inVpc.subnets,
        securityGroups: [outboundTls(scope, id, inVpc), ...securityGroups],
        ipv6AllowedForDualStack: inVpc.ipv6,
      }),
    });

    // Lambda sends dead letters in the name of the function, and the queue encrypts them in the sender's name.
    if (!('reason' in deadLetterQueue)) {
      grantKeyThrough('sqs', deadLetterQueue.encryptionMasterKey, role, 'kms:GenerateDataKey', 'kms:Decrypt');
    }
    // The switch of the L2 construct would put its wildcard among the grants, where it hides other wildcards.
    (this.node.defaultChild as lambda.CfnFunction).tracingConfig = { mode: 'Active' };

    if ('reason' in network) acknowledge(this, network, ...regulated('LambdaInsideVPC'));
    if (typeof reservedConcurrency !== 'number') {
      acknowledge(this, reservedConcurrency, ...regulated('LambdaConcurrency', ['nist', 'hipaa']));
    }
    if ('reason' in deadLetterQueue) {
      acknowledge(
        this,
        deadLetterQueue,
        ...regulated('LambdaDLQ', ['nist', 'hipaa']),
        'Serverless-LambdaDLQ',
      );
    }
  }
}

/** A function's own group lets nothing in and only TLS out; clients of other ports join a client group. */
function outboundTls(scope: Construct, id: string, network: FunctionNetwork): ec2.SecurityGroup {
  const group = new ec2.SecurityGroup(scope, `${id}SecurityGroup`, {
    vpc: network.vpc,
    description: `TLS out of ${scope.node.path}/${id}`,
    allowAllOutbound: false,
  });
  group.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(443), 'TLS');
  if (network.ipv6) group.addEgressRule(ec2.Peer.anyIpv6(), ec2.Port.tcp(443), 'TLS');
  return group;
}

function executionRole(scope: Construct, id: string, inVpc: boolean): iam.Role {
  const service = new iam.ManagedPolicy(scope, `${id}Service`, {
    description: `What the Lambda service needs to run ${scope.node.path}/${id}`,
    statements: [
      new iam.PolicyStatement({
        actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
        resources: ['*'],
      }),
      ...(inVpc ? networkInterfaces() : []),
    ],
  });
  acknowledge(
    service,
    {
      reason:
        'Neither X-Ray nor the network interfaces of Lambda support resource-level permissions; code is denied the latter.',
      date: '2026-11-20',
    },
    'AwsSolutions-IAM5[Resource::*]',
  );
  const role = new iam.Role(scope, `${id}Role`, {
    assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    description: `Execution role of ${scope.node.path}/${id}`,
    managedPolicies: [service],
  });
  acknowledge(
    role,
    {
      reason:
        'The policy holds the grants of one function and lives and dies with the one role that uses it.',
      date: '2026-11-20',
    },
    ...regulated('IAMNoInlinePolicy'),
  );
  return role;
}

/**
 * The Lambda service attaches the function to the VPC with the function's own role. Calls that the function's
 * code makes carry `lambda:SourceFunctionArn`, the service's own do not: so the code is denied what the service
 * is allowed.
 */
function networkInterfaces(): iam.PolicyStatement[] {
  const actions = [
    'ec2:CreateNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:DeleteNetworkInterface',
    'ec2:AssignPrivateIpAddresses',
    'ec2:UnassignPrivateIpAddresses',
  ];
  return [
    new iam.PolicyStatement({ actions, resources: ['*'] }),
    new iam.PolicyStatement({
      effect: iam.Effect.DENY,
      actions,
      resources: ['*'],
      conditions: { Null: { 'lambda:SourceFunctionArn': 'false' } },
    }),
  ];
}
