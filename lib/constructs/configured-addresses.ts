import type * as ec2 from 'aws-cdk-lib/aws-ec2';

/** Gives the VPC and its subnets exactly the CIDRs of the configuration, instead of letting CDK divide the VPC's. */
export class ConfiguredAddresses implements ec2.IIpAddresses {
  /** @param subnets CIDRs by subnet group name, one per availability zone */
  constructor(
    private readonly cidr: string,
    private readonly subnets: Readonly<Record<string, readonly string[]>>,
  ) {}

  allocateVpcCidr(): ec2.VpcIpamOptions {
    return { cidrBlock: this.cidr };
  }

  allocateSubnetsCidr({ requestedSubnets }: ec2.AllocateCidrRequest): ec2.SubnetIpamOptions {
    const taken = new Map<string, number>();
    return {
      allocatedSubnets: requestedSubnets.map(({ configuration: { name } }) => {
        const index = taken.get(name) ?? 0;
        taken.set(name, index + 1);
        const cidr = this.subnets[name]?.[index];
        if (!cidr)
          throw new Error(
            `${name} subnets: expected a CIDR for zone ${index + 1}, the configuration has ${index}`,
          );
        return { cidr };
      }),
    };
  }
}
