import type { Query } from '../shared/database';
import type { FileRow, FileTable, uploadBuckets } from './contract';

/** Row-level security limits every statement here to tombstones, expired rows, and files that wait for too long. */

type Table = FileTable['table'];

/**
 * Deleted rows whose objects nobody may touch any more. A worker that had claimed the row when it was deleted may
 * still write objects until its claim ends.
 */
export function tombstones(
  query: Query,
  table: Table,
  { before, now, limit }: { before: Date; now: Date; limit: number },
): Promise<FileRow[]> {
  return query<FileRow>(
    `select id, user_id, object_key from landfall.${table}
     where deleted_at is not null and deleted_at <= $1 and (claimed_until is null or claimed_until <= $2)
     order by deleted_at limit $3`,
    [before, now, limit],
  );
}

/** Makes tombstones of rows that have come to their end. Answers how many. */
export async function buryExpired(query: Query, table: Table, now: Date, limit: number): Promise<number> {
  const rows = await query(
    `update landfall.${table} set deleted_at = $1
     where id in (
       select id from landfall.${table} where expires_at <= $1 and deleted_at is null
       order by expires_at limit $2 for update skip locked)
     returning id`,
    [now, limit],
  );
  return rows.length;
}

/** Jobs are tombstones until nothing refers to them any more. Answers how many are gone. */
export async function forgetJobs(query: Query, limit: number): Promise<number> {
  const rows = await query(
    `delete from landfall.jobs where id in (
       select j.id from landfall.jobs j
       where j.deleted_at is not null
         and not exists (select from landfall.candidates c where c.user_id = j.user_id and c.job_id = j.id)
         and not exists (select from landfall.candidate_imports i where i.user_id = j.user_id and i.job_id = j.id)
       order by j.deleted_at limit $1)
     returning id`,
    [limit],
  );
  return rows.length;
}

export async function forgetRows(query: Query, table: Table, ids: readonly string[]): Promise<void> {
  await query(`delete from landfall.${table} where deleted_at is not null and id = any($1)`, [ids]);
}

/** How many files have been processing since before the given time. */
export async function waitingRows(query: Query, table: Table, since: Date): Promise<number> {
  const [row] = await query<{ files: number }>(
    `select count(*)::int as files from landfall.${table}
     where status = 'processing' and created_at <= $1 and deleted_at is null`,
    [since],
  );
  return row?.files ?? 0;
}

export interface ExpiredUpload extends FileRow {
  readonly purpose: keyof typeof uploadBuckets;
}

export function claimExpiredUploads(
  query: Query,
  purposes: readonly string[],
  { now, until, limit }: { now: Date; until: Date; limit: number },
): Promise<ExpiredUpload[]> {
  return query<ExpiredUpload>(
    `update landfall.uploads set claimed_until = $2
     where id in (
       select id from landfall.uploads
       where expires_at <= $1 and (claimed_until is null or claimed_until <= $1) and purpose = any($4)
       order by expires_at limit $3 for update skip locked)
     returning id, user_id, object_key, purpose`,
    [now, until, limit, purposes],
  );
}

export async function forgetUploads(query: Query, ids: readonly string[]): Promise<void> {
  await query('delete from landfall.uploads where id = any($1)', [ids]);
}

/** Answers how many. */
export async function removeIdempotencyKeys(query: Query, now: Date, limit: number): Promise<number> {
  const rows = await query(
    `delete from landfall.idempotency_keys where (user_id, key) in (
       select user_id, key from landfall.idempotency_keys where expires_at <= $1 limit $2)
     returning 1`,
    [now, limit],
  );
  return rows.length;
}
