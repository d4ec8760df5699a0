/** The policy of a browser upload: signed JSON that says which form fields, which values and which sizes are fine. */
import { AwsError } from '../errors';

export interface PostPolicy {
  /** Milliseconds since 1970. */
  readonly expires: number;
  readonly conditions: readonly Condition[];
}

type Condition =
  | { readonly kind: 'eq' | 'starts-with'; readonly field: string; readonly value: string }
  | { readonly kind: 'content-length-range'; readonly min: number; readonly max: number };

const invalid = (message: string) => new AwsError('InvalidPolicyDocument', `Invalid Policy: ${message}`);
const denied = (message: string) =>
  new AwsError('AccessDenied', `Invalid according to Policy: ${message}`, 403);

function readCondition(condition: unknown): Condition[] {
  if (Array.isArray(condition)) return [readList(condition)];
  if (typeof condition !== 'object' || condition === null) throw invalid('Invalid Condition.');
  return Object.entries(condition).map(([field, value]) => {
    if (typeof value !== 'string')
      throw invalid(`Invalid Simple-Condition: the value of ${field} must be a string.`);
    return { kind: 'eq', field: field.toLowerCase(), value };
  });
}

function readList(condition: unknown[]): Condition {
  const [operator, first, second] = condition;
  const kind = String(operator).toLowerCase();
  if (condition.length !== 3) throw invalid('Invalid Condition: wrong number of arguments.');
  if (kind === 'content-length-range') {
    const [min, max] = [Number(first), Number(second)];
    if (!Number.isInteger(min) || !Number.isInteger(max) || min < 0 || max < min)
      throw invalid('Invalid content-length-range.');
    return { kind, min, max };
  }
  if (
    (kind !== 'eq' && kind !== 'starts-with') ||
    typeof first !== 'string' ||
    typeof second !== 'string' ||
    !first.startsWith('$')
  )
    throw invalid(`Invalid Condition: ${JSON.stringify(condition)}`);
  return { kind, field: first.slice(1).toLowerCase(), value: second };
}

export function parsePolicy(base64: string): PostPolicy {
  let document: { expiration?: unknown; conditions?: unknown };
  try {
    document = JSON.parse(Buffer.from(base64, 'base64').toString('utf8'));
  } catch (error) {
    throw invalid(`Invalid JSON. ${(error as Error).message}`);
  }
  const expires = typeof document?.expiration === 'string' ? Date.parse(document.expiration) : Number.NaN;
  if (Number.isNaN(expires)) throw invalid('Invalid or missing expiration.');
  if (!Array.isArray(document.conditions)) throw invalid('Policy missing conditions.');
  return { expires, conditions: document.conditions.flatMap(readCondition) };
}

/** Fields that no condition needs to name. */
const FREE = new Set(['bucket', 'policy', 'x-amz-signature', 'signature', 'awsaccesskeyid', 'file']);

/** @throws AwsError naming the condition that does not hold, or the field that no condition covers */
export function checkFields(policy: PostPolicy, fields: ReadonlyMap<string, string>, now: number): void {
  if (now > policy.expires) throw denied('Policy expired.');
  const covered = new Set<string>();
  for (const condition of policy.conditions) {
    if (condition.kind === 'content-length-range') continue;
    const { kind, field, value } = condition;
    covered.add(field);
    if (!holds(kind, field, fields.get(field), value))
      throw denied(`Policy Condition failed: ["${kind}", "$${displayName(field)}", "${value}"]`);
  }
  const extra = [...fields.keys()].filter(
    (name) => !covered.has(name) && !FREE.has(name) && !name.startsWith('x-ignore-'),
  );
  if (extra.length > 0) throw denied(`Extra input fields: ${extra.join(', ')}`);
}

const displayName = (field: string): string =>
  field.startsWith('x-amz-') || !field.includes('-')
    ? field
    : field.replace(/(^|-)[a-z]/g, (c) => c.toUpperCase());

function holds(
  kind: 'eq' | 'starts-with',
  field: string,
  actual: string | undefined,
  expected: string,
): boolean {
  if (kind === 'eq') return actual === expected;
  if (actual === undefined) return expected === '';
  // A list of content types must hold for each of them.
  const values = field === 'content-type' ? actual.split(',') : [actual];
  return values.every((value) => value.startsWith(expected));
}

/** Allowed sizes in bytes, both ends included; several ranges must all hold. */
export function sizeRange({ conditions }: PostPolicy): { min: number; max: number } {
  let [min, max] = [0, 5 * 1024 ** 3];
  for (const condition of conditions) {
    if (condition.kind !== 'content-length-range') continue;
    min = Math.max(min, condition.min);
    max = Math.min(max, condition.max);
  }
  return { min, max };
}
