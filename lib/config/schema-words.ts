import * as z from 'zod';
import { either } from './fault';

/** The schema without `optional()`, and whether that was there. */
export function unwrap(schema: z.ZodType): { readonly schema: z.ZodType; readonly optional: boolean } {
  if (!is(schema, 'optional')) return { schema, optional: false };
  return { schema: schema.unwrap() as z.ZodType, optional: true };
}

export type Fields = Readonly<Record<string, z.ZodType>>;

/** Keys and schemas of an object schema, or of all forms of a union of objects; undefined for anything else. */
export function fieldsOf(schema: z.ZodType): Fields | undefined {
  const inner = unwrap(schema).schema;
  if (is(inner, 'object')) return inner.shape as Fields;
  if (!is(inner, 'union')) return undefined;
  const forms = inner.options.map((form) => fieldsOf(form as z.ZodType));
  return forms.every((form) => form !== undefined) ? mergedFields(forms) : undefined;
}

/** Fields of the entries of a list of objects; undefined for anything else. */
export function entryFieldsOf(schema: z.ZodType): Fields | undefined {
  const inner = unwrap(schema).schema;
  return is(inner, 'array') ? fieldsOf(inner.element as z.ZodType) : undefined;
}

/**
 * The form of a union that a value was meant to have: the one whose words it says, or the one with most of its
 * keys. Any other schema is its own only form.
 */
export function formOf(schema: z.ZodType, value: unknown): z.ZodType {
  const inner = unwrap(schema).schema;
  if (!is(inner, 'union')) return inner;
  const given = Object.entries((value ?? {}) as Readonly<Record<string, unknown>>);
  const likeness = (form: z.ZodType) =>
    given.filter(([key]) => fieldsOf(form)?.[key]).length +
    100 * given.filter(([key, word]) => wordsOf(fieldsOf(form)?.[key]).includes(word)).length;
  const [first, ...others] = inner.options as [z.ZodType, ...z.ZodType[]];
  return others.reduce((best, form) => (likeness(form) > likeness(best) ? form : best), first);
}

/** A field that some forms lack is optional in their union, and one that tells them apart takes the words of all. */
function mergedFields(forms: readonly Fields[]): Fields {
  const keys = [...new Set(forms.flatMap((form) => Object.keys(form)))];
  return Object.fromEntries(
    keys.map((key) => {
      const found = forms.map((form) => form[key]).filter((field) => field !== undefined);
      const words = found.flatMap(wordsOf) as string[];
      const shown = found.find((field) => field.description) ?? (found[0] as z.ZodType);
      const everywhere = found.length === forms.length || unwrap(shown).optional;
      const merged = words.length > 0 ? z.enum(words) : everywhere ? shown : shown.optional();
      return [key, merged.describe(shown.description ?? '')];
    }),
  );
}

const wordsOf = (schema: z.ZodType | undefined): readonly unknown[] =>
  schema && is(schema, 'literal') ? [...schema.values] : [];

/** The schema of the value at `path`, or undefined when the path leads outside of the schema. */
export function schemaAt(schema: z.ZodType, path: readonly PropertyKey[]): z.ZodType | undefined {
  let current: z.ZodType | undefined = schema;
  for (const step of path) {
    if (!current) return undefined;
    const inner: z.ZodType = unwrap(current).schema;
    const fields = fieldsOf(inner);
    if (fields) current = fields[String(step)];
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
  if (is(inner, 'union')) return either(inner.options.map((form) => expectation(form as z.ZodType)));
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
  union: z.ZodUnion;
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
