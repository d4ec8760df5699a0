import { within } from '../shared/deadline';
import type { IdentityDatabase } from '../shared/identity-database';
import { logger } from '../shared/logger';
import type { Person } from '../shared/user-pool';

/** Cognito waits 5 s. */
const deadlineMs = 2_500;

/**
 * Creates the rows of a user who has just confirmed their address. A failure is logged and does not fail the
 * confirmation, which Cognito has already recorded and would not repeat: the first token makes the rows then.
 */
export async function register(
  { database }: { readonly database: Pick<IdentityDatabase, 'register'> },
  { identity, legacy }: Person,
): Promise<void> {
  try {
    await within(deadlineMs, database.register(identity, legacy));
  } catch (error) {
    logger.error('user confirmed but not registered; their first token will do it', {
      error: error as Error,
    });
  }
}
