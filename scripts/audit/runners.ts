/** What runs as which role. */
import { type AuditedAssembly, ofType, type Resource } from './assembly';
import type { Statements } from './statements';

/** Properties by which a resource says as which role it runs. */
const roleProperties =
  /^(Role|RoleArn|CloudWatchRoleArn|DeliverLogsPermissionArn|ExecutionRoleArn|IamRoleArn|MonitoringRoleArn|ServiceRoleArn|SnsCallerArn)$/;

/** Resources by the role that they run as. */
export function runnersOf(assembly: AuditedAssembly, { values }: Statements): Map<Resource, Resource[]> {
  const runners = new Map<Resource, Resource[]>();
  const profiles = new Map<Resource, Resource[]>();
  const add = (role: Resource | undefined, runner: Resource) => {
    if (role?.type !== 'AWS::IAM::Role') return;
    const known = runners.get(role) ?? [];
    if (!known.includes(runner)) runners.set(role, [...known, runner]);
  };
  for (const profile of ofType(assembly, 'AWS::IAM::InstanceProfile')) {
    const roles = ((profile.properties.Roles ?? []) as unknown[])
      .map((role) => values.resource(role, profile.stackName))
      .filter((role) => role !== undefined);
    profiles.set(profile, roles);
  }
  for (const resource of assembly.resources) {
    if (resource.type.startsWith('AWS::IAM::')) continue;
    for (const [property, value] of everyProperty(resource.properties)) {
      if (roleProperties.test(property)) add(values.resource(value, resource.stackName), resource);
      else if (property === 'IamInstanceProfile') {
        const profile = values.resource(value, resource.stackName);
        for (const role of (profile && profiles.get(profile)) ?? []) add(role, resource);
      }
    }
  }
  return runners;
}

function* everyProperty(value: unknown): Generator<[string, unknown]> {
  if (Array.isArray(value)) for (const item of value) yield* everyProperty(item);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      yield [key, item];
      yield* everyProperty(item);
    }
  }
}
