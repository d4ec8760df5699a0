/** Attributes of users: who may set which, and when a new e-mail address counts. */
import { AwsError } from '../errors';
import { checkCode, deliveryTo, type Occasion, sendCode } from './codes';
import type { Client, User } from './records';
import { checkValue } from './schema';
import type { UserPool } from './user-pool';

export type Attributes = readonly { readonly Name: string; readonly Value?: string | undefined }[];

const invalid = (message: string) => new AwsError('InvalidParameterException', message);

/** Set by Cognito alone, or by an administrator. */
const ADMIN_ONLY = ['sub', 'email_verified', 'phone_number_verified'];

/** Whether a user may set an attribute through this client. */
export const writableBy =
  ({ settings: { writable } }: Client) =>
  (name: string): boolean =>
    !ADMIN_ONLY.includes(name) && (!writable || writable.includes(name));

export const writableByAdministrator = (name: string): boolean => name !== 'sub';

/** @throws AwsError when an attribute is unknown, not writable, or has a value against the schema */
export function readAttributes(
  pool: UserPool,
  attributes: Attributes,
  writable: (name: string) => boolean,
): Record<string, string> {
  const result: Record<string, string> = {};
  for (const { Name, Value = '' } of attributes) {
    const attribute = pool.settings.schema.get(Name);
    if (!attribute)
      throw invalid(`Attributes did not conform to the schema: ${Name}: Attribute does not exist in schema.`);
    if (!writable(Name))
      throw new AwsError('NotAuthorizedException', 'A client attempted to write unauthorized attribute');
    checkValue(attribute, Value);
    result[Name] = Name === 'email' ? pool.normalize(Value) : Value;
  }
  return result;
}

/** Names of required attributes that are not there. */
export function missingAttributes(pool: UserPool, attributes: Readonly<Record<string, string>>): string[] {
  return pool.settings.requiredAttributes.filter((name) => attributes[name] === undefined);
}

export function requireAttributes(pool: UserPool, attributes: Readonly<Record<string, string>>): void {
  const [missing] = missingAttributes(pool, attributes);
  if (missing)
    throw invalid(`Attributes did not conform to the schema: ${missing}: The attribute is required`);
}

function requireMutable(pool: UserPool, names: readonly string[]): void {
  const fixed = names.find((name) => !pool.settings.schema.get(name)?.mutable);
  if (fixed) throw invalid(`user.${fixed}: Attribute cannot be updated.`);
}

function requireFreeEmail(pool: UserPool, user: User, email: string): void {
  if (!pool.settings.emailIsUsername) return;
  const owner = pool.find(email);
  if (owner && owner.username !== user.username)
    throw new AwsError('AliasExistsException', 'An account with the given email already exists.');
}

/**
 * Sets attributes of a user. A new e-mail address has to be verified: until then the old one stays where the pool
 * keeps the original, else the new one counts as unverified. An administrator may vouch for it with email_verified.
 * @returns where a code went, for UpdateUserAttributes
 */
export async function updateAttributes(
  pool: UserPool,
  user: User,
  given: Readonly<Record<string, string>>,
  occasion: Occasion,
): Promise<{ CodeDeliveryDetailsList: ReturnType<typeof deliveryTo>[] }> {
  requireMutable(pool, Object.keys(given));
  const { verifiesEmail, keepsOriginalEmail } = pool.settings;
  const { email, ...others } = given;
  if (email === undefined || email === user.attributes.email) {
    await pool.change(user, ({ attributes }) => ({ attributes: { ...attributes, ...given } }));
    return { CodeDeliveryDetailsList: [] };
  }
  requireFreeEmail(pool, user, email);
  const vouched = others.email_verified === 'true';
  const changed = await pool.change(user, ({ attributes }) =>
    keepsOriginalEmail && !vouched
      ? { attributes: { ...attributes, ...others }, unverified: { email } }
      : {
          attributes: { ...attributes, email_verified: 'false', ...given },
          unverified: undefined,
        },
  );
  if (vouched || !(verifiesEmail || keepsOriginalEmail)) return { CodeDeliveryDetailsList: [] };
  await sendCode(pool, changed, 'attribute', occasion, email);
  return { CodeDeliveryDetailsList: [deliveryTo(email)] };
}

export async function deleteAttributes(pool: UserPool, user: User, names: readonly string[]): Promise<void> {
  const { schema } = pool.settings;
  for (const name of names) {
    const attribute = schema.get(name);
    if (!attribute)
      throw invalid(`Attributes did not conform to the schema: ${name}: Attribute does not exist in schema.`);
    if (attribute.required)
      throw invalid(`Attributes did not conform to the schema: ${name}: The attribute is required`);
  }
  requireMutable(pool, names);
  await pool.change(user, ({ attributes, unverified }) => ({
    attributes: Object.fromEntries(Object.entries(attributes).filter(([name]) => !names.includes(name))),
    unverified: names.includes('email') ? undefined : unverified,
  }));
}

function requireEmail(name: string): void {
  if (name !== 'email') throw invalid(`Invalid attribute name provided: ${name}`);
}

/** Sends a code to the address that waits for one, else to the current one. */
export async function sendAttributeCode(pool: UserPool, user: User, name: string, occasion: Occasion) {
  requireEmail(name);
  const email = user.unverified?.email ?? user.attributes.email;
  if (email === undefined) throw invalid('User does not have an email address to verify.');
  await sendCode(pool, user, 'attribute', occasion, email);
  return { CodeDeliveryDetails: deliveryTo(email) };
}

export async function verifyAttribute(pool: UserPool, user: User, name: string, code: string): Promise<void> {
  requireEmail(name);
  await checkCode(pool, user, 'attribute', code);
  const current = pool.users.get(user.username);
  const email = current?.unverified?.email;
  // Somebody else may have taken the address meanwhile.
  if (email !== undefined) requireFreeEmail(pool, user, email);
  await pool.change(user, ({ attributes }) => ({
    attributes: { ...attributes, ...(email !== undefined && { email }), email_verified: 'true' },
    unverified: undefined,
  }));
}
