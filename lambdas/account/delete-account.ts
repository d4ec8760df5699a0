import type * as z from 'zod';
import { audit } from '../shared/audit';
import { secondsAfter } from '../shared/clock';
import type { Request } from '../shared/http';
import { accountDeleted, afterEverySignIn } from './account';
import type { deletionSchema } from './contract';
import { type Dependencies, lastFormSeconds } from './dependencies';
import { buryAccount, buryContents } from './queries';

/**
 * Deletes the account, in one transaction: from its commit on the database lets nobody in by these identities. The
 * sweeps remove objects, the user of the pool and the rows, together with what a request adds that began before.
 *
 * @throws ApiError unauthorized, when the account is already deleted
 */
export async function deleteAccount(
  { database, clock }: Pick<Dependencies, 'database' | 'clock'>,
  { identity, requestId }: Request<undefined>,
): Promise<z.output<typeof deletionSchema>> {
  return database.withUser(identity, async (tx) => {
    const now = clock();
    const { username } = identity;
    const buried = await buryAccount(tx, { now, tokensValidAfter: afterEverySignIn(now), username });
    if (!buried) throw accountDeleted();
    await buryContents(tx, { now, uploadsUntil: secondsAfter(now, lastFormSeconds) });
    await audit(tx, { action: 'account.delete', entityId: tx.userId, requestId, at: now });
    return { deletedAt: now.toISOString() };
  });
}
