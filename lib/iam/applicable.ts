/**
 * Whether an action can apply to a resource at all. The service authorization reference says which types of resources
 * an action takes, and what their ARNs look like; a statement of several actions and several resources also pairs those
 * that have nothing to do with each other, which allows nothing, and forbids nothing.
 */
import { noSlash, overlap } from './globs';
import { actionsMatching, arnFormatsOf, split } from './service-reference';

/**
 * @param action as written, with its wildcards
 * @param resource `*` or an ARN with references in it, as `${}` or `<>`
 * @param reference what a reference of the resource stands for: one name, or any text. @default any text
 * @returns true for actions that the reference does not know: those are for another check
 */
export function canApply(action: string, resource: string, reference: 'name' | 'any' = 'any'): boolean {
  if (resource === '*' || action === '*') return true;
  const [service] = split(action);
  const known = actionsMatching(action);
  const written = reference === 'name' ? resource.replaceAll(references, 'x') : resource;
  return (
    known.length === 0 ||
    known.some((one) => arnFormatsOf(service, one).some((format) => isLike(service, format, written)))
  );
}

/** What a deployment, a caller or the format fills in. */
const references = /<[^>]*>|\$\{[^}]*\}/g;

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
  const split = arn.replaceAll(references, (text) => text.replaceAll(':', '.')).split(':');
  return split.length < 6 ? split : [...split.slice(0, 5), split.slice(5).join(':')];
}

/** Names of buckets, and what stands for them, have no slash: that is what tells an object from its bucket. */
const glob = (service: string, text: string): string =>
  text.replaceAll(references, (_, at: number) => (service === 's3' && at === 0 ? noSlash : '*'));
