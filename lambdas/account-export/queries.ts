import type { Transaction } from '../shared/database';
import type { Statement } from '../shared/flight';

/** Row-level security limits every statement here to the rows of the transaction's user. */

export interface ClaimedExport {
  readonly id: string;
  readonly object_key: string;
}

/**
 * Takes the export for one invocation and its repetitions. Undefined when there is nothing to do: it is ready, it
 * has expired, or another invocation has it.
 */
export async function claimExport(
  tx: Transaction,
  id: string,
  { now, until, by }: { now: Date; until: Date; by: string },
): Promise<ClaimedExport | undefined> {
  const [row] = await tx.query<ClaimedExport>(
    `update landfall.account_exports set claimed_until = $3, claimed_by = $4
     where id = $1 and status <> 'ready' and expires_at > $2
       and (claimed_until is null or claimed_until <= $2 or claimed_by = $4)
     returning id, object_key`,
    [id, now, until, by],
  );
  return row;
}

/** False when the export is no longer this invocation's. */
export async function finishExport(
  tx: Transaction,
  id: string,
  { by, size, now, expiresAt }: { by: string; size: number; now: Date; expiresAt: Date },
): Promise<boolean> {
  const rows = await tx.query(
    `update landfall.account_exports
     set status = 'ready', size = $3, failure = null, finished_at = $4, expires_at = $5,
         claimed_until = null, claimed_by = null
     where id = $1 and claimed_by = $2 returning id`,
    [id, by, size, now, expiresAt],
  );
  return rows.length === 1;
}

export async function failExport(
  tx: Transaction,
  id: string,
  { by, failure, now }: { by: string; failure: string; now: Date },
): Promise<void> {
  await tx.query(
    `update landfall.account_exports
     set status = 'failed', failure = $3, finished_at = $4, claimed_until = null, claimed_by = null
     where id = $1 and claimed_by = $2`,
    [id, by, failure, now],
  );
}

export interface DocumentRow {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly file_name: string;
  readonly mime_type: string;
  /** bigint, which pg hands over as text. */
  readonly size: string;
  readonly object_key: string;
  readonly is_primary: boolean;
  readonly status: string;
  readonly failure: string | null;
  /** Of its text; null while there is none. */
  readonly language: string | null;
  readonly pages: number | null;
  readonly created_at: Date;
  readonly updated_at: Date;
}

/** Documents after one of them, the newest first; by the index that serves the list. */
export function documentsAfter(last: DocumentRow | undefined, limit: number): Statement {
  return {
    text: `
      select d.id, d.type, d.name, d.file_name, d.mime_type, d.size, d.object_key, d.is_primary, d.status, d.failure,
        d.created_at, d.updated_at, t.language, t.pages
      from landfall.documents d left join landfall.document_texts t on t.document_id = d.id
      where d.deleted_at is null ${last ? 'and (d.created_at, d.id) < ($2, $3)' : ''}
      order by d.created_at desc, d.id desc limit $1`,
    values: last ? [limit, last.created_at, last.id] : [limit],
  };
}

export interface JobRow {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly status: string;
  readonly created_at: Date;
  readonly updated_at: Date;
}

/** Jobs after one of them, the newest first. */
export function jobsAfter(last: JobRow | undefined, limit: number): Statement {
  return {
    text: `
      select id, title, description, status, created_at, updated_at from landfall.jobs
      where deleted_at is null ${last ? 'and (created_at, id) < ($2, $3)' : ''}
      order by created_at desc, id desc limit $1`,
    values: last ? [limit, last.created_at, last.id] : [limit],
  };
}

export interface CandidateRow {
  readonly id: string;
  readonly job_id: string;
  readonly file_name: string;
  readonly mime_type: string;
  /** bigint, which pg hands over as text. */
  readonly size: string;
  readonly object_key: string;
  readonly status: string;
  readonly failure: string | null;
  readonly profile: object | null;
  readonly language: string | null;
  readonly pages: number | null;
  readonly created_at: Date;
  readonly expires_at: Date;
}

/** Candidates after one of them, in the order of their jobs' ids. */
export function candidatesAfter(last: CandidateRow | undefined, limit: number, now: Date): Statement {
  return {
    text: `
      select id, job_id, file_name, mime_type, size, object_key, status, failure, profile, language, pages,
        created_at, expires_at
      from landfall.candidates
      where deleted_at is null and expires_at > $2 ${last ? 'and (job_id, created_at, id) < ($3, $4, $5)' : ''}
      order by job_id desc, created_at desc, id desc limit $1`,
    values: last ? [limit, now, last.job_id, last.created_at, last.id] : [limit, now],
  };
}

export interface PhotoRow {
  readonly id: string;
  readonly mime_type: string;
  /** bigint, which pg hands over as text. */
  readonly size: string;
  readonly object_key: string;
  readonly status: string;
  readonly width: number | null;
  readonly height: number | null;
  /** Chosen by the user. */
  readonly is_primary: boolean;
  readonly position: number;
  readonly created_at: Date;
}

/** Photos after one of them, in the user's order; by the index that serves the list. */
export function photosAfter(last: PhotoRow | undefined, limit: number): Statement {
  return {
    text: `
      select id, mime_type, size, object_key, status, width, height, is_primary, position, created_at
      from landfall.photos
      where deleted_at is null ${last ? 'and (position, created_at, id) > ($2, $3, $4)' : ''}
      order by position, created_at, id limit $1`,
    values: last ? [limit, last.position, last.created_at, last.id] : [limit],
  };
}
