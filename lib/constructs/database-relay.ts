import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge';
import { SecurityGroup } from './security-group';

export interface DatabaseRelayProps {
  readonly vpc: ec2.IVpc;
  readonly subnets: ec2.SubnetSelection;
}

/**
 * How a person reaches the database: an EC2 Instance Connect Endpoint and a tiny private instance behind it. The
 * endpoint alone would do, had AWS not limited it to ports 22 and 3389. The instance has no public address, no
 * key and no permissions; IAM decides who may push a key for 60 seconds, and SSH forwards the database's port:
 * `aws ec2-instance-connect ssh --instance-id <relay> --connection-type eice --local-forwarding 5432:<host>:5432`
 */
export class DatabaseRelay extends Construct implements ec2.IConnectable {
  readonly connections: ec2.Connections;
  readonly endpointId: string;
  readonly instanceId: string;

  constructor(scope: Construct, id: string, props: DatabaseRelayProps) {
    super(scope, id);
    const { vpc, subnets } = props;
    const endpointGroup = new SecurityGroup(this, 'EndpointSecurityGroup', {
      vpc,
      description: 'EC2 Instance Connect Endpoint',
    });
    const relayGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'Database relay',
    });
    relayGroup.connections.allowFrom(endpointGroup, ec2.Port.tcp(22), 'SSH from the endpoint only');

    const [subnetId] = vpc.selectSubnets(subnets).subnetIds;
    if (!subnetId)
      throw new Error(`${this.node.path}: expected a private subnet for the endpoint, found none`);
    const endpoint = new ec2.CfnInstanceConnectEndpoint(this, 'Endpoint', {
      subnetId,
      securityGroupIds: [endpointGroup.securityGroupId],
    });
    const relay = new ec2.Instance(this, 'Relay', {
      vpc,
      vpcSubnets: subnets,
      instanceType: ec2.InstanceType.of(ec2.InstanceClass.T4G, ec2.InstanceSize.NANO),
      machineImage: ec2.MachineImage.latestAmazonLinux2023({ cpuType: ec2.AmazonLinuxCpuType.ARM_64 }),
      securityGroup: relayGroup,
      requireImdsv2: true,
      detailedMonitoring: true,
      blockDevices: [
        {
          deviceName: '/dev/xvda',
          volume: ec2.BlockDeviceVolume.ebs(8, { encrypted: true, volumeType: ec2.EbsDeviceVolumeType.GP3 }),
        },
      ],
    });
    acknowledge(
      relay,
      {
        reason: 'The relay holds nothing and CloudFormation has to be able to replace it with a newer image.',
        date: '2026-11-20',
      },
      'AwsSolutions-EC29',
    );
    this.connections = relayGroup.connections;
    this.endpointId = endpoint.ref;
    this.instanceId = relay.instanceId;
  }
}
