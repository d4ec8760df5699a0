/** Security groups, which of them may talk to which, and the ways out. */
import { type AuditedAssembly, ofType, placeOf, type Resource } from '../assembly/assembly';
import type { Network } from './report';
import type { Statements } from './statements';

type Rule = Network['rules'][number];

/** A rule of a group, in the form that a property and a resource of its own have in common. */
interface RuleProperties {
  readonly IpProtocol?: unknown;
  readonly FromPort?: number;
  readonly ToPort?: number;
  readonly CidrIp?: unknown;
  readonly CidrIpv6?: unknown;
  readonly SourceSecurityGroupId?: unknown;
  readonly DestinationSecurityGroupId?: unknown;
  readonly SourcePrefixListId?: unknown;
  readonly DestinationPrefixListId?: unknown;
  readonly Description?: string;
}

export function networkOf(assembly: AuditedAssembly, { values, names }: Statements): Network {
  const groups = ofType(assembly, 'AWS::EC2::SecurityGroup');
  const members = membersOf(assembly, values);
  const rule = (
    group: string,
    direction: Rule['direction'],
    properties: RuleProperties,
    stackName: string,
  ): Rule => {
    const peer = peerOf(properties, stackName, values);
    return {
      from: direction === 'ingress' ? peer : group,
      to: direction === 'ingress' ? group : peer,
      port: portOf(properties),
      direction,
      description: properties.Description ?? '',
    };
  };
  const inline = groups.flatMap(({ path, properties, stackName }) => [
    ...((properties.SecurityGroupIngress ?? []) as RuleProperties[]).map((one) =>
      rule(path, 'ingress', one, stackName),
    ),
    ...((properties.SecurityGroupEgress ?? []) as RuleProperties[]).map((one) =>
      rule(path, 'egress', one, stackName),
    ),
  ]);
  const alone = ofType(assembly, 'AWS::EC2::SecurityGroupIngress', 'AWS::EC2::SecurityGroupEgress').map(
    ({ type, properties, stackName }) => {
      const group = values.resource(properties.GroupId, stackName);
      const direction = type.endsWith('Ingress') ? 'ingress' : 'egress';
      return rule(
        group?.path ?? values.written(properties.GroupId, stackName),
        direction,
        properties,
        stackName,
      );
    },
  );
  return {
    groups: groups.map((group) => ({
      ...placeOf(group),
      name: names.plain(group),
      members: (members.get(group) ?? []).map(({ path }) => path),
    })),
    rules: [...inline, ...alone],
    endpoints: ofType(assembly, 'AWS::EC2::VPCEndpoint').map((endpoint) => ({
      ...placeOf(endpoint),
      service: values
        .written(endpoint.properties.ServiceName, endpoint.stackName)
        .replace(/^com\.amazonaws\.[^.]+\./, ''),
      kind: String(endpoint.properties.VpcEndpointType ?? 'Gateway').toLowerCase(),
      policy: endpoint.properties.PolicyDocument ? 'its own' : 'everything is allowed',
    })),
    routes: ofType(assembly, 'AWS::EC2::Route').map((route) => {
      const { DestinationCidrBlock, DestinationIpv6CidrBlock, RouteTableId } = route.properties;
      const table = values.resource(RouteTableId, route.stackName);
      return {
        ...placeOf(route),
        from: (table?.path ?? values.written(RouteTableId, route.stackName)).replace(/\/RouteTable$/, ''),
        to: cidr(String(DestinationCidrBlock ?? DestinationIpv6CidrBlock)),
        through: throughOf(route, values, names),
      };
    }),
  };
}

/** The next hop of a route: the only other reference that it has. */
function throughOf(
  { properties, stackName }: Resource,
  values: Statements['values'],
  names: Statements['names'],
): string {
  const hops = [
    'GatewayId',
    'NatGatewayId',
    'InstanceId',
    'EgressOnlyInternetGatewayId',
    'NetworkInterfaceId',
  ];
  const hop = hops.map((property) => values.resource(properties[property], stackName)).find(Boolean);
  return hop ? names.the(hop) : 'something outside of these templates';
}

/** Resources by the groups they are in. */
function membersOf(assembly: AuditedAssembly, values: Statements['values']): Map<Resource, Resource[]> {
  const members = new Map<Resource, Resource[]>();
  for (const resource of assembly.resources) {
    for (const value of groupsIn(resource.properties)) {
      const group = values.resource(value, resource.stackName);
      if (group?.type !== 'AWS::EC2::SecurityGroup') continue;
      const known = members.get(group) ?? [];
      if (!known.includes(resource)) members.set(group, [...known, resource]);
    }
  }
  return members;
}

/** What the properties `SecurityGroupIds`, `VpcSecurityGroupIds`, `VPCSecurityGroups`, `GroupSet` and so on list. */
function* groupsIn(value: unknown): Generator<unknown> {
  if (Array.isArray(value)) for (const item of value) yield* groupsIn(item);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      if (/^(\w*SecurityGroup(Id)?s|GroupSet)$/i.test(key) && Array.isArray(item)) yield* item;
      else yield* groupsIn(item);
    }
  }
}

function peerOf(properties: RuleProperties, stackName: string, values: Statements['values']): string {
  const { SourceSecurityGroupId, DestinationSecurityGroupId, SourcePrefixListId, DestinationPrefixListId } =
    properties;
  const group = SourceSecurityGroupId ?? DestinationSecurityGroupId;
  if (group !== undefined) {
    return values.resource(group, stackName)?.path ?? values.written(group, stackName);
  }
  const list = SourcePrefixListId ?? DestinationPrefixListId;
  if (list !== undefined) return `prefix list ${values.written(list, stackName)}`;
  return cidr(values.written(properties.CidrIp ?? properties.CidrIpv6, stackName));
}

function cidr(block: string): string {
  if (block === '0.0.0.0/0' || block === '::/0') return `the internet (${block})`;
  // The CDK writes the rule so that EC2 does not add its own, which allows everything.
  if (block === '255.255.255.255/32') return `nothing (${block})`;
  return block;
}

function portOf({ IpProtocol, FromPort, ToPort }: RuleProperties): string {
  const protocol = String(IpProtocol);
  if (protocol === '-1') return 'every protocol and port';
  if (FromPort === undefined || FromPort === -1) return `every ${protocol}`;
  if (FromPort === 0 && ToPort === 65535) return `every ${protocol} port`;
  return FromPort === ToPort ? `${protocol} ${FromPort}` : `${protocol} ${FromPort}-${ToPort}`;
}
