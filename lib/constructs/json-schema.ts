import * as z from 'zod';

/**
 * JSON schema keywords that an API Gateway model understands: draft 4 without `$ref`, `id` and the like.
 * Anything else is silently ignored there, which would make a validator look stricter than it is.
 */
const keywords = new Set([
  ...['$schema', 'title', 'description', 'default', 'type', 'enum', 'format', 'pattern'],
  ...['minLength', 'maxLength', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  ...['properties', 'required', 'additionalProperties', 'minProperties', 'maxProperties'],
  ...['items', 'minItems', 'maxItems', 'uniqueItems', 'allOf', 'anyOf', 'oneOf', 'not'],
]);

type JsonObject = { [key: string]: unknown };

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function inspect(schema: unknown, path: string, faults: string[]): unknown {
  if (Array.isArray(schema)) return schema.map((entry, index) => inspect(entry, `${path}/${index}`, faults));
  if (!isObject(schema)) return schema;

  const result: JsonObject = {};
  for (const [key, value] of Object.entries(schema)) {
    // Examples are for readers of the OpenAPI document; models have no use for them.
    if (key === 'examples') continue;
    if (!keywords.has(key)) faults.push(`${path}/${key}`);
    else if (key === 'properties') {
      result[key] = Object.fromEntries(
        Object.entries(value as JsonObject).map(([name, property]) => [
          name,
          inspect(property, `${path}/properties/${name}`, faults),
        ]),
      );
    } else if (key === 'enum' || key === 'default' || key === 'required') result[key] = value;
    else result[key] = inspect(value, `${path}/${key}`, faults);
  }
  return result;
}

/**
 * The draft-4 JSON schema of what a client sends, as an API Gateway model.
 *
 * @throws Error when the zod schema needs a keyword that API Gateway ignores, naming where.
 */
export function requestModel(name: string, schema: z.ZodType): JsonObject {
  const faults: string[] = [];
  const model = inspect(z.toJSONSchema(schema, { target: 'draft-4', io: 'input' }), '#', faults);
  if (faults.length > 0) {
    throw new Error(
      `The request schema of ${name} needs JSON schema keywords that API Gateway does not check: ` +
        `${faults.join(', ')}. Express the rule in another way, or as a zod refinement, which the handler ` +
        'checks and the model leaves out.',
    );
  }
  return model as JsonObject;
}
