import { type Clock, secondsAfter } from '../shared/clock';
import type { SystemDatabase } from '../shared/database';
import { type ObjectStore, quarantineKey } from '../shared/object-store';

export interface SweepDependencies {
  readonly database: SystemDatabase;
  readonly storage: Pick<ObjectStore, 'remove'>;
  readonly clock: Clock;
}

export interface SweepReport {
  readonly documentsRemoved: number;
  readonly uploadsRemoved: number;
  readonly idempotencyKeysRemoved: number;
  /** Objects that could not be removed; their rows stay for the next sweep. */
  readonly failures: number;
  /** A batch was full: the next sweep has work left. */
  readonly more: boolean;
}

/** Rows of a kind in one sweep. At 10 removals at a time, this takes some seconds of the function's minute. */
const batch = 200;
const concurrency = 10;

/** A request that deletes a document gets this long to remove the object itself. */
const graceSeconds = 60;

/** Nobody else touches an expired upload for this long; above the function's timeout. */
const claimSeconds = 120;

/**
 * Finishes what a crash or an abandoned upload left behind: objects first, then their rows, so that whatever
 * interrupts a sweep, the next one finds the row and goes on.
 */
export async function sweep({ database, storage, clock }: SweepDependencies): Promise<SweepReport> {
  const now = clock();
  const documents = await database.transaction((query) =>
    query<{ id: string; object_key: string }>(
      `select id, object_key from landfall.documents
       where deleted_at is not null and deleted_at <= $1 order by deleted_at limit $2`,
      [secondsAfter(now, -graceSeconds), batch],
    ),
  );
  const uploads = await database.transaction((query) =>
    query<{ id: string; user_id: string; object_key: string }>(
      `update landfall.uploads set claimed_until = $2
       where id in (
         select id from landfall.uploads
         where expires_at <= $1 and (claimed_until is null or claimed_until <= $1)
         order by expires_at limit $3 for update skip locked)
       returning id, user_id, object_key`,
      [now, secondsAfter(now, claimSeconds), batch],
    ),
  );

  const removedDocuments = await removeAll(storage, documents, ({ object_key }) => [object_key]);
  // The second key exists only if a worker crashed between its copy and its commit.
  const removedUploads = await removeAll(storage, uploads, ({ id, user_id, object_key }) => [
    quarantineKey(user_id, id),
    object_key,
  ]);

  const keys = await database.transaction(async (query) => {
    await query('delete from landfall.documents where deleted_at is not null and id = any($1)', [
      removedDocuments,
    ]);
    await query('delete from landfall.uploads where id = any($1)', [removedUploads]);
    return query(
      `delete from landfall.idempotency_keys where (user_id, key) in (
         select user_id, key from landfall.idempotency_keys where expires_at <= $1 limit $2)
       returning 1`,
      [now, batch * 10],
    );
  });

  return {
    documentsRemoved: removedDocuments.length,
    uploadsRemoved: removedUploads.length,
    idempotencyKeysRemoved: keys.length,
    failures: documents.length + uploads.length - removedDocuments.length - removedUploads.length,
    more: documents.length === batch || uploads.length === batch || keys.length === batch * 10,
  };
}

/** Ids of the rows whose objects are gone. */
async function removeAll<T extends { readonly id: string }>(
  storage: SweepDependencies['storage'],
  rows: readonly T[],
  keysOf: (row: T) => readonly string[],
): Promise<string[]> {
  const removed: string[] = [];
  const queue = [...rows];
  const worker = async () => {
    for (let row = queue.shift(); row; row = queue.shift()) {
      const results = await Promise.allSettled(keysOf(row).map((key) => storage.remove(key)));
      if (results.every(({ status }) => status === 'fulfilled')) removed.push(row.id);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return removed;
}
