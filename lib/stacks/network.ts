import { Fn, Stack, type StackProps } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import type { EnvironmentConfig, NetworkConfig } from '../config/schema';
import { ConfiguredAddresses } from '../constructs/configured-addresses';
import type { Encryption } from '../constructs/encryption';
import type { FunctionNetwork } from '../constructs/function';
import type { Monitored } from '../constructs/monitored';
import { natInstance } from '../constructs/nat-instance';
import { referToStrongly } from '../constructs/references';
import type { Removal } from '../constructs/removal';

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
    const { network } = props;
    const ipv6 = network.egress === 'ipv6';
    this.zones = network.privateSubnets.length;

    const vpc = new ec2.Vpc(this, 'Vpc', {
      ipAddresses: new ConfiguredAddresses(network.cidr, {
        public: network.publicSubnets,
        private: network.privateSubnets,
      }),
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
          ...(ipv6 && { ipv6AssignAddressOnCreation: false }),
        },
      ],
      ...(ipv6 && { ipProtocol: ec2.IpProtocol.DUAL_STACK }),
      ...this.natGateways(network),
      gatewayEndpoints: {
        S3: { service: ec2.GatewayVpcEndpointAwsService.S3 },
        DynamoDb: { service: ec2.GatewayVpcEndpointAwsService.DYNAMODB },
      },
      restrictDefaultSecurityGroup: true,
    });
    this.vpc = vpc;
    this.functionNetwork = { vpc: this.vpc, subnets: this.privateSubnets, ipv6 };
    referToStrongly(this.vpc);
  }

  /** `Vpc` would look zones up in an account; the first ones of the region need none. */
  override get availabilityZones(): string[] {
    return Array.from({ length: this.zones ?? 2 }, (_, index) => Fn.select(index, Fn.getAzs()));
  }

  private natGateways(network: NetworkConfig): Partial<ec2.VpcProps> {
    if (network.egress === 'nat-instance') return { natGateways: 1, natGatewayProvider: natInstance() };
    // One gateway per zone: the loss of a zone must not take the other zone's way out along.
    if (network.egress === 'nat-gateway') return { natGateways: network.publicSubnets.length };
    return { natGateways: 0 };
  }
}
