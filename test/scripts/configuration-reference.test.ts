import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as z from 'zod';
import { blueprintSchema, environmentSchema } from '../../lib/config/schema';
import { entryFieldsOf, fieldsOf } from '../../lib/config/schema-words';
import { configurationReference } from '../../scripts/configuration-reference';

const page = configurationReference();

test('docs/configuration.md is what the schema says today (if it is meant: npm run docs)', () => {
  expect(readFileSync(join(__dirname, '../../docs/configuration.md'), 'utf8')).toBe(page);
});

const settings = (schema: z.ZodType, path: readonly string[] = []): (readonly [string, z.ZodType])[] =>
  [...Object.entries(fieldsOf(schema) ?? {}), ...Object.entries(entryFieldsOf(schema) ?? {})].flatMap(
    ([key, field]) => {
      const here = [...path, key];
      const inside = entryFieldsOf(field) ? [...path, `${key}[]`] : here;
      return [[here.join('.'), field] as const, ...settings(field, inside)];
    },
  );

test('every setting says what it means', () => {
  const silent = [...settings(environmentSchema), ...settings(blueprintSchema)]
    .filter(([, schema]) => !schema.description)
    .map(([path]) => path);
  expect(silent).toEqual([]);
});

test('every setting has its row', () => {
  const missing = [...settings(environmentSchema), ...settings(blueprintSchema)]
    .filter(([, schema]) => !fieldsOf(schema))
    .filter(([path]) => !page.includes(`| \`${path}\` |`))
    .map(([path]) => path);
  expect(missing).toEqual([]);
});

test('every table row has as many cells as its header', () => {
  const widths = page
    .split('\n\n')
    .filter((block) => block.startsWith('| Setting'))
    .map(
      (block) =>
        new Set(
          block
            .trim()
            .split('\n')
            .map((line) => line.split(/(?<!\\)\|/).length),
        ).size,
    );
  expect(new Set(widths)).toEqual(new Set([1]));
});
