import { Fn, Stack, type StackProps } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import type { EnvironmentConfig, NetworkConfig } from '../config/schema';
import { acknowledge, regulated } from '../constructs/acknowledge';
import { ConfiguredAddresses } from '../constructs/configured-addresses';
import type { Encryption } from '../constructs/encryption';
import { FlowLogs } from '../constructs/flow-logs';
import type { FunctionNetwork } from '../constructs/function';
import type { Monitored } from '../constructs/monitored';
import { NatInstance } from '../constructs/nat-instance';
import { referToStrongly } from '../constructs/references';
import type { Removal } from '../constructs/removal';
import { SecurityGroup } from '../constructs/security-group';

export interface NetworkStackProps extends StackProps {
  readonly network: NetworkConfig;
  readonly logRetentionDays: EnvironmentConfig['logRetentionDays'];
  readonly removal: Removal;
  readonly encryption: Encryption;
}

/** VPC with exactly the configured subnets, its endpoints, and one way out (or none). */
export class NetworkStack extends Stack {
  readonly vpc: ec2.IVpc;
  readonly privateSubnets: ec2.SubnetSelection = { subnetGroupName: 'private' };
  /** Where functions live. */
  readonly functionNetwork: FunctionNetwork;
  readonly monitored: Monitored[] = [];
  private readonly zones: number;

  constructor(scope: Construct, id: string, props: NetworkStackProps) {
    super(scope, id, props);
    const { network, logRetentionDays, removal, encryption } = props;
    const ipv6 = network.egress === 'ipv6';
    this.zones = network.privateSubnets.length;

    const nat = network.egress === 'nat-instance' ? new NatInstance() : undefined;
    const vpc = new ec2.Vpc(this, 'Vpc', {
      ipAddresses: new ConfiguredAddresses(network.cidr, {
        public: network.publicSubnets,
        private: network.privateSubnets,
      }),
      ...(ipv6 && { ipProtocol: ec2.IpProtocol.DUAL_STACK }),
      maxAzs: this.zones,
      subnetConfiguration: [
        {
          name: 'public',
          subnetType: ec2.SubnetType.PUBLIC,
          mapPublicIpOnLaunch: false,
          ...(ipv6 && { ipv6AssignAddressOnCreation: false }),
        },
        {
          name: 'private',
          subnetType:
            network.egress === 'none' ? ec2.SubnetType.PRIVATE_ISOLATED : ec2.SubnetType.PRIVATE_WITH_EGRESS,
          // Lambda asks for the IPv6 addresses it needs; nothing else in here leaves the VPC.
          ...(ipv6 && { ipv6AssignAddressOnCreation: false }),
        },
      ],
      natGateways: natCount(network),
      ...(nat && { natGatewayProvider: nat.provider }),
      gatewayEndpoints: {
        S3: { service: ec2.GatewayVpcEndpointAwsService.S3 },
        DynamoDb: { service: ec2.GatewayVpcEndpointAwsService.DYNAMODB },
      },
      // CloudFormation can add rules to the default group but not remove the ones it is born with, so this is
      // the one thing here that takes a custom resource: a function of CDK that revokes them once.
      restrictDefaultSecurityGroup: true,
    });
    nat?.admit(network.privateSubnets);
    if (network.interfaceEndpoints.length > 0) this.interfaceEndpoints(vpc, network);
    if (network.flowLogs)
      new FlowLogs(this, 'FlowLogs', { vpc, retentionDays: logRetentionDays, removal, encryption });
    else
      acknowledge(
        vpc,
        { reason: 'The environment is configured without flow logs (flowLogs).', date: '2026-11-20' },
        'AwsSolutions-VPC7',
      );
    for (const route of vpc.publicSubnets.flatMap(({ node }) => node.children)) {
      if (!(route instanceof ec2.CfnRoute)) continue;
      acknowledge(
        route,
        {
          reason:
            'Public subnets hold nothing but NAT; without this route there is no way out for functions.',
          date: '2026-11-20',
        },
        ...regulated('VPCNoUnrestrictedRouteToIGW'),
      );
    }

    this.vpc = vpc;
    this.functionNetwork = { vpc, subnets: this.privateSubnets, ipv6 };
    referToStrongly(vpc, ...vpc.publicSubnets, ...vpc.privateSubnets, ...vpc.isolatedSubnets);
  }

  /** `Vpc` would look zones up in an account; the first ones of the region need none. */
  override get availabilityZones(): string[] {
    // The base class reads this before the constructor has run; two is then as good as any answer.
    return Array.from({ length: this.zones ?? 2 }, (_, index) => Fn.select(index, Fn.getAzs()));
  }

  private interfaceEndpoints(vpc: ec2.Vpc, network: NetworkConfig): void {
    const securityGroup = new SecurityGroup(this, 'EndpointsSecurityGroup', {
      vpc,
      description: 'Interface endpoints',
    });
    for (const cidr of network.privateSubnets) {
      securityGroup.addIngressRule(ec2.Peer.ipv4(cidr), ec2.Port.tcp(443), 'TLS from the private subnets');
    }
    for (const name of network.interfaceEndpoints) {
      vpc.addInterfaceEndpoint(name, {
        service: endpointServices[name],
        subnets: this.privateSubnets,
        securityGroups: [securityGroup],
        open: false,
      });
    }
  }
}

function natCount(network: NetworkConfig): number {
  if (network.egress === 'nat-instance') return 1;
  // One gateway per zone: the loss of a zone must not take the other zones' way out along.
  return network.egress === 'nat-gateway' ? network.publicSubnets.length : 0;
}

const endpointServices: Record<
  NetworkConfig['interfaceEndpoints'][number],
  ec2.InterfaceVpcEndpointAwsService
> = {
  secretsmanager: ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
  logs: ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
  sqs: ec2.InterfaceVpcEndpointAwsService.SQS,
  sns: ec2.InterfaceVpcEndpointAwsService.SNS,
  kms: ec2.InterfaceVpcEndpointAwsService.KMS,
  lambda: ec2.InterfaceVpcEndpointAwsService.LAMBDA,
  xray: ec2.InterfaceVpcEndpointAwsService.XRAY,
  'cognito-idp': ec2.InterfaceVpcEndpointAwsService.COGNITO_IDP,
};
