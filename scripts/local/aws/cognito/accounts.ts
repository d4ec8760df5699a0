/** Users sign up, are confirmed, and recover their password. */
import { AwsError } from '../errors';
import { type Attributes, readAttributes, requireAttributes, writableBy } from './attributes';
import { checkCode, delivery, type Occasion, sendCode } from './codes';
import { migrateUser } from './migration';
import {
  allowsPasswordless,
  draftUser,
  passwordChanges,
  requireFreeName,
  runPostConfirmation,
  runPreSignUp,
  setPassword,
} from './new-users';
import { checkPolicy } from './passwords';
import type { Client, User } from './records';
import type { Metadata } from './triggers';
import type { UserPool } from './user-pool';

const invalid = (message: string) => new AwsError('InvalidParameterException', message);

const occasionOf = (source: string, client: Client, metadata: Metadata): Occasion => ({
  source: `CustomMessage_${source}`,
  clientId: client.id,
  metadata,
});

/** @param password may be undefined where users sign in without one */
export async function signUp(
  pool: UserPool,
  client: Client,
  name: string,
  password: string | undefined,
  attributes: Attributes,
  more: { readonly metadata?: Metadata; readonly validationData?: Attributes | undefined } = {},
) {
  if (!pool.settings.selfSignUp)
    throw new AwsError('NotAuthorizedException', 'SignUp is not permitted for this user pool');
  if (password !== undefined) checkPolicy(password, pool.settings.password);
  else if (!allowsPasswordless(pool)) throw invalid('Password is required: the pool has no other factor.');
  const draft = draftUser(pool, name, readAttributes(pool, attributes, writableBy(client)), 'UNCONFIRMED');
  requireAttributes(pool, draft.attributes);
  requireFreeName(pool, name);
  const origin = { clientId: client.id, ...more };
  const { confirmed, emailVerified } = await runPreSignUp(pool, draft, 'SignUp', origin);
  const secret = password === undefined ? {} : await passwordChanges(pool, draft.username, password);
  // No await between the check for an existing user and adding the new one: two sign-ups cannot both pass.
  requireFreeName(pool, name);
  const { email } = draft.attributes;
  const user = await pool.add({
    ...draft,
    ...secret,
    status: confirmed ? 'CONFIRMED' : 'UNCONFIRMED',
    attributes: {
      ...draft.attributes,
      ...(email !== undefined && { email_verified: String(emailVerified) }),
    },
  });
  const answer = { UserConfirmed: confirmed, UserSub: user.sub };
  if (confirmed) {
    await runPostConfirmation(pool, user, 'ConfirmSignUp', origin);
    return answer;
  }
  if (!pool.settings.verifiesEmail || email === undefined) return answer;
  await sendCode(pool, user, 'confirmation', occasionOf('SignUp', client, more.metadata));
  return { ...answer, ...delivery(email) };
}

const unknownUser = () => new AwsError('UserNotFoundException', 'Username/client id combination not found.');

export async function confirmSignUp(
  pool: UserPool,
  client: Client,
  name: string,
  code: string,
  metadata?: Metadata,
): Promise<User> {
  const user = pool.find(name);
  if (!user)
    throw client.settings.hidesUnknownUsers
      ? new AwsError('ExpiredCodeException', 'Invalid code provided, please request a code again.')
      : unknownUser();
  requireUnconfirmed(user);
  await checkCode(pool, user, 'confirmation', code);
  const confirmed = await pool.change(user, ({ attributes }) => ({
    status: 'CONFIRMED',
    attributes: { ...attributes, email_verified: 'true' },
  }));
  await runPostConfirmation(pool, confirmed, 'ConfirmSignUp', { clientId: client.id, metadata });
  return confirmed;
}

export function requireUnconfirmed({ status }: User): void {
  if (status !== 'UNCONFIRMED')
    throw new AwsError('NotAuthorizedException', `User cannot be confirmed. Current status is ${status}`);
}

export async function resendConfirmation(pool: UserPool, client: Client, name: string, metadata?: Metadata) {
  const user = pool.find(name);
  if (!user) {
    if (client.settings.hidesUnknownUsers) return delivery(name);
    throw unknownUser();
  }
  if (user.status !== 'UNCONFIRMED') throw invalid('User is already confirmed.');
  const { email } = user.attributes;
  if (email === undefined) throw invalid('User does not have an email address to send a code to.');
  await sendCode(pool, user, 'confirmation', occasionOf('ResendCode', client, metadata));
  return delivery(email);
}

/** Why the password of a user cannot be reset; undefined when it can. */
export function resetRefusal({ enabled, status, attributes }: User): AwsError | undefined {
  if (!enabled) return new AwsError('NotAuthorizedException', 'User is disabled.');
  if (attributes.email_verified !== 'true')
    return invalid(
      'Cannot reset password for the user as there is no registered/verified email or phone_number',
    );
  return status === 'CONFIRMED' || status === 'RESET_REQUIRED'
    ? undefined
    : new AwsError('NotAuthorizedException', 'User password cannot be reset in the current state.');
}

export async function forgotPassword(pool: UserPool, client: Client, name: string, metadata?: Metadata) {
  const user = pool.find(name) ?? (await migrateUser(pool, client, name, { password: undefined, metadata }));
  const refusal = user ? resetRefusal(user) : unknownUser();
  if (!user || refusal) {
    // Whether the user does not exist, is disabled, or has no address: from outside it looks the same.
    if (client.settings.hidesUnknownUsers) return delivery(user?.attributes.email ?? name);
    throw refusal;
  }
  await sendCode(pool, user, 'reset', occasionOf('ForgotPassword', client, metadata));
  return delivery(user.attributes.email ?? name);
}

export async function confirmForgotPassword(
  pool: UserPool,
  client: Client,
  name: string,
  code: string,
  password: string,
  metadata?: Metadata,
): Promise<void> {
  checkPolicy(password, pool.settings.password);
  const user = pool.find(name);
  if (!user?.enabled) {
    if (client.settings.hidesUnknownUsers)
      throw new AwsError('CodeMismatchException', 'Invalid verification code provided, please try again.');
    throw user ? new AwsError('NotAuthorizedException', 'User is disabled.') : unknownUser();
  }
  await checkCode(pool, user, 'reset', code);
  const changed = await setPassword(pool, user, password, 'CONFIRMED');
  pool.lockouts.succeeded(changed.username);
  await runPostConfirmation(pool, changed, 'ConfirmForgotPassword', { clientId: client.id, metadata });
}
