import type { EnvironmentConfig } from '../config/schema';
import { holdsData } from './stateful';
import type { Templates, Violation } from './template';

/** What may happen to data, by the environment's `removal`. */
const allowed: Record<EnvironmentConfig['removal'], readonly string[]> = {
  destroy: ['Delete', 'Snapshot', 'Retain', 'RetainExceptOnCreate'],
  snapshot: ['Snapshot', 'Retain', 'RetainExceptOnCreate'],
  retain: ['Retain', 'RetainExceptOnCreate'],
};

/** Whatever holds data says what becomes of it when it is removed or replaced, and says what was configured. */
export function checkRemovalPolicies(
  templates: Templates,
  removal: EnvironmentConfig['removal'],
): Violation[] {
  const violations: Violation[] = [];
  for (const [stack, { Resources = {} }] of Object.entries(templates)) {
    for (const [logicalId, resource] of Object.entries(Resources)) {
      if (!holdsData.has(resource.Type)) continue;
      for (const policy of ['DeletionPolicy', 'UpdateReplacePolicy'] as const) {
        const found = resource[policy];
        if (found && allowed[removal].includes(found)) continue;
        violations.push({
          rule: 'removal-policy',
          stack,
          logicalId,
          description: `${resource.Type} has ${policy} ${found ?? 'not set'}, expected ${allowed[removal].join(' or ')}`,
          fix: `Apply the removal policy of the environment (removal: ${removal}) to both deletion and replacement.`,
        });
      }
    }
  }
  return violations;
}
