/** Users come into being, are confirmed, and recover their password. */
import { randomUUID } from 'node:crypto';
import { AwsError } from '../errors';
import { randomPassword } from '../random-password';
import { checkPolicy, hashPassword } from './passwords';
import type { Client, User } from './records';
import { STANDARD_ATTRIBUTES } from './settings';
import type { UserPool } from './user-pool';

export type Attributes = readonly { readonly Name: string; readonly Value?: string | undefined }[];

const CONFIRMATION_S = 24 * 3600;
const RESET_S = 3600;
const DAY_MS = 86_400_000;

const invalid = (message: string) => new AwsError('InvalidParameterException', message);
/** Set by Cognito alone, or by an administrator. */
const ADMIN_ONLY = ['sub', 'email_verified', 'phone_number_verified'];

function readAttributes(
  pool: UserPool,
  attributes: Attributes,
  writable: (name: string) => boolean,
): Record<string, string> {
  const known = [...STANDARD_ATTRIBUTES, ...pool.settings.customAttributes];
  const result: Record<string, string> = {};
  for (const { Name, Value = '' } of attributes) {
    if (!known.includes(Name))
      throw invalid(`Attributes did not conform to the schema: ${Name}: Attribute does not exist in schema.`);
    if (!writable(Name))
      throw new AwsError('NotAuthorizedException', 'A client attempted to write unauthorized attribute');
    result[Name] = Value;
  }
  return result;
}

const EMAIL = /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/;

function newUser(pool: UserPool, name: string, given: Record<string, string>, status: User['status']): User {
  const { emailIsUsername, requiredAttributes, caseSensitive } = pool.settings;
  if (emailIsUsername && !EMAIL.test(name)) throw invalid('Username should be an email.');
  const sub = randomUUID();
  const email = emailIsUsername ? name : given.email;
  const attributes: Record<string, string> = { ...given, sub };
  if (email !== undefined) attributes.email = caseSensitive ? email : email.toLowerCase();
  for (const required of requiredAttributes)
    if (attributes[required] === undefined)
      throw invalid(`Attributes did not conform to the schema: ${required}: The attribute is required`);
  const existing = pool.find(name);
  if (existing)
    throw new AwsError(
      'UsernameExistsException',
      emailIsUsername ? 'An account with the given email already exists.' : 'User already exists',
    );
  const username = emailIsUsername ? sub : caseSensitive ? name : name.toLowerCase();
  const now = pool.now();
  return { username, sub, attributes, status, enabled: true, created: now, modified: now, codes: {} };
}

/** `u***@e***` */
const masked = (email: string): string => email.replace(/^(.)[^@]*@(.).*$/, '$1***@$2***');

const delivery = (email: string) => ({
  CodeDeliveryDetails: { Destination: masked(email), DeliveryMedium: 'EMAIL', AttributeName: 'email' },
});

export async function signUp(
  pool: UserPool,
  client: Client,
  name: string,
  password: string,
  attributes: Attributes,
) {
  if (!pool.settings.selfSignUp)
    throw new AwsError('NotAuthorizedException', 'SignUp is not permitted for this user pool');
  checkPolicy(password, pool.settings.password);
  const { writable } = client.settings;
  const given = readAttributes(
    pool,
    attributes,
    (attribute) => !ADMIN_ONLY.includes(attribute) && (!writable || writable.includes(attribute)),
  );
  const hash = await hashPassword(password);
  // No await between the check for an existing user and adding the new one: two sign-ups cannot both pass.
  const user = newUser(pool, name, given, 'UNCONFIRMED');
  if (user.attributes.email !== undefined) user.attributes.email_verified = 'false';
  await pool.add({ ...user, password: hash, srp: pool.srpVerifier(user.username, password) });
  const stored = pool.find(user.username) as User;
  const { email } = stored.attributes;
  if (!pool.settings.verifiesEmail || email === undefined)
    return { UserConfirmed: false, UserSub: stored.sub };
  await pool.sendCode(stored, 'confirmation', CONFIRMATION_S);
  return { UserConfirmed: false, UserSub: stored.sub, ...delivery(email) };
}

