/** One call of a sign-in, and what its steps have in common. */
import { createHmac, randomBytes } from 'node:crypto';
import * as z from 'zod';
import { AwsError } from '../errors';
import type { Challenged, Challenges } from './challenges';
import type { Client, User } from './records';
import type { AuthenticationResult } from './tokens';
import { clientMetadata, eventAttributes, type Metadata, runTrigger } from './triggers';
import type { UserPool } from './user-pool';

export type Parameters = Readonly<Record<string, string>>;

export interface ChallengeAnswer {
  readonly ChallengeName: string;
  readonly Session?: string;
  readonly ChallengeParameters: Parameters;
  /** Of SELECT_CHALLENGE. */
  readonly AvailableChallenges?: readonly string[];
}

export type Answer =
  | { readonly AuthenticationResult: AuthenticationResult; readonly ChallengeParameters: Parameters }
  | ChallengeAnswer;

export interface Attempt {
  readonly pool: UserPool;
  readonly client: Client;
  readonly challenges: Challenges;
  /**
   * ClientMetadata of InitiateAuth: Cognito hands it to PreAuthentication and UserMigration, under this name, and to
   * no other function.
   */
  readonly validationData?: Metadata;
  /** ClientMetadata of RespondToAuthChallenge, which the other functions get. */
  readonly metadata?: Metadata;
}

export const notAuthorized = (message: string) => new AwsError('NotAuthorizedException', message);
export const wrongCredentials = () => notAuthorized('Incorrect username or password.');

export function required(parameters: Parameters, name: string): string {
  const value = parameters[name];
  if (value === undefined)
    throw new AwsError('InvalidParameterException', `Missing required parameter ${name}`);
  return value;
}

/** Unknown users get values too, that stay the same from one attempt to the next. */
const DECOY_KEY = randomBytes(32);
export const decoy = (purpose: string, name: string): string =>
  createHmac('sha256', DECOY_KEY).update(`${purpose} ${name}`).digest('hex').slice(0, 32);
const decoyId = (name: string): string =>
  decoy('id', name).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-a$4-$5');

/** @param name as it was typed */
export const challenged = (user: User | undefined, name: string): Challenged =>
  user ? { username: user.username } : { username: decoyId(name), unknownName: name };

/** What guesses are counted under. */
export const guessKey = (pool: UserPool, { username, unknownName }: Challenged): string =>
  unknownName === undefined ? username : pool.normalize(unknownName);

/** @throws AwsError unless the name in an answer is that of who was challenged */
export function requireSame(pool: UserPool, who: Challenged, name: string): void {
  const known = pool.find(name)?.username ?? name;
  if (known !== who.username && name !== who.unknownName)
    throw notAuthorized('Invalid session for the user.');
}

/**
 * The user of a name.
 * @returns undefined when there is none, where the client does not tell
 * @throws AwsError UserNotFoundException when there is none, where it does
 */
export function findUser({ pool, client }: Attempt, name: string): User | undefined {
  const user = pool.find(name);
  if (!user && !client.settings.hidesUnknownUsers)
    throw new AwsError('UserNotFoundException', 'User does not exist.');
  return user;
}

/** Members of an event that speak of the user; of an unknown one too, so that functions take the same time. */
export const eventUser = (user: User | undefined) => ({
  userAttributes: user ? eventAttributes(user) : {},
  userNotFound: user === undefined,
});

/** The PreAuthentication function may refuse whoever begins to sign in. */
export async function runPreAuthentication(
  { pool, client, validationData }: Attempt,
  user: User | undefined,
  name: string,
): Promise<void> {
  await runTrigger(pool, {
    trigger: 'PreAuthentication',
    source: 'PreAuthentication_Authentication',
    clientId: client.id,
    userName: user?.username ?? name,
    request: { ...eventUser(user), validationData: validationData ?? null },
    response: {},
    answer: z.object({}),
  });
}

export async function runPostAuthentication({ pool, client, metadata }: Attempt, user: User): Promise<void> {
  await runTrigger(pool, {
    trigger: 'PostAuthentication',
    source: 'PostAuthentication_Authentication',
    clientId: client.id,
    userName: user.username,
    request: { userAttributes: eventAttributes(user), newDeviceUsed: false, ...clientMetadata(metadata) },
    response: {},
    answer: z.object({}),
  });
}
