/** The attributes a pool knows, and what their values must be. */
import * as z from 'zod';
import { AwsError } from '../errors';

const flag = z.union([z.boolean(), z.stringbool()]);

/** A member of the property `Schema`. */
export const declaredAttribute = z.strictObject({
  Name: z.string(),
  AttributeDataType: z.enum(['String', 'Number', 'Boolean', 'DateTime']).optional(),
  Mutable: flag.optional(),
  Required: flag.optional(),
  StringAttributeConstraints: z
    .strictObject({ MinLength: z.coerce.number().optional(), MaxLength: z.coerce.number().optional() })
    .optional(),
  NumberAttributeConstraints: z
    .strictObject({ MinValue: z.coerce.number().optional(), MaxValue: z.coerce.number().optional() })
    .optional(),
  // Deprecated on AWS; such attributes have another prefix.
  DeveloperOnlyAttribute: z.literal(false).optional(),
});

export interface Attribute {
  readonly name: string;
  readonly type: 'String' | 'Number' | 'Boolean' | 'DateTime';
  readonly mutable: boolean;
  readonly required: boolean;
  /** Of a text its length, of a number its value. */
  readonly minimum: number | undefined;
  readonly maximum: number | undefined;
}

export type Schema = ReadonlyMap<string, Attribute>;

/** Attributes every pool knows, from OpenID Connect. */
const STANDARD_ATTRIBUTES = [
  'address',
  'birthdate',
  'email',
  'email_verified',
  'family_name',
  'gender',
  'given_name',
  'locale',
  'middle_name',
  'name',
  'nickname',
  'phone_number',
  'phone_number_verified',
  'picture',
  'preferred_username',
  'profile',
  'sub',
  'updated_at',
  'website',
  'zoneinfo',
];

const LONGEST = 2048;

function standard(name: string): Attribute {
  const type =
    name === 'updated_at' ? 'Number' : /_verified$/.test(name) ? ('Boolean' as const) : ('String' as const);
  const maximum = type === 'String' ? LONGEST : undefined;
  return { name, type, mutable: name !== 'sub', required: name === 'sub', minimum: undefined, maximum };
}

/** Standard attributes as the pool declares them, then its own with their `custom:` prefix. */
export function readSchema(declared: readonly z.infer<typeof declaredAttribute>[]): Schema {
  const schema = new Map(STANDARD_ATTRIBUTES.map((name) => [name, standard(name)]));
  for (const attribute of declared) {
    const known = schema.get(attribute.Name);
    const name = known ? attribute.Name : `custom:${attribute.Name}`;
    const type = known?.type ?? attribute.AttributeDataType ?? 'String';
    const limits = type === 'Number' ? attribute.NumberAttributeConstraints : undefined;
    const lengths = type === 'String' ? attribute.StringAttributeConstraints : undefined;
    schema.set(name, {
      name,
      type,
      // As on AWS: standard attributes can be changed unless they say otherwise, custom ones only if they say so.
      mutable: attribute.Mutable ?? known !== undefined,
      required: attribute.Required ?? false,
      minimum: limits?.MinValue ?? lengths?.MinLength,
      maximum: limits?.MaxValue ?? lengths?.MaxLength ?? (type === 'String' ? LONGEST : undefined),
    });
  }
  return schema;
}

/** @throws AwsError InvalidParameterException in Cognito's words */
export function checkValue({ name, type, minimum, maximum }: Attribute, value: string): void {
  const fault = (what: string) =>
    new AwsError('InvalidParameterException', `Attributes did not conform to the schema: ${name}: ${what}`);
  if (type === 'Boolean' && value !== 'true' && value !== 'false')
    throw fault('Attribute value must be true or false');
  if (type === 'DateTime' && Number.isNaN(Date.parse(value))) throw fault('Attribute value must be a date');
  if (type === 'Number' && (value.trim() === '' || !Number.isInteger(Number(value))))
    throw fault('Attribute value must be a number');
  const measured = type === 'Number' ? Number(value) : value.length;
  const unit = type === 'Number' ? '' : 'String length ';
  if (minimum !== undefined && measured < minimum)
    throw fault(`${unit}must not be less than ${minimum}`.trim());
  if (maximum !== undefined && measured > maximum)
    throw fault(`${unit}must not be greater than ${maximum}`.trim());
  if (name === 'email' && !isEmail(value)) throw fault('Invalid email address format.');
}

const EMAIL = /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/;

export const isEmail = (text: string): boolean => EMAIL.test(text);
