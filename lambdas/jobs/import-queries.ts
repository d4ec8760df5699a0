import type { Transaction } from '../shared/database';
import { type UploadRow, uploadById } from '../shared/uploads/queries';
import type { entryOutcomes } from './schemas';

/** Row-level security limits every statement here to the rows of the transaction's user. */

export interface ImportRow {
  readonly id: string;
  readonly job_id: string;
  readonly file_name: string;
  /** bigint, which pg hands over as text. */
  readonly size: string;
  readonly status: 'processing' | 'ready' | 'failed';
  readonly failure: string | null;
  readonly entries: number | null;
  readonly created_at: Date;
  readonly deleted_at: Date | null;
}

export interface EntryRow {
  readonly position: number;
  readonly path: string;
  readonly outcome: (typeof entryOutcomes)[number];
  readonly candidate_id: string | null;
}

/** An upload of a ZIP, which S3 knows by an id of its own. */
export type ImportUploadRow = UploadRow & { readonly multipart_id: string; readonly created_at: Date };

const columns = 'id, job_id, file_name, size, status, failure, entries, created_at, deleted_at';

export async function importUpload(
  tx: Transaction,
  jobId: string,
  id: string,
): Promise<ImportUploadRow | undefined> {
  const row = (await uploadById(tx, id, 'candidate_import')) as ImportUploadRow | undefined;
  return row?.job_id === jobId ? row : undefined;
}

export async function insertImportUpload(
  tx: Transaction,
  upload: {
    id: string;
    jobId: string;
    fileName: string;
    size: number;
    multipartId: string;
    now: Date;
    expiresAt: Date;
  },
): Promise<void> {
  await tx.query(
    `insert into landfall.uploads
       (id, user_id, purpose, job_id, file_name, mime_type, size, object_key, multipart_id, created_at, expires_at)
     values ($1, $2, 'candidate_import', $3, $4, 'application/zip', $5, $6, $7, $8, $9)`,
    [
      upload.id,
      tx.userId,
      upload.jobId,
      upload.fileName,
      upload.size,
      importKey(tx.userId, upload.id),
      upload.multipartId,
      upload.now,
      upload.expiresAt,
    ],
  );
}

/** Where a ZIP lies while it is worked on; the bucket empties this prefix after a day. */
const importKey = (userId: string, id: string): string => `imports/${userId}/${id}`;

/** False while a call completes it. */
export async function deleteImportUpload(tx: Transaction, id: string, now: Date): Promise<boolean> {
  const rows = await tx.query(
    `delete from landfall.uploads
     where id = $1 and purpose = 'candidate_import' and (claimed_until is null or claimed_until <= $2) returning id`,
    [id, now],
  );
  return rows.length === 1;
}

/** An import of a job, tombstones included. */
export async function importById(tx: Transaction, jobId: string, id: string): Promise<ImportRow | undefined> {
  const [row] = await tx.query<ImportRow>(
    `select ${columns} from landfall.candidate_imports where id = $1 and job_id = $2`,
    [id, jobId],
  );
  return row;
}

export async function insertImport(
  tx: Transaction,
  upload: UploadRow,
  { versionId, now, expiresAt }: { versionId: string; now: Date; expiresAt: Date },
): Promise<ImportRow> {
  const [row] = await tx.query<ImportRow>(
    `insert into landfall.candidate_imports
       (id, user_id, job_id, file_name, size, object_key, object_version, status, created_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, 'processing', $8, $9) returning ${columns}`,
    [
      upload.id,
      tx.userId,
      upload.job_id,
      upload.file_name,
      upload.size,
      upload.object_key,
      versionId,
      now,
      expiresAt,
    ],
  );
  return row as ImportRow;
}

/** One row more than `limit`: it tells whether there is a next page. */
export function entriesOfImport(
  tx: Transaction,
  id: string,
  { from, limit }: { from: number; limit: number },
): Promise<EntryRow[]> {
  return tx.query<EntryRow>(
    `select position, path, outcome, candidate_id from landfall.candidate_import_entries
     where import_id = $1 and position >= $2 order by position limit $3`,
    [id, from, limit + 1],
  );
}

export async function countsOfImport(
  tx: Transaction,
  id: string,
): Promise<Partial<Record<EntryRow['outcome'], number>>> {
  const rows = await tx.query<{ outcome: EntryRow['outcome']; entries: number }>(
    `select outcome, count(*)::int as entries from landfall.candidate_import_entries
     where import_id = $1 group by outcome order by outcome`,
    [id],
  );
  return Object.fromEntries(rows.map(({ outcome, entries }) => [outcome, entries]));
}
