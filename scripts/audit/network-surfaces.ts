/** Addresses and ports that the network has for the outside. */
import { type AuditedAssembly, ofType, placeOf, type Resource } from './assembly';
import type { Network, Surface } from './report';
import type { Statements } from './statements';

export function* machines(assembly: AuditedAssembly, { values, names }: Statements): Generator<Surface> {
  const groupsOf = ({ properties, stackName }: Resource) =>
    ((properties.SecurityGroupIds ?? []) as unknown[]).map((group) => {
      const found = values.resource(group, stackName);
      return found ? names.the(found) : values.written(group, stackName);
    });
  for (const endpoint of ofType(assembly, 'AWS::EC2::InstanceConnectEndpoint')) {
    yield {
      ...placeOf(endpoint),
      what: 'Instance Connect endpoint',
      reachableBy: 'AWS principals with ec2-instance-connect:OpenTunnel',
      protections: groupsOf(endpoint),
    };
  }
  for (const nat of ofType(assembly, 'AWS::EC2::NatGateway')) {
    if (nat.properties.ConnectivityType === 'private') continue;
    yield {
      ...placeOf(nat),
      what: 'NAT gateway with a public address',
      reachableBy: 'nobody: it answers only what was asked from inside',
      protections: [],
    };
  }
  for (const instance of ofType(assembly, 'AWS::EC2::Instance')) {
    const interfaces = (instance.properties.NetworkInterfaces ?? []) as {
      AssociatePublicIpAddress?: boolean;
      GroupSet?: unknown[];
    }[];
    for (const { AssociatePublicIpAddress, GroupSet = [] } of interfaces) {
      if (!AssociatePublicIpAddress) continue;
      yield {
        ...placeOf(instance),
        what: 'instance with a public address',
        reachableBy: 'whomever its security groups let in',
        protections: GroupSet.map((group) => {
          const found = values.resource(group, instance.stackName);
          return found ? names.the(found) : values.written(group, instance.stackName);
        }),
      };
    }
  }
  for (const address of ofType(assembly, 'AWS::EC2::EIP')) {
    const gateways = ofType(assembly, 'AWS::EC2::NatGateway').filter(
      ({ properties, stackName }) => values.resource(properties.AllocationId, stackName) === address,
    );
    // That of a NAT gateway is told with it.
    if (gateways.length > 0) continue;
    yield {
      ...placeOf(address),
      what: 'public address',
      reachableBy: 'whomever the security groups of its instance let in',
      protections: [],
    };
  }
  for (const subnet of ofType(assembly, 'AWS::EC2::Subnet')) {
    if (subnet.properties.MapPublicIpOnLaunch !== true) continue;
    yield {
      ...placeOf(subnet),
      what: 'subnet that gives public addresses to what starts in it',
      reachableBy: 'whomever security groups let in',
      protections: [],
    };
  }
}

export function* publicDatabases(assembly: AuditedAssembly): Generator<Surface> {
  for (const database of ofType(assembly, 'AWS::RDS::DBInstance', 'AWS::RDS::DBCluster')) {
    if (database.properties.PubliclyAccessible !== true) continue;
    yield {
      ...placeOf(database),
      what: 'database with a public address',
      reachableBy: 'whomever its security groups let in',
      protections: [],
    };
  }
}

export function* openPorts(assembly: AuditedAssembly, { rules }: Network): Generator<Surface> {
  for (const { from, to, port, direction, description } of rules) {
    if (direction !== 'ingress' || !/^the internet/.test(from)) continue;
    const group = assembly.resources.find((resource) => resource.path === to);
    if (!group) continue;
    yield {
      ...placeOf(group),
      what: `security group open for ${port} from ${from}`,
      reachableBy: 'whoever has a route to it',
      protections: description ? [description] : [],
    };
  }
}
