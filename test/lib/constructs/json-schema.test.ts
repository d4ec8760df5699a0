import Ajv from 'ajv-draft-04';
import * as z from 'zod';
import { requestModel } from '../../../lib/constructs/json-schema';

const schema = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(5)
    .meta({ examples: ['Ann'] }),
  size: z.int().min(1),
  kind: z.enum(['a', 'b']).optional(),
});

test('a model is draft-04 JSON schema and carries no examples', () => {
  const model = requestModel('createThing', schema);
  expect(model.$schema).toBe('http://json-schema.org/draft-04/schema#');
  expect(JSON.stringify(model)).not.toContain('examples');
});

test('a model accepts and refuses what the zod schema does', () => {
  const check = new Ajv({ strict: false, validateFormats: false }).compile(
    requestModel('createThing', schema),
  );
  const bodies = [
    { name: 'Ann', size: 1 },
    { name: 'Ann', size: 1, kind: 'a' },
    { name: '', size: 1 },
    { name: 'too long', size: 1 },
    { name: 'Ann', size: 0 },
    { name: 'Ann', size: 1.5 },
    { name: 'Ann', size: 1, kind: 'c' },
    { name: 'Ann' },
    { name: 'Ann', size: 1, more: true },
    [],
    null,
  ];
  for (const body of bodies)
    expect({ body, ok: check(body) }).toEqual({ body, ok: schema.safeParse(body).success });
});

test('a keyword that API Gateway would ignore is refused with its place', () => {
  const tuple = z.strictObject({ pair: z.tuple([z.string()]).rest(z.number()) });
  expect(() => requestModel('createThing', tuple)).toThrow(
    /createThing.*#\/properties\/pair\/additionalItems/,
  );
});

test('a property that happens to be named like a keyword is no keyword', () => {
  const body = z.strictObject({ examples: z.string(), contains: z.string() });
  expect(requestModel('createThing', body)).toMatchObject({
    properties: { examples: { type: 'string' }, contains: { type: 'string' } },
    required: ['examples', 'contains'],
  });
});
