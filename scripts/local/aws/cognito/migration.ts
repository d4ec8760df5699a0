/** Users whom the UserMigration function finds in another directory when they sign in or forget their password. */
import * as z from 'zod';
import { AwsError, notImplemented } from '../errors';
import { readAttributes, requireAttributes, writableByAdministrator } from './attributes';
import { draftUser, passwordChanges } from './new-users';
import type { Client, User } from './records';
import { clientMetadata, type Metadata, runTrigger } from './triggers';
import type { UserPool } from './user-pool';

const answerSchema = z.object({
  userAttributes: z.record(z.string(), z.string()).nullish(),
  finalUserStatus: z.enum(['CONFIRMED', 'RESET_REQUIRED']).nullish(),
  messageAction: z.enum(['SUPPRESS', 'RESEND']).nullish(),
  desiredDeliveryMediums: z.array(z.enum(['EMAIL', 'SMS'])).nullish(),
  forceAliasCreation: z.boolean().nullish(),
  enableSMSMFA: z.boolean().nullish(),
});

export interface Migration {
  /** Undefined: it was forgotten. */
  readonly password: string | undefined;
  /** What the caller handed to InitiateAuth. */
  readonly validationData?: Metadata;
  /** What the caller handed to ForgotPassword. */
  readonly metadata?: Metadata;
}

/**
 * Asks the function for a user who is not in the pool, and takes them over with the password given.
 * @returns undefined when there is no such function, or it does not know the user
 */
export async function migrateUser(
  pool: UserPool,
  client: Client,
  name: string,
  { password, validationData, metadata }: Migration,
): Promise<User | undefined> {
  const answer = await runTrigger(pool, {
    trigger: 'UserMigration',
    source: password === undefined ? 'UserMigration_ForgotPassword' : 'UserMigration_Authentication',
    clientId: client.id,
    userName: name,
    request: {
      password: password ?? null,
      validationData: validationData ?? null,
      userAttributes: null,
      ...clientMetadata(metadata),
    },
    response: {
      userAttributes: null,
      forceAliasCreation: null,
      enableSMSMFA: null,
      finalUserStatus: null,
      messageAction: null,
      desiredDeliveryMediums: null,
    },
    answer: answerSchema,
  }).catch((error) => {
    // A function says by an error that it does not know the user, or that the password is wrong.
    if (error instanceof AwsError && error.code === 'UserLambdaValidationException') return undefined;
    throw error;
  });
  if (!answer?.userAttributes) return undefined;
  if (answer.messageAction !== 'SUPPRESS' && answer.desiredDeliveryMediums?.includes('EMAIL'))
    throw notImplemented('a welcome mail to a migrated user: let the function answer messageAction SUPPRESS');
  const { username: _name, ...attributes } = answer.userAttributes;
  const listed = Object.entries(attributes).map(([Name, Value]) => ({ Name, Value }));
  // Without a password there is nothing to sign in with until the reset is through.
  const status = password === undefined ? 'RESET_REQUIRED' : (answer.finalUserStatus ?? 'CONFIRMED');
  const draft = draftUser(pool, name, readAttributes(pool, listed, writableByAdministrator), status);
  requireAttributes(pool, draft.attributes);
  // Cognito takes the password as it is: the policy applies to the next one.
  const secret =
    password !== undefined && status === 'CONFIRMED'
      ? await passwordChanges(pool, draft.username, password)
      : {};
  // Of two sign-ins at once, the first has brought the user over.
  return pool.find(name) ?? pool.add({ ...draft, ...secret });
}
