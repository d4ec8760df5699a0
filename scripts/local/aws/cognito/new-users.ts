/** What it takes to put a user into a pool: a free name, attributes, a password, and the pool's own say. */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { AwsError } from '../errors';
import type { Attributes } from './attributes';
import { checkPolicy, hashPassword } from './passwords';
import type { User, UserStatus } from './records';
import { isEmail } from './schema';
import { clientMetadata, eventAttributes, type Metadata, runTrigger } from './triggers';
import type { UserChanges, UserPool } from './user-pool';

const DAY_MS = 86_400_000;

const invalid = (message: string) => new AwsError('InvalidParameterException', message);

/** A user who is not in the pool yet. */
export type Draft = Omit<User, 'order'>;

/** @throws AwsError when the name is taken */
export function requireFreeName(pool: UserPool, name: string): void {
  if (!pool.find(name)) return;
  throw new AwsError(
    'UsernameExistsException',
    pool.settings.emailIsUsername ? 'An account with the given email already exists.' : 'User already exists',
  );
}

export function draftUser(
  pool: UserPool,
  name: string,
  given: Readonly<Record<string, string>>,
  status: UserStatus,
): Draft {
  const { emailIsUsername } = pool.settings;
  if (emailIsUsername && !isEmail(name)) throw invalid('Username should be an email.');
  const sub = randomUUID();
  const email = emailIsUsername ? pool.normalize(name) : given.email;
  const now = pool.now();
  return {
    username: emailIsUsername ? sub : pool.normalize(name),
    sub,
    attributes: { ...given, ...(email !== undefined && { email }), sub },
    status,
    enabled: true,
    created: now,
    modified: now,
    codes: {},
  };
}

/** Whether the pool lets users in by a code that is mailed to them. */
export const allowsPasswordless = (pool: UserPool): boolean =>
  pool.settings.firstFactors.includes('EMAIL_OTP');

/** Where an account comes from: through a client, or from an administrator. */
export interface Origin {
  readonly clientId: string | undefined;
  readonly metadata?: Metadata;
  readonly validationData?: Attributes | undefined;
}

const preSignUpAnswer = z.object({
  autoConfirmUser: z.boolean().nullish(),
  autoVerifyEmail: z.boolean().nullish(),
  autoVerifyPhone: z.boolean().nullish(),
});

/** Asks the PreSignUp function, which may refuse the user, or vouch for them. */
export async function runPreSignUp(
  pool: UserPool,
  { username, attributes: { sub: _none, ...userAttributes } }: Draft,
  source: 'SignUp' | 'AdminCreateUser' | 'ExternalProvider',
  { clientId, metadata, validationData }: Origin,
): Promise<{ readonly confirmed: boolean; readonly emailVerified: boolean }> {
  const validation = validationData?.map(({ Name, Value = '' }) => [Name, Value] as const);
  const answer = await runTrigger(pool, {
    trigger: 'PreSignUp',
    source: `PreSignUp_${source}`,
    clientId,
    userName: username,
    request: {
      userAttributes,
      validationData: validation ? Object.fromEntries(validation) : null,
      ...clientMetadata(metadata),
    },
    response: { autoConfirmUser: false, autoVerifyEmail: false, autoVerifyPhone: false },
    answer: preSignUpAnswer,
  });
  if (answer?.autoVerifyEmail && userAttributes.email === undefined)
    throw invalid('Cannot auto-verify an email address that the user does not have.');
  return { confirmed: answer?.autoConfirmUser ?? false, emailVerified: answer?.autoVerifyEmail ?? false };
}

export async function runPostConfirmation(
  pool: UserPool,
  user: User,
  source: 'ConfirmSignUp' | 'ConfirmForgotPassword',
  { clientId, metadata }: Origin,
): Promise<void> {
  await runTrigger(pool, {
    trigger: 'PostConfirmation',
    source: `PostConfirmation_${source}`,
    clientId,
    userName: user.username,
    request: { userAttributes: eventAttributes(user), ...clientMetadata(metadata) },
    response: {},
    answer: z.object({}),
  });
}

/** What a user record holds of a password. */
export async function passwordChanges(
  pool: UserPool,
  username: string,
  password: string,
): Promise<Pick<UserChanges, 'password' | 'srp'>> {
  return { password: await hashPassword(password), srp: pool.srpVerifier(username, password) };
}

export const temporaryUntil = (pool: UserPool): number =>
  pool.now() + pool.settings.password.temporaryDays * DAY_MS;

/** @throws AwsError InvalidPasswordException */
export async function setPassword(
  pool: UserPool,
  user: User,
  password: string,
  status: 'CONFIRMED' | 'FORCE_CHANGE_PASSWORD',
): Promise<User> {
  checkPolicy(password, pool.settings.password);
  return pool.change(user, {
    ...(await passwordChanges(pool, user.username, password)),
    status,
    passwordExpires: status === 'CONFIRMED' ? undefined : temporaryUntil(pool),
  });
}
