import type { Transaction } from '../database';

/** Row-level security limits every statement here to the rows of the transaction's user. */

/** What an upload becomes. */
export type Purpose = 'document' | 'photo' | 'candidate' | 'candidate_import';

export interface UploadRow {
  readonly id: string;
  readonly user_id: string;
  readonly purpose: Purpose;
  /** Candidates: the job that they apply for. */
  readonly job_id: string | null;
  /** Documents: what they are. */
  readonly type: string | null;
  /** Documents: their title. */
  readonly name: string | null;
  readonly file_name: string;
  readonly mime_type: string;
  /** bigint, which pg hands over as text. */
  readonly size: string;
  readonly object_key: string;
  readonly expires_at: Date;
  readonly claimed_until: Date | null;
}

export async function insertUpload(
  tx: Transaction,
  upload: Omit<UploadRow, 'user_id' | 'size' | 'claimed_until'> & { size: number; created_at: Date },
): Promise<void> {
  await tx.query(
    `insert into landfall.uploads
       (id, user_id, purpose, job_id, type, name, file_name, mime_type, size, object_key, created_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      upload.id,
      tx.userId,
      upload.purpose,
      upload.job_id,
      upload.type,
      upload.name,
      upload.file_name,
      upload.mime_type,
      upload.size,
      upload.object_key,
      upload.created_at,
      upload.expires_at,
    ],
  );
}

export async function uploadById(
  tx: Transaction,
  id: string,
  purpose: Purpose,
): Promise<UploadRow | undefined> {
  const [row] = await tx.query<UploadRow>('select * from landfall.uploads where id = $1 and purpose = $2', [
    id,
    purpose,
  ]);
  return row;
}

/** Takes the upload for one worker. False while another one has it. */
export async function claimUpload(
  tx: Transaction,
  id: string,
  { now, until }: { now: Date; until: Date },
): Promise<boolean> {
  const rows = await tx.query(
    `update landfall.uploads set claimed_until = $3
     where id = $1 and (claimed_until is null or claimed_until <= $2) returning id`,
    [id, now, until],
  );
  return rows.length === 1;
}

export async function releaseUpload(tx: Transaction, id: string, until: Date): Promise<void> {
  await tx.query('update landfall.uploads set claimed_until = null where id = $1 and claimed_until = $2', [
    id,
    until,
  ]);
}

/** False when the claim was lost to somebody else. */
export async function deleteClaimedUpload(tx: Transaction, id: string, until: Date): Promise<boolean> {
  const rows = await tx.query(
    'delete from landfall.uploads where id = $1 and claimed_until = $2 returning id',
    [id, until],
  );
  return rows.length === 1;
}
