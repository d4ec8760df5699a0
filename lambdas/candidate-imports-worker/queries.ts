import type { Query } from '../shared/database';
import type { FileRow } from '../shared/processing/processor';
import type { EntryFault } from './archive';

/** Row-level security lets the worker add to imports that are being worked on, in the name of their users only. */

export interface ImportRow extends FileRow {
  readonly job_id: string;
  readonly expires_at: Date;
}

export interface Report {
  readonly position: number;
  readonly path: string;
  readonly outcome: 'candidate' | 'duplicate' | 'skipped' | EntryFault;
  /** The candidate that it became, or whose file it equals. */
  readonly candidateId: string | null;
}

export interface NewCandidate {
  readonly id: string;
  readonly fileName: string;
  readonly mimeType: string;
  readonly size: number;
  readonly sha256: Buffer;
  readonly key: string;
}

/** How many entries there are, for whoever looks at the progress. */
export async function countEntries(query: Query, { id }: ImportRow, entries: number): Promise<void> {
  await query('update landfall.candidate_imports set entries = $2 where id = $1 and deleted_at is null', [
    id,
    entries,
  ]);
}

export async function reportedPositions(query: Query, { id }: ImportRow): Promise<Set<number>> {
  const rows = await query<{ position: number }>(
    'select position from landfall.candidate_import_entries where import_id = $1',
    [id],
  );
  return new Set(rows.map(({ position }) => position));
}

/**
 * Holds the import for the rest of the transaction: its job is deleted before, or with what this transaction adds.
 * False when it was deleted, or is somebody else's.
 */
export async function holdImport(query: Query, { id }: ImportRow): Promise<boolean> {
  const rows = await query(
    `select from landfall.candidate_imports
     where id = $1 and status = 'processing' and deleted_at is null for share`,
    [id],
  );
  return rows.length === 1;
}

/** A candidate of the job with the same file. */
export async function twin(
  query: Query,
  { job_id }: ImportRow,
  { id, sha256 }: NewCandidate,
): Promise<string | undefined> {
  const [row] = await query<{ id: string }>(
    `select id from landfall.candidates
     where job_id = $1 and content_sha256 = $2 and deleted_at is null and id <> $3 order by id limit 1`,
    [job_id, sha256, id],
  );
  return row?.id;
}

/** From now on the sweep removes the file, unless it becomes a candidate before the upload expires. */
export async function announce(
  query: Query,
  row: ImportRow,
  candidate: NewCandidate,
  { now, until }: { now: Date; until: Date },
): Promise<void> {
  await query(
    `insert into landfall.uploads
       (id, user_id, purpose, job_id, import_id, file_name, mime_type, size, object_key, created_at, expires_at)
     values ($1, $2, 'candidate', $3, $4, $5, $6, $7, $8, $9, $10) on conflict (id) do nothing`,
    [
      candidate.id,
      row.user_id,
      row.job_id,
      row.id,
      candidate.fileName,
      candidate.mimeType,
      candidate.size,
      candidate.key,
      now,
      until,
    ],
  );
}

export async function forgetAnnounced(query: Query, id: string): Promise<void> {
  await query('delete from landfall.uploads where id = $1 and import_id is not null', [id]);
}

/** False when there is one with this id, or with this file by another import. */
export async function insertCandidate(
  query: Query,
  row: ImportRow,
  candidate: NewCandidate,
  { versionId, now }: { versionId: string; now: Date },
): Promise<boolean> {
  const rows = await query(
    `insert into landfall.candidates
       (id, user_id, job_id, import_id, file_name, mime_type, size, content_sha256, object_key, object_version,
        status, created_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'processing', $11, $12)
     on conflict do nothing returning id`,
    [
      candidate.id,
      row.user_id,
      row.job_id,
      row.id,
      candidate.fileName,
      candidate.mimeType,
      candidate.size,
      candidate.sha256,
      candidate.key,
      versionId,
      now,
      row.expires_at,
    ],
  );
  return rows.length === 1;
}

/** Once: whoever comes second with the same entry changes nothing. */
export async function reportEntry(
  query: Query,
  row: ImportRow,
  { position, path, outcome, candidateId }: Report,
): Promise<void> {
  await query(
    `insert into landfall.candidate_import_entries (user_id, import_id, position, path, outcome, candidate_id)
     values ($1, $2, $3, $4, $5, $6) on conflict (import_id, position) do nothing`,
    [row.user_id, row.id, position, path, outcome, candidateId],
  );
}
