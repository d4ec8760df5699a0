import { Match, type Template } from 'aws-cdk-lib/assertions';
import { environments } from '../../../lib/config/environments';
import type { NetworkConfig } from '../../../lib/config/schema';
import { ConfiguredAddresses } from '../../../lib/constructs/configured-addresses';
import { all, environmentWith, statefulStacks, templateOf } from '../../support/stateful-stacks';

const network = (overrides: Partial<NetworkConfig> = {}): Template =>
  templateOf(statefulStacks(environmentWith('dev', { network: overrides })).network);
const privateDefaultRoutes = (template: Template) =>
  all(template, 'AWS::EC2::Route').filter(({ RouteTableId }) =>
    JSON.stringify(RouteTableId).includes('private'),
  );

describe('subnets', () => {
  test.each(Object.entries(environments))(
    '%s gets exactly the CIDRs of its configuration',
    (_, environment) => {
      const template = templateOf(statefulStacks(environment).network);
      template.hasResourceProperties('AWS::EC2::VPC', { CidrBlock: environment.network.cidr });
      const cidrs = all(template, 'AWS::EC2::Subnet').map(({ CidrBlock }) => CidrBlock);
      expect(cidrs).toEqual([...environment.network.publicSubnets, ...environment.network.privateSubnets]);
    },
  );

  test('the n-th public and the n-th private subnet share the n-th zone of the region, whatever the account', () => {
    const zones = all(network(), 'AWS::EC2::Subnet').map(({ AvailabilityZone }) => AvailabilityZone);
    const zone = (index: number) => ({ 'Fn::Select': [index, { 'Fn::GetAZs': '' }] });
    expect(zones).toEqual([zone(0), zone(1), zone(0), zone(1)]);
  });

  test('a third pair of CIDRs opens a third zone', () => {
    const template = network({
      publicSubnets: ['10.0.1.0/24', '10.0.2.0/24', '10.0.3.0/24'],
      privateSubnets: ['10.0.10.0/24', '10.0.11.0/24', '10.0.12.0/24'],
    });
    template.resourceCountIs('AWS::EC2::Subnet', 6);
    template.hasResourceProperties('AWS::EC2::Subnet', {
      CidrBlock: '10.0.12.0/24',
      AvailabilityZone: { 'Fn::Select': [2, { 'Fn::GetAZs': '' }] },
    });
  });

  test.each(['none', 'ipv6', 'nat-instance', 'nat-gateway'] as const)(
    'no subnet assigns public addresses by itself (egress %s)',
    (egress) => {
      for (const subnet of all(network({ egress }), 'AWS::EC2::Subnet')) {
        expect(subnet.MapPublicIpOnLaunch).toBe(false);
        expect(subnet.AssignIpv6AddressOnCreation ?? false).toBe(false);
      }
    },
  );

  test('a zone without a configured CIDR is an error, not an invented range', () => {
    const addresses = new ConfiguredAddresses('10.0.0.0/16', { private: ['10.0.10.0/24'] });
    const request = (name: string) => ({
      availabilityZone: 'z',
      subnetConstructId: name,
      configuration: { name, subnetType: 'Isolated' as never },
    });
    expect(() =>
      addresses.allocateSubnetsCidr({
        vpcCidr: '',
        requestedSubnets: [request('private'), request('private')],
      }),
    ).toThrow('private subnets: expected a CIDR for zone 2, the configuration has 1');
  });
});

describe('egress', () => {
  test('none leaves the private subnets without any default route', () => {
    const template = network({ egress: 'none', interfaceEndpoints: ['secretsmanager'] });
    expect(privateDefaultRoutes(template)).toEqual([]);
    for (const type of ['NatGateway', 'EgressOnlyInternetGateway', 'Instance'])
      template.resourceCountIs(`AWS::EC2::${type}`, 0);
  });

  test('ipv6 leaves through an egress-only gateway, which nobody outside can open a connection through', () => {
    const template = network({ egress: 'ipv6' });
    template.resourceCountIs('AWS::EC2::EgressOnlyInternetGateway', 1);
    template.resourceCountIs('AWS::EC2::NatGateway', 0);
    const routes = privateDefaultRoutes(template);
    expect(routes).toHaveLength(2);
    for (const route of routes) {
      expect(route).toMatchObject({
        DestinationIpv6CidrBlock: '::/0',
        EgressOnlyInternetGatewayId: expect.anything(),
      });
    }
    for (const subnet of all(template, 'AWS::EC2::Subnet')) expect(subnet.Ipv6CidrBlock).toBeDefined();
  });

  test('nat-gateway has one gateway per zone, so that the loss of a zone stays in that zone', () => {
    const template = network({ egress: 'nat-gateway' });
    template.resourceCountIs('AWS::EC2::NatGateway', 2);
    const gateways = privateDefaultRoutes(template).map(({ NatGatewayId }) => JSON.stringify(NatGatewayId));
    expect(new Set(gateways).size).toBe(2);
  });

  test('nat-instance is one small encrypted instance that forwards for the private subnets only', () => {
    const template = network({ egress: 'nat-instance' });
    template.resourceCountIs('AWS::EC2::Instance', 1);
    template.hasResourceProperties('AWS::EC2::Instance', {
      InstanceType: 't4g.micro',
      SourceDestCheck: false,
      BlockDeviceMappings: [Match.objectLike({ Ebs: Match.objectLike({ Encrypted: true }) })],
    });
    const admitted = all(template, 'AWS::EC2::SecurityGroup').flatMap(({ SecurityGroupIngress = [] }) =>
      SecurityGroupIngress.map(({ CidrIp }: { CidrIp: string }) => CidrIp),
    );
    expect(admitted).toEqual(['10.0.10.0/24', '10.0.11.0/24']);
    expect(privateDefaultRoutes(template)).toHaveLength(2);
  });
});

