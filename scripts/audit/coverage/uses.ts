/** Which grants the local runtime used, from its record of accesses. */
import type { Denial, Use } from '../../local/access-record';
import { generatedName } from '../../local/deployment';
import { type Grant, type Grants, managedPolicy } from './grants';

export interface DeniedAccess {
  /** Path of the role; the name of a service, or `anonymous`. */
  readonly caller: string;
  readonly action: string;
  readonly resource: string;
  readonly where: string;
}

/** Path of the role that a caller is, in an assembly that ran locally; the caller's name when it is no role of it. */
function rolesByCaller({ roles }: Grants): (caller: string) => string {
  const paths = new Map(roles.map(({ path, stack, logicalId }) => [generatedName(stack, logicalId), path]));
  return (caller) => paths.get(caller.slice(caller.lastIndexOf('/') + 1)) ?? caller;
}

/** Grants that allowed something, in the order of the assembly. */
export function usedGrants(grants: Grants, uses: readonly Use[]): Grant[] {
  const roleOf = rolesByCaller(grants);
  const places = new Set<string>();
  for (const { kind, caller, policy, index, granted, resourceIndex } of uses) {
    if (kind !== 'identity') continue;
    places.add(placeKey(roleOf(caller), policy, index, granted, resourceIndex));
    places.add(placeKey(roleOf(caller), policy));
  }
  return grants.grants.filter(({ role, action, places: written }) =>
    written.some(({ policy, index, resourceIndex }) =>
      places.has(
        action === managedPolicy
          ? placeKey(role, policy)
          : placeKey(role, policy, index, action, resourceIndex),
      ),
    ),
  );
}

const placeKey = (...parts: readonly (string | number | undefined)[]): string => parts.join(' ');

export function deniedAccesses(grants: Grants, denials: readonly Denial[]): DeniedAccess[] {
  const roleOf = rolesByCaller(grants);
  return denials.map(({ caller, action, resource, where }) => ({
    caller: roleOf(caller),
    action,
    resource,
    where,
  }));
}
