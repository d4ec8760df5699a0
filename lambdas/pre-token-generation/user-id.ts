import { within } from '../shared/deadline';
import { ApiError } from '../shared/errors';
import type { IdentityDatabase } from '../shared/identity-database';
import { logger } from '../shared/logger';
import type { Person } from '../shared/user-pool';

/** Cognito waits 5 s. */
const deadlineMs = 2_500;

/**
 * Landfall's id of who gets a token, made when the user is new. Undefined when the database cannot be reached in
 * time: its failover must not sign everybody out, and the API finds the user by issuer and subject all the same.
 *
 * @throws Error for the person who signs in (Cognito shows its message, and adds the full stop): when their
 *   account was deleted; and without the database when they came from elsewhere, because the API would then take
 *   them for a new user, and nothing that they had would be theirs
 */
export async function userIdOf(
  { database }: { readonly database: Pick<IdentityDatabase, 'register'> },
  { identity, legacy }: Person,
): Promise<string | undefined> {
  try {
    return await within(deadlineMs, database.register(identity, legacy));
  } catch (error) {
    if (error instanceof ApiError && error.code === 'unauthorized') {
      throw new Error('This account was deleted', { cause: error });
    }
    logger.warn('no user id for a token', { error: error as Error, refused: legacy !== undefined });
    if (legacy) throw new Error('Signing in is not possible right now, please try again', { cause: error });
    return undefined;
  }
}
