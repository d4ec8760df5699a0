import { Aspects } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { acknowledge, regulated } from './acknowledge';

/**
 * NAT on one t4g.micro: billed at a fraction of a gateway, but it goes down with its zone. Not a nano: it installs
 * its packet filter at the first boot, for which 512 MiB are tight.
 */
export class NatInstance {
  readonly provider = ec2.NatProvider.instanceV2({
    instanceType: ec2.InstanceType.of(ec2.InstanceClass.T4G, ec2.InstanceSize.MICRO),
    machineImage: ec2.MachineImage.latestAmazonLinux2023({ cpuType: ec2.AmazonLinuxCpuType.ARM_64 }),
    defaultAllowedTraffic: ec2.NatTrafficDirection.OUTBOUND_ONLY,
    // Subnets assign no public addresses by themselves; this instance is the one that needs one.
    associatePublicIpAddress: true,
  });

  /** Only the private subnets may send traffic through it. Call it once the VPC exists. */
  admit(privateSubnets: readonly string[]): void {
    const { connections, securityGroup, gatewayInstances } = this.provider;
    for (const cidr of privateSubnets) {
      connections.allowFrom(ec2.Peer.ipv4(cidr), ec2.Port.allTraffic(), 'From a private subnet');
    }
    acknowledge(
      securityGroup,
      {
        reason: 'A router takes every port from the private subnets; nobody else may send it anything.',
        date: '2026-11-20',
      },
      ...regulated('EC2RestrictedCommonPorts'),
    );
    for (const gateway of gatewayInstances) harden(gateway);
  }
}

function harden(gateway: ec2.Instance): void {
  gateway.instance.monitoring = true;
  gateway.instance.blockDeviceMappings = [
    { deviceName: '/dev/xvda', ebs: { encrypted: true, volumeSize: 8, volumeType: 'gp3' } },
  ];
  Aspects.of(gateway).add(new ec2.InstanceRequireImdsv2Aspect());
  acknowledge(
    gateway,
    {
      reason: 'The NAT holds nothing and CloudFormation has to be able to replace it with a newer image.',
      date: '2026-11-20',
    },
    'AwsSolutions-EC29',
  );
  acknowledge(
    gateway,
    {
      reason:
        'Translating to a public address is what a NAT is for; its subnet is named in its network interface.',
      date: '2026-11-20',
    },
    ...regulated('EC2InstanceNoPublicIp'),
    ...regulated('EC2InstancesInVPC'),
  );
}
