/** What an administrator does to accounts. */
import { AwsError } from '../errors';
import { randomPassword } from '../random-password';
import { requireUnconfirmed, resetRefusal } from './accounts';
import { type Attributes, readAttributes, writableByAdministrator } from './attributes';
import { type Occasion, sendCode, sendMail } from './codes';
import {
  allowsPasswordless,
  draftUser,
  passwordChanges,
  requireFreeName,
  runPostConfirmation,
  runPreSignUp,
  temporaryUntil,
} from './new-users';
import { checkPolicy } from './passwords';
import type { User } from './records';
import type { Metadata } from './triggers';
import type { UserPool } from './user-pool';

const byAdministrator = (source: string, metadata: Metadata): Occasion => ({
  source: `CustomMessage_${source}`,
  clientId: undefined,
  metadata,
});

export interface Invitation {
  /** Temporary. @default none where users sign in without one, else a generated one */
  readonly password?: string | undefined;
  /** @default 'send' */
  readonly message?: 'send' | 'suppress';
  readonly metadata?: Metadata;
  readonly validationData?: Attributes | undefined;
}

export async function adminCreateUser(
  pool: UserPool,
  name: string,
  attributes: Attributes,
  { password, message = 'send', metadata, validationData }: Invitation,
): Promise<User> {
  const given = readAttributes(pool, attributes, writableByAdministrator);
  if (password) checkPolicy(password, pool.settings.password);
  const passwordless = !password && allowsPasswordless(pool);
  const draft = draftUser(pool, name, given, passwordless ? 'CONFIRMED' : 'FORCE_CHANGE_PASSWORD');
  requireFreeName(pool, name);
  await runPreSignUp(pool, draft, 'AdminCreateUser', { clientId: undefined, metadata, validationData });
  // A generated password that nobody is told opens nothing: hashing it would only cost time.
  const told = password || (message === 'send' && !passwordless ? generated(pool) : undefined);
  const secret = told === undefined ? {} : await passwordChanges(pool, draft.username, told);
  requireFreeName(pool, name);
  const user = await pool.add({
    ...draft,
    ...secret,
    ...(!passwordless && { passwordExpires: temporaryUntil(pool) }),
  });
  if (message === 'send')
    await sendMail(
      pool,
      user,
      { kind: 'invitation', code: told ?? '' },
      byAdministrator('AdminCreateUser', metadata),
    );
  return user;
}

function generated(pool: UserPool): string {
  return randomPassword({
    PasswordLength: Math.max(12, pool.settings.password.minimumLength),
    ExcludeCharacters: ' ',
  });
}

/** Invites a user once more, with a new temporary password. */
export async function resendInvitation(
  pool: UserPool,
  user: User,
  { password = generated(pool), metadata }: Invitation,
): Promise<User> {
  if (user.status !== 'FORCE_CHANGE_PASSWORD')
    throw new AwsError(
      'UnsupportedUserStateException',
      `Resend not possible. ${user.username} status is not FORCE_CHANGE_PASSWORD`,
    );
  checkPolicy(password, pool.settings.password);
  const invited = await pool.change(user, {
    ...(await passwordChanges(pool, user.username, password)),
    passwordExpires: temporaryUntil(pool),
  });
  await sendMail(
    pool,
    invited,
    { kind: 'invitation', code: password },
    byAdministrator('AdminCreateUser', metadata),
  );
  return invited;
}

/** Confirms a sign-up without its code; the address stays unverified. */
export async function adminConfirmSignUp(pool: UserPool, user: User, metadata: Metadata): Promise<void> {
  requireUnconfirmed(user);
  const confirmed = await pool.change(user, { status: 'CONFIRMED' });
  await runPostConfirmation(pool, confirmed, 'ConfirmSignUp', { clientId: undefined, metadata });
}

/** The password is over at once, and a code to set a new one goes out. */
export async function adminResetPassword(pool: UserPool, user: User, metadata: Metadata): Promise<void> {
  const refusal = resetRefusal({ ...user, enabled: true });
  if (refusal) throw refusal;
  const reset = await pool.change(user, { status: 'RESET_REQUIRED', password: undefined, srp: undefined });
  await sendCode(pool, reset, 'reset', byAdministrator('ForgotPassword', metadata));
}