const unknownUser = () => new AwsError('UserNotFoundException', 'Username/client id combination not found.');

export async function confirmSignUp(
  pool: UserPool,
  client: Client,
  name: string,
  code: string,
): Promise<void> {
  const user = pool.find(name);
  if (!user)
    throw client.settings.hidesUnknownUsers
      ? new AwsError('ExpiredCodeException', 'Invalid code provided, please request a code again.')
      : unknownUser();
  if (user.status !== 'UNCONFIRMED')
    throw new AwsError(
      'NotAuthorizedException',
      `User cannot be confirmed. Current status is ${user.status}`,
    );
  await pool.checkCode(user, 'confirmation', code);
  user.status = 'CONFIRMED';
  user.attributes.email_verified = 'true';
  await pool.update(user);
}

export async function resendConfirmation(pool: UserPool, client: Client, name: string) {
  const user = pool.find(name);
  if (!user) {
    if (client.settings.hidesUnknownUsers) return delivery(name);
    throw unknownUser();
  }
  if (user.status !== 'UNCONFIRMED') throw invalid('User is already confirmed.');
  await pool.sendCode(user, 'confirmation', CONFIRMATION_S);
  return delivery(user.attributes.email ?? name);
}

export async function forgotPassword(pool: UserPool, client: Client, name: string) {
  const user = pool.find(name);
  if (!user) {
    if (client.settings.hidesUnknownUsers) return delivery(name);
    throw unknownUser();
  }
  if (!user.enabled) throw new AwsError('NotAuthorizedException', 'User is disabled.');
  if (user.attributes.email_verified !== 'true')
    throw invalid(
      'Cannot reset password for the user as there is no registered/verified email or phone_number',
    );
  await pool.sendCode(user, 'reset', RESET_S);
  return delivery(user.attributes.email ?? name);
}

export async function confirmForgotPassword(
  pool: UserPool,
  client: Client,
  name: string,
  code: string,
  password: string,
): Promise<void> {
  checkPolicy(password, pool.settings.password);
  const user = pool.find(name);
  if (!user)
    throw client.settings.hidesUnknownUsers
      ? new AwsError('CodeMismatchException', 'Invalid verification code provided, please try again.')
      : unknownUser();
  await pool.checkCode(user, 'reset', code);
  await setPassword(pool, user, password, 'CONFIRMED');
}

export async function setPassword(
  pool: UserPool,
  user: User,
  password: string,
  status: 'CONFIRMED' | 'FORCE_CHANGE_PASSWORD',
): Promise<void> {
  checkPolicy(password, pool.settings.password);
  user.password = await hashPassword(password);
  user.srp = pool.srpVerifier(user.username, password);
  user.status = status;
  user.passwordExpires =
    status === 'CONFIRMED' ? undefined : pool.now() + pool.settings.password.temporaryDays * DAY_MS;
  await pool.update(user);
}

/** @param password temporary; one is generated when absent */
export async function adminCreateUser(
  pool: UserPool,
  name: string,
  attributes: Attributes,
  password: string | undefined,
  message: 'send' | 'suppress',
): Promise<User> {
  const given = readAttributes(pool, attributes, (attribute) => attribute !== 'sub');
  const temporary =
    password ??
    randomPassword({
      PasswordLength: Math.max(12, pool.settings.password.minimumLength),
      ExcludeCharacters: ' ',
    });
  checkPolicy(temporary, pool.settings.password);
  const user = await pool.add(newUser(pool, name, given, 'FORCE_CHANGE_PASSWORD'));
  await setPassword(pool, user, temporary, 'FORCE_CHANGE_PASSWORD');
  if (message === 'send')
    pool.context.deliverMail({
      poolId: pool.id,
      to: user.attributes.email ?? name,
      kind: 'invitation',
      code: temporary,
    });
  return user;
}
