import { type Clock, secondsAfter } from '../shared/clock';
import type { SystemDatabase } from '../shared/database';
import { logger } from '../shared/logger';
import { type ObjectStore, quarantineKey } from '../shared/object-store';
import { type BucketName, fileTables, uploadBuckets } from './contract';
import {
  buryExpired,
  claimExpiredUploads,
  forgetJobs,
  forgetRows,
  forgetUploads,
  removeIdempotencyKeys,
  tombstones,
  waitingRows,
} from './queries';

type Store = Pick<ObjectStore, 'remove'>;

export interface SweepDependencies {
  readonly database: SystemDatabase;
  /** Those that this deployment has. */
  readonly buckets: Readonly<Partial<Record<BucketName, Store>>>;
  readonly clock: Clock;
}

export interface SweepReport {
  /** Rows that are gone, by table. */
  readonly removed: Readonly<Record<string, number>>;
  readonly uploadsRemoved: number;
  readonly idempotencyKeysRemoved: number;
  /** Files that no worker has looked at for a day: their event was lost. */
  readonly waiting: number;
  /** Objects that could not be removed; their rows stay for the next sweep. */
  readonly failures: number;
  /** A batch was full: the next sweep has work left. */
  readonly more: boolean;
}

/** Rows of a kind in one sweep. At 10 removals at a time, this takes some seconds of the function's minute. */
const batch = 200;
const concurrency = 10;

/** A request that deletes a row gets this long to remove the object itself. */
const graceSeconds = 60;

/** Nobody else touches an expired upload for this long; above the function's timeout. */
const claimSeconds = 120;

/** Longer than a message lives in its queue while it is retried. */
const waitingSeconds = 24 * 3600;

/**
 * Finishes what a crash or an abandoned upload left behind: objects first, then their rows, so that whatever
 * interrupts a sweep, the next one finds the row and goes on.
 */
export async function sweep({ database, buckets, clock }: SweepDependencies): Promise<SweepReport> {
  const now = clock();
  const removed: Record<string, number> = {};
  let failures = 0;
  let more = false;
  let waiting = 0;

  for (const { table, bucket, expires, objects } of fileTables) {
    const store = buckets[bucket];
    if (!store) continue;
    if (expires) {
      const expired = await database.transaction((query) => buryExpired(query, table, now, batch));
      more ||= expired === batch;
    }
    const rows = await database.transaction((query) =>
      tombstones(query, table, { before: secondsAfter(now, -graceSeconds), now, limit: batch }),
    );
    const gone = await removeAll(rows, (row) => objects(row).map((key) => ({ store, key })));
    waiting += await database.transaction(async (query) => {
      await forgetRows(query, table, gone);
      return waitingRows(query, table, secondsAfter(now, -waitingSeconds));
    });
    removed[table] = gone.length;
    failures += rows.length - gone.length;
    more ||= rows.length === batch;
  }

  removed.jobs = await database.transaction((query) => forgetJobs(query, batch));
  more ||= removed.jobs === batch;

  const purposes = Object.entries(uploadBuckets)
    .filter(([, bucket]) => buckets[bucket])
    .map(([purpose]) => purpose);
  const uploads = await database.transaction((query) =>
    claimExpiredUploads(query, purposes, { now, until: secondsAfter(now, claimSeconds), limit: batch }),
  );
  // The second object exists only if a call crashed between its copy and its commit.
  const gone = await removeAll(uploads, ({ id, user_id, object_key, purpose }) => {
    const store = buckets[uploadBuckets[purpose]] as Store;
    return [quarantineKey(user_id, id), object_key].map((key) => ({ store, key }));
  });
  const keys = await database.transaction(async (query) => {
    await forgetUploads(query, gone);
    return removeIdempotencyKeys(query, now, batch * 10);
  });

  if (waiting > 0) logger.warn('files wait for a worker that was never told of them', { files: waiting });
  return {
    removed,
    uploadsRemoved: gone.length,
    idempotencyKeysRemoved: keys,
    waiting,
    failures: failures + uploads.length - gone.length,
    more: more || uploads.length === batch || keys === batch * 10,
  };
}

/** Ids of the rows whose objects are gone. */
async function removeAll<T extends { readonly id: string }>(
  rows: readonly T[],
  objectsOf: (row: T) => readonly { readonly store: Store; readonly key: string }[],
): Promise<string[]> {
  const removed: string[] = [];
  const queue = [...rows];
  const worker = async () => {
    for (let row = queue.shift(); row; row = queue.shift()) {
      const results = await Promise.allSettled(objectsOf(row).map(({ store, key }) => store.remove(key)));
      if (results.every(({ status }) => status === 'fulfilled')) removed.push(row.id);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return removed;
}
