import { actionsMatching, arnFormatsOf, split } from '../action-list';
import { noSlash, overlap } from '../globs';
import { unknown } from '../written';
import { eachStatement } from './finding';

/** An ARN of a kind that an action does not know is no error for IAM: the statement allows, or forbids, nothing. */
export const mismatchedResources = eachStatement(function* ({ kind, statement, actions, write }) {
  if (kind === 'trust' || !statement.Resource || statement.NotAction || actions.includes('*')) return;
  const resources = ([statement.Resource].flat() as unknown[]).map(write);
  const fits = new Map(
    actions.map((action) => [action, resources.filter((resource) => canBeAllowedOn(action, resource))]),
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

/** What a deployment, a caller or the format fills in. */
const references = /<[^>]*>|\$\{[^}]*\}/g;

function canBeAllowedOn(action: string, resource: string): boolean {
  if (resource === '*' || resource === unknown) return true;
  const [service] = split(action);
  const known = actionsMatching(action);
  // Words that are no action are for another rule.
  return (
    known.length === 0 ||
    known.some((one) => arnFormatsOf(service, one).some((format) => isLike(service, format, resource)))
  );
}

function isLike(service: string, format: string, resource: string): boolean {
  const expected = parts(format);
  const found = parts(resource);
  if (found.length < 6) return overlap(glob(service, format), glob(service, resource));
  // Partition and region are the deployment's affair; the account of a bucket's ARN is empty.
  return [2, 4, 5].every((index) =>
    overlap(glob(service, expected[index] ?? ''), glob(service, found[index] ?? '')),
  );
}

/** The six parts of an ARN; the last one may have colons. A reference may have some as well. */
function parts(arn: string): string[] {
  const split = arn.replaceAll(references, (reference) => reference.replaceAll(':', '.')).split(':');
  return split.length < 6 ? split : [...split.slice(0, 5), split.slice(5).join(':')];
}

/** Names of buckets, and what stands for them, have no slash: that is what tells an object from its bucket. */
const glob = (service: string, text: string): string =>
  text.replaceAll(references, (_, at: number) => (service === 's3' && at === 0 ? noSlash : '*'));
