import { audit } from '../shared/audit';
import { ApiError } from '../shared/errors';
import type { Request } from '../shared/http';
import { once } from '../shared/idempotency';
import { afterEverySignIn } from './account';
import type { Dependencies } from './dependencies';
import { giveUpExports, refuseTokens } from './queries';

/**
 * Ends every sign-in of the user. The database comes first: from its commit on this API refuses their tokens,
 * whether or not the user pool can be reached. Refreshing does not help, as new tokens carry the time of the old
 * sign-in.
 *
 * @throws ApiError unavailable, when the user pool could not be told; doing it again is harmless
 */
export async function signOutEverywhere(
  { database, userPool, clock }: Pick<Dependencies, 'database' | 'userPool' | 'clock'>,
  { identity, requestId, idempotency }: Request<undefined>,
): Promise<void> {
  await database.withUser(identity, (tx) =>
    once(tx, idempotency, clock, async () => {
      const now = clock();
      await refuseTokens(tx, afterEverySignIn(now));
      // They are written in the name of a sign-in that is over.
      await giveUpExports(tx, { failure: 'signed_out', startedBy: now, now });
      await audit(tx, { action: 'account.sign_out', entityId: tx.userId, requestId, at: now });
      return {};
    }),
  );
  await userPool?.signOut(identity.username ?? identity.subject).catch((cause: unknown) => {
    const message = 'You are signed out here, but the user pool could not be told. Sign in and try again.';
    throw new ApiError('unavailable', message, { cause });
  });
}
