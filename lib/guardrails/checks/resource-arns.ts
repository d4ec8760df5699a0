import { canApply } from '../../iam/applicable';
import { unknown } from '../written';
import { eachStatement } from './finding';

/** An ARN of a kind that an action does not know is no error for IAM: the statement allows, or forbids, nothing. */
export const mismatchedResources = eachStatement(function* ({ kind, statement, actions, write }) {
  if (kind === 'trust' || !statement.Resource || statement.NotAction || actions.includes('*')) return;
  // What is known by the deployment alone may be anything.
  const resources = ([statement.Resource].flat() as unknown[])
    .map(write)
    .map((resource) => (resource === unknown ? '*' : resource));
  const fits = new Map(
    actions.map((action) => [action, resources.filter((resource) => canApply(action, resource))]),
  );
  const used = new Set([...fits.values()].flat());
  for (const resource of resources.filter((candidate) => !used.has(candidate))) {
    yield [
      `None of ${actions.join(', ')} applies to ${resource}`,
      'Name an ARN of a kind that the actions know.',
    ];
  }
  for (const [action, matching] of fits) {
    if (matching.length > 0 || used.size === 0) continue;
    yield [
      `${action} applies to none of ${resources.join(', ')}`,
      'Give the action a statement with ARNs of a kind that it knows.',
    ];
  }
});
