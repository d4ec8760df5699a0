import type { Query } from '../database';
import type { FileEvent } from './file-event';
import type { FileRow, Processor } from './processor';

type Table = Pick<Processor<never, never>, 'table' | 'columns'>;

/** What a worker's part of a row says. */
export interface FileState {
  readonly object_version: string | null;
  readonly status: 'processing' | 'ready' | 'failed';
  readonly claimed_until: Date | null;
  readonly crashes: number;
  readonly deleted_at: Date | null;
}

export type Decision =
  /** Ours to work on. A claim that ended without an outcome is a crash. */
  | { readonly state: 'claim'; readonly crashes: number }
  | { readonly state: 'busy'; readonly until: Date }
  /** The row is not committed yet, or does not know its version yet. */
  | { readonly state: 'early' }
  | { readonly state: 'crashed' }
  /** Nothing to do: the row is about a newer version, the work is done, the user deleted it, or nobody knows the file. */
  | { readonly state: 'stale' | 'duplicate' | 'deleted' | 'orphan' };

/** A file that has ended its worker this often is not tried again. */
const maxCrashes = 3;

/** What to do about an event, by the row that its file belongs to. */
export function decide(
  { object_version, status, claimed_until, crashes, deleted_at }: FileState,
  { versionId, redriven, now }: { versionId: string; redriven: boolean; now: Date },
): Decision {
  if (deleted_at) return { state: 'deleted' };
  if (object_version === null) return { state: status === 'processing' ? 'early' : 'duplicate' };
  if (object_version !== versionId) return { state: 'stale' };
  if (status === 'ready') return { state: 'duplicate' };
  if (status === 'failed') return redriven ? { state: 'claim', crashes: 0 } : { state: 'duplicate' };
  if (claimed_until === null) return { state: 'claim', crashes };
  if (claimed_until > now) return { state: 'busy', until: claimed_until };
  return crashes + 1 >= maxCrashes ? { state: 'crashed' } : { state: 'claim', crashes: crashes + 1 };
}

export type Claim<Row> =
  | { readonly state: 'claimed'; readonly row: Row & FileRow; readonly until: Date }
  | Exclude<Decision, { state: 'claim' }>;

/** Finds the row of an event and takes it until the given time, if it is to be worked on. */
export async function claim<Row>(
  query: Query,
  { table, columns }: Table,
  { key, versionId }: FileEvent,
  { now, until, redriven }: { now: Date; until: Date; redriven: boolean },
): Promise<Claim<Row>> {
  const names = [
    ...['id', 'user_id', 'object_key', 'object_version', 'status', 'claimed_until', 'crashes', 'deleted_at'],
    ...columns,
  ];
  const find = async () => {
    const [row] = await query<Row & FileRow & FileState>(
      `select ${[...new Set(names)].join(', ')} from landfall.${table} where object_key = $1 for update`,
      [key],
    );
    return row;
  };
  let row = await find();
  if (!row) {
    const expected = await query('select from landfall.uploads where object_key = $1', [key]);
    // Between the two, the upload may have become the row; a row never becomes an upload.
    row = expected.length > 0 ? undefined : await find();
    if (!row) return { state: expected.length > 0 ? 'early' : 'orphan' };
  }
  const decision = decide(row, { versionId, redriven, now });
  if (decision.state !== 'claim') return decision;
  await query(
    `update landfall.${table}
     set status = 'processing', failure = null, processed_at = null, claimed_until = $2, crashes = $3
     where id = $1`,
    [row.id, until, decision.crashes],
  );
  return { state: 'claimed', row, until };
}

/** Holds the row for the rest of the transaction. False when the claim was lost, or the user deleted the row. */
export async function holdClaim(
  query: Query,
  { table }: Table,
  { id }: FileRow,
  until: Date,
): Promise<boolean> {
  const rows = await query(
    `select from landfall.${table}
     where id = $1 and claimed_until = $2 and status = 'processing' and deleted_at is null for update`,
    [id, until],
  );
  return rows.length === 1;
}

/** The last statement of the transaction that `holdClaim` began. */
export async function makeReady(query: Query, { table }: Table, { id }: FileRow, now: Date): Promise<void> {
  await query(
    `update landfall.${table}
     set status = 'ready', claimed_until = null, crashes = 0, processed_at = $2 where id = $1`,
    [id, now],
  );
}

/** Gives the row back before its claim ends. */
export async function releaseClaim(
  query: Query,
  { table }: Table,
  { id }: FileRow,
  until: Date,
): Promise<void> {
  await query(
    `update landfall.${table} set claimed_until = null
     where id = $1 and claimed_until = $2 and status = 'processing' and deleted_at is null`,
    [id, until],
  );
}

/**
 * Fails the row of an event for good, unless it is somebody else's by now: ready, deleted, about another version, or
 * claimed by another worker. Says whether it did.
 */
export async function fail(
  query: Query,
  { table }: Table,
  { key, versionId }: FileEvent,
  { code, now, claimed }: { code: string; now: Date; claimed: Date | undefined },
): Promise<boolean> {
  const rows = await query(
    `update landfall.${table}
     set status = 'failed', failure = $3, claimed_until = null, processed_at = $4
     where object_key = $1 and object_version = $2 and status = 'processing' and deleted_at is null
       and (claimed_until is null or claimed_until <= $4 or claimed_until = $5)
     returning id`,
    [key, versionId, code, now, claimed ?? null],
  );
  return rows.length === 1;
}
