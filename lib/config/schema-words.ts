import type * as z from 'zod';
import { either } from './fault';

/** The schema without `optional()`, and whether that was there. */
export function unwrap(schema: z.ZodType): { readonly schema: z.ZodType; readonly optional: boolean } {
  if (!is(schema, 'optional')) return { schema, optional: false };
  return { schema: schema.unwrap() as z.ZodType, optional: true };
}

/** Keys and schemas of an object schema; undefined for anything else. */
export function fieldsOf(schema: z.ZodType): Readonly<Record<string, z.ZodType>> | undefined {
  const inner = unwrap(schema).schema;
  return is(inner, 'object') ? (inner.shape as Record<string, z.ZodType>) : undefined;
}

/** The schema of the value at `path`, or undefined when the path leads outside of the schema. */
export function schemaAt(schema: z.ZodType, path: readonly PropertyKey[]): z.ZodType | undefined {
  let current: z.ZodType | undefined = schema;
  for (const step of path) {
    if (!current) return undefined;
    const inner: z.ZodType = unwrap(current).schema;
    if (is(inner, 'object')) current = (inner.shape as Record<string, z.ZodType>)[String(step)];
    else if (is(inner, 'array')) current = inner.element as z.ZodType;
    else if (is(inner, 'record')) current = inner.valueType as z.ZodType;
    else return undefined;
  }
  return current;
}

/** What a schema accepts, in words: `a whole number from 0 to 35`. */
export function expectation(schema: z.ZodType): string {
  const inner = unwrap(schema).schema;
  const written = inner.meta()?.expected;
  if (typeof written === 'string') return written;
  if (is(inner, 'enum')) return either(inner.options.map((option) => JSON.stringify(option)));
  if (is(inner, 'literal')) return either([...inner.values].map((value) => JSON.stringify(value)));
  if (is(inner, 'boolean')) return 'true or false';
  if (is(inner, 'number')) return numberWords(inner);
  if (is(inner, 'string')) return inner.format === 'email' ? 'an e-mail address' : 'a text that is not empty';
  if (is(inner, 'array')) {
    const several = has(inner, 'min_length') ? 'a list of at least one entry' : 'a list';
    return `${several}, each ${expectation(inner.element as z.ZodType)}`;
  }
  if (is(inner, 'object')) return `an object with ${Object.keys(inner.shape).join(', ')}`;
  if (is(inner, 'record')) return 'an object of texts';
  throw new Error(
    `No words for a schema of type ${inner.type}; add them to expectation() in lib/config/schema-words.ts`,
  );
}

function numberWords(schema: z.ZodNumber): string {
  const kind = schema.isInt ? 'a whole number' : 'a number';
  const low = bound(schema, 'greater_than');
  const high = bound(schema, 'less_than');
  if (low?.inclusive && high?.inclusive) return `${kind} from ${low.value} to ${high.value}`;
  const limits = [
    low && (low.inclusive ? `of at least ${low.value}` : `above ${low.value}`),
    high && (high.inclusive ? `of at most ${high.value}` : `below ${high.value}`),
  ].filter((limit) => limit !== undefined);
  return limits.length === 0 ? kind : `${kind} ${limits.join(' and ')}`;
}

interface Bound {
  readonly value: number;
  readonly inclusive: boolean;
}

const definitions = (schema: z.ZodType) => schema.def.checks?.map((check) => check._zod.def) ?? [];
const has = (schema: z.ZodType, check: string) =>
  definitions(schema).some((definition) => definition.check === check);
const bound = (schema: z.ZodType, check: string) =>
  definitions(schema).find((definition) => definition.check === check) as (Bound & object) | undefined;

interface Kinds {
  optional: z.ZodOptional;
  object: z.ZodObject;
  array: z.ZodArray;
  record: z.ZodRecord;
  enum: z.ZodEnum;
  literal: z.ZodLiteral;
  boolean: z.ZodBoolean;
  number: z.ZodNumber;
  string: z.ZodString;
}

/** Tells schemas apart by their declared type: `instanceof` fails as soon as two copies of zod are loaded. */
function is<K extends keyof Kinds>(schema: z.ZodType, kind: K): schema is Kinds[K] {
  return schema.type === kind;
}
