import type * as z from 'zod';
import { type Fault, show } from './fault';
import { nearest } from './nearest';
import { expectation, fieldsOf, formOf, schemaAt, unwrap } from './schema-words';

/** Everything in `value` that its schema does not accept. `root` begins every path. */
export function schemaFaults(schema: z.ZodType, value: unknown, root: string): readonly Fault[] {
  const issues = schema.safeParse(value).error?.issues ?? [];
  return issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') return unknownKeys(schema, value, root, issue.path, issue.keys);
    const union = issue.code === 'invalid_union' && schemaAt(schema, issue.path);
    const found = valueAt(value, issue.path);
    if (union && unwrap(union).schema.type === 'union' && typeof found === 'object') {
      return schemaFaults(formOf(union, found), found, join(root, issue.path));
    }
    return [wrongValue(schema, value, root, issue)];
  });
}

function unknownKeys(
  schema: z.ZodType,
  value: unknown,
  root: string,
  path: readonly PropertyKey[],
  keys: readonly string[],
): readonly Fault[] {
  const parent = schemaAt(schema, path);
  const object = valueAt(value, path);
  const known = Object.keys((parent && fieldsOf(formOf(parent, object))) ?? {});
  const present = Object.keys((object as object) ?? {});
  return keys.map((key) => {
    // A key that is there already is no misspelling of itself: offer only those that are still free.
    const meant =
      nearest(
        key,
        known.filter((candidate) => !present.includes(candidate)),
      ) ?? nearest(key, known);
    return {
      path: join(root, [...path, key]),
      found: `an unknown key, with the value ${show(valueAt(value, [...path, key]))}`,
      expected: `one of ${known.join(', ')}`,
      fix: meant ? `Rename it to ${meant}, or remove it.` : 'Remove it.',
    };
  });
}

function wrongValue(schema: z.ZodType, value: unknown, root: string, issue: z.core.$ZodIssue): Fault {
  const path = join(root, issue.path);
  const found = valueAt(value, issue.path);
  const target = schemaAt(schema, issue.path);
  if (issue.code === 'invalid_key') {
    return {
      path,
      found: show(issue.path.at(-1)),
      expected: keyExpectation(schema, issue.path),
      fix: 'Rename the key.',
    };
  }
  const expected = target ? expectation(target) : issue.message;
  // An entry means what its list means.
  const described =
    typeof issue.path.at(-1) === 'number' ? schemaAt(schema, issue.path.slice(0, -1)) : target;
  const meaning = described?.description ? ` ${described.description}` : '';
  return { path, found: show(found), expected, fix: `${changeFor(path, found, expected, target)}${meaning}` };
}

function changeFor(path: string, found: unknown, expected: string, target: z.ZodType | undefined): string {
  if (found === undefined) return `Add ${path}.`;
  const inner = target && unwrap(target).schema;
  const options = inner?.type === 'enum' ? (inner as z.ZodEnum).options.map(String) : [];
  const meant = typeof found === 'string' ? nearest(found, options) : undefined;
  if (meant) return `Did you mean ${show(meant)}?`;
  return expected.length > 60 ? 'Correct the value.' : `Write ${expected}.`;
}

function keyExpectation(schema: z.ZodType, path: readonly PropertyKey[]): string {
  const record = schemaAt(schema, path.slice(0, -1));
  return record?.type === 'record'
    ? expectation((record as z.ZodRecord).keyType as z.ZodType)
    : 'another key';
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce((current, step) => (current as Record<PropertyKey, unknown> | undefined)?.[step], value);
}

/** `environment` and `['network', 'privateSubnets', 1]` as `environment.network.privateSubnets[1]`. */
function join(root: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : `${text}.${String(step)}`),
    root,
  );
}
