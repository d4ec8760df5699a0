import type { Profile } from '../profile/schema';
import type { Cursor } from '../shared/cursor';
import type { Transaction } from '../shared/database';
import type { Statement } from '../shared/flight';
import type { UploadRow } from '../shared/uploads/queries';
import type { resumeTypes } from './schemas';

/** Row-level security limits every statement here to the rows of the transaction's user. */

export interface CandidateRow {
  readonly id: string;
  readonly job_id: string;
  readonly import_id: string | null;
  readonly file_name: string;
  readonly mime_type: (typeof resumeTypes)[number];
  /** bigint, which pg hands over as text. */
  readonly size: string;
  readonly object_key: string;
  readonly status: 'processing' | 'ready' | 'failed';
  readonly failure: string | null;
  readonly profile: Profile | null;
  readonly language: string | null;
  readonly pages: number | null;
  readonly created_at: Date;
  readonly expires_at: Date;
  readonly deleted_at: Date | null;
}

const columns = `id, job_id, import_id, file_name, mime_type, size, object_key, status, failure, profile, language,
  pages, created_at, expires_at, deleted_at`;

/** Of candidates that the user sees at a time. */
export function candidateById(jobId: string, id: string, now: Date): Statement {
  return {
    text: `
      select ${columns} from landfall.candidates
      where id = $1 and job_id = $2 and deleted_at is null and expires_at > $3`,
    values: [id, jobId, now],
  };
}

/** A page of a job, one row more than `limit`; a row without an id when it is empty; none when there is no such job. */
export function candidatePage({
  jobId,
  status,
  limit,
  after,
  now,
}: {
  jobId: string;
  status: CandidateRow['status'] | undefined;
  limit: number;
  after: Cursor | undefined;
  now: Date;
}): Statement {
  const values: unknown[] = [jobId, now, limit + 1];
  const filters = ['user_id = j.user_id', 'job_id = j.id', 'deleted_at is null', 'expires_at > $2'];
  if (status !== undefined) filters.push(`status = $${values.push(status)}`);
  if (after !== undefined)
    filters.push(`(created_at, id) < ($${values.push(after.createdAt)}, $${values.push(after.id)})`);
  return {
    text: `
      select c.* from landfall.jobs j left join lateral (
        select ${columns} from landfall.candidates
        where ${filters.join(' and ')} order by created_at desc, id desc limit $3) c on true
      where j.id = $1 and j.deleted_at is null order by c.created_at desc, c.id desc`,
    values,
  };
}

/** The candidate an upload became, tombstones included. */
export async function candidateOfUpload(
  tx: Transaction,
  jobId: string,
  id: string,
): Promise<CandidateRow | undefined> {
  const [row] = await tx.query<CandidateRow>(
    `select ${columns} from landfall.candidates where id = $1 and job_id = $2`,
    [id, jobId],
  );
  return row;
}

export async function insertCandidate(
  tx: Transaction,
  upload: UploadRow,
  { versionId, sha256, now, expiresAt }: { versionId: string; sha256: Buffer; now: Date; expiresAt: Date },
): Promise<CandidateRow> {
  const [row] = await tx.query<CandidateRow>(
    `insert into landfall.candidates
       (id, user_id, job_id, file_name, mime_type, size, content_sha256, object_key, object_version, status,
        created_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'processing', $10, $11) returning ${columns}`,
    [
      upload.id,
      tx.userId,
      upload.job_id,
      upload.file_name,
      upload.mime_type,
      upload.size,
      sha256,
      upload.object_key,
      versionId,
      now,
      expiresAt,
    ],
  );
  return row as CandidateRow;
}

/** Makes a candidate a tombstone and answers where its object lies. */
export async function buryCandidate(
  tx: Transaction,
  jobId: string,
  id: string,
  now: Date,
): Promise<string | undefined> {
  const [row] = await tx.query<{ object_key: string }>(
    `update landfall.candidates set deleted_at = $3
     where id = $1 and job_id = $2 and deleted_at is null and expires_at > $3 returning object_key`,
    [id, jobId, now],
  );
  return row?.object_key;
}

export async function forgetCandidate(tx: Transaction, id: string): Promise<void> {
  await tx.query('delete from landfall.candidates where id = $1 and deleted_at is not null', [id]);
}
