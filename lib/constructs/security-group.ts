import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';

export interface SecurityGroupProps {
  readonly vpc: ec2.IVpc;
  readonly description: string;
}

/**
 * A group that admits and reaches only the groups it is connected to. EC2 opens every new group to the outside
 * unless it is born with an outbound rule of its own, and rules between groups are added later; so it is born with
 * one that matches nothing.
 */
export class SecurityGroup extends ec2.SecurityGroup {
  constructor(scope: Construct, id: string, { vpc, description }: SecurityGroupProps) {
    super(scope, id, { vpc, description, allowAllOutbound: false });
    (this.node.defaultChild as ec2.CfnSecurityGroup).securityGroupEgress = [
      { cidrIp: '255.255.255.255/32', ipProtocol: 'icmp', fromPort: 252, toPort: 86, description: 'Nothing' },
    ];
  }
}
