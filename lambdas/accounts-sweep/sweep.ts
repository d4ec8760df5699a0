import { type Clock, secondsAfter } from '../shared/clock';
import type { SystemDatabase } from '../shared/database';
import { logger } from '../shared/logger';
import type { ObjectStore } from '../shared/object-store';
import type { UserPool } from '../shared/user-pool-admin';
import {
  buryLateDocuments,
  buryLateJobs,
  buryLatePhotos,
  claimExpiredExports,
  deleteExport,
  identitiesToRemove,
  identityRemoved,
  purgeUser,
  usersToPurge,
} from './queries';

export interface SweepDependencies {
  readonly database: SystemDatabase;
  readonly storage: Pick<ObjectStore, 'remove'>;
  /** Absent where another issuer signs people in. */
  readonly userPool: Pick<UserPool, 'issuer' | 'remove'> | undefined;
  readonly clock: Clock;
}

export interface SweepReport {
  /** Documents that came after the deletion of their account. */
  readonly lateDocuments: number;
  /** Jobs, imports and candidates that did. */
  readonly lateJobs: number;
  readonly latePhotos: number;
  readonly poolUsersRemoved: number;
  readonly exportsRemoved: number;
  readonly usersPurged: number;
  /** What could not be done; the next sweep finds it again. */
  readonly failures: number;
  /** A batch was full: the next sweep has work left. */
  readonly more: boolean;
}

/** Of each kind in one sweep: at 5 at a time, some seconds of the function's minute. */
const batch = 200;

/** Cognito takes 25 changes of users per second and pool, from everybody together. */
const concurrency = 5;

/** Nobody else removes the same export meanwhile; above the function's timeout. */
const claimSeconds = 120;

/** Above the life of a token, 24 hours at most: until then the row must be there to refuse it. */
const purgeSeconds = 25 * 3600;

/**
 * Finishes the deletion of accounts and removes expired exports. Every step leaves a row behind until it is done,
 * so that whatever interrupts a sweep, the next one finds the row and goes on.
 */
export async function sweep({ database, storage, userPool, clock }: SweepDependencies): Promise<SweepReport> {
  const now = clock();
  const lateDocuments = await database.transaction((query) => buryLateDocuments(query, now));
  const lateJobs = await database.transaction((query) => buryLateJobs(query, now));
  const latePhotos = await database.transaction((query) => buryLatePhotos(query, now));

  const issuer = userPool?.issuer ?? null;
  const identities =
    issuer === null ? [] : await database.transaction((query) => identitiesToRemove(query, issuer, batch));
  const poolUsers = await forEach(identities, async ({ subject, pool_username }) => {
    await userPool?.remove(subject);
    if (pool_username !== null) await userPool?.remove(pool_username);
    await database.transaction((query) => identityRemoved(query, { issuer: issuer as string, subject, now }));
    return true;
  });

  const until = secondsAfter(now, claimSeconds);
  const expired = await database.transaction((query) =>
    claimExpiredExports(query, { now, until, limit: batch }),
  );
  const exports = await forEach(expired, async ({ id, object_key }) => {
    await storage.remove(object_key);
    await database.transaction((query) => deleteExport(query, id));
    return true;
  });

  const deletedBefore = secondsAfter(now, -purgeSeconds);
  const due = await database.transaction((query) =>
    usersToPurge(query, { deletedBefore, issuer, limit: batch }),
  );
  const users = await forEach(due, (id) => database.transaction((query) => purgeUser(query, id, now)));

  return {
    lateDocuments,
    lateJobs,
    latePhotos,
    poolUsersRemoved: poolUsers.done,
    exportsRemoved: exports.done,
    usersPurged: users.done,
    failures: poolUsers.failed + exports.failed + users.failed,
    more: [identities, expired, due].some(({ length }) => length === batch),
  };
}

/** Runs `step` for every item, some at a time. One that fails does not keep the others from being done. */
async function forEach<T>(
  items: readonly T[],
  step: (item: T) => Promise<boolean>,
): Promise<{ done: number; failed: number }> {
  let done = 0;
  let failed = 0;
  const queue = [...items];
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      try {
        if (await step(item)) done++;
      } catch (error) {
        failed++;
        logger.warn('left to the next sweep', { error: error as Error });
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return { done, failed };
}