describe('endpoints', () => {
  test('S3 and DynamoDB are reached through gateway endpoints from every private subnet, at no cost', () => {
    const template = network({ egress: 'none', interfaceEndpoints: ['secretsmanager'] });
    for (const service of ['.s3', '.dynamodb']) {
      template.hasResourceProperties('AWS::EC2::VPCEndpoint', {
        VpcEndpointType: 'Gateway',
        ServiceName: { 'Fn::Join': ['', Match.arrayWith([service])] },
        RouteTableIds: Match.arrayWith([
          { Ref: Match.stringLikeRegexp('privateSubnet1RouteTable') },
          { Ref: Match.stringLikeRegexp('privateSubnet2RouteTable') },
        ]),
      });
    }
  });

  test('there are exactly the configured interface endpoints, with private DNS', () => {
    const names = ['secretsmanager', 'logs', 'sqs', 'sns', 'kms', 'lambda', 'xray'] as const;
    const template = network({ interfaceEndpoints: [...names] });
    const endpoints = all(template, 'AWS::EC2::VPCEndpoint').filter((e) => e.VpcEndpointType === 'Interface');
    expect(endpoints).toHaveLength(names.length);
    for (const name of names) expect(JSON.stringify(endpoints)).toContain(`.${name}`);
    for (const endpoint of endpoints) expect(endpoint.PrivateDnsEnabled).toBe(true);
  });

  test('interface endpoints admit TLS from the private subnets and nothing else', () => {
    const rules = all(network({ interfaceEndpoints: ['kms', 'sqs'] }), 'AWS::EC2::SecurityGroup').flatMap(
      ({ SecurityGroupIngress = [] }) => SecurityGroupIngress,
    );
    expect(rules).toEqual([
      expect.objectContaining({ CidrIp: '10.0.10.0/24', FromPort: 443, ToPort: 443, IpProtocol: 'tcp' }),
      expect.objectContaining({ CidrIp: '10.0.11.0/24', FromPort: 443, ToPort: 443, IpProtocol: 'tcp' }),
    ]);
  });

  test('an environment that configures none has none', () => {
    const template = network({ interfaceEndpoints: [] });
    template.resourceCountIs('AWS::EC2::VPCEndpoint', 2);
    template.resourceCountIs('AWS::EC2::SecurityGroup', 0);
  });
});

describe('guards', () => {
  test('the default security group is closed', () => {
    network().hasResourceProperties('Custom::VpcRestrictDefaultSG', {
      DefaultSecurityGroupId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Vpc'), 'DefaultSecurityGroup'] },
    });
  });

  test('flow logs record every connection when configured, with a retention', () => {
    const template = network({ flowLogs: true });
    template.hasResourceProperties('AWS::EC2::FlowLog', { TrafficType: 'ALL', ResourceType: 'VPC' });
    template.hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 14 });
    network({ flowLogs: false }).resourceCountIs('AWS::EC2::FlowLog', 0);
  });

  test('only flow logs of this account may use the role that writes them', () => {
    network({ flowLogs: true }).hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Statement: [
          Match.objectLike({
            Principal: { Service: 'vpc-flow-logs.amazonaws.com' },
            Condition: Match.objectLike({ StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } }),
          }),
        ],
      },
    });
  });

  test('no policy lets anything pass a role', () => {
    expect(JSON.stringify(network({ flowLogs: true }).toJSON())).not.toContain('iam:PassRole');
  });
});
