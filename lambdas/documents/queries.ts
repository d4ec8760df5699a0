import type { Cursor } from '../shared/cursor';
import type { Transaction } from '../shared/database';
import type { MimeType } from '../shared/file-formats';
import type { Statement } from '../shared/flight';
import type { UploadRow } from '../shared/uploads/queries';
import type { DocumentType } from './kinds';
import type { ProcessingState } from './processing-state';

/** Row-level security limits every statement here to the rows of the transaction's user. */

export interface DocumentRow {
  readonly id: string;
  readonly type: DocumentType;
  readonly name: string;
  readonly file_name: string;
  readonly mime_type: MimeType;
  readonly size: string;
  readonly object_key: string;
  readonly is_primary: boolean;
  readonly status: ProcessingState;
  readonly failure: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly deleted_at: Date | null;
}

export const documentColumns =
  'id, type, name, file_name, mime_type, size, object_key, is_primary, status, failure, created_at, updated_at, deleted_at';

export function documentById(id: string): Statement {
  return {
    text: `select ${documentColumns} from landfall.documents where id = $1 and deleted_at is null`,
    values: [id],
  };
}

export interface DocumentTextRow {
  readonly id: string;
  readonly status: ProcessingState;
  readonly failure: string | null;
  /** Null, as all that follows, while there is no text. */
  readonly content: string | null;
  readonly pages: number | null;
  readonly language: string | null;
  readonly metadata: Record<string, string> | null;
  readonly truncated: boolean | null;
}

export function documentText(id: string): Statement {
  return {
    text: `
      select d.id, d.status, d.failure, t.content, t.pages, t.language, t.metadata, t.truncated
      from landfall.documents d left join landfall.document_texts t on t.document_id = d.id
      where d.id = $1 and d.deleted_at is null`,
    values: [id],
  };
}

/**
 * One row more than `limit`: it tells whether there is a next page. The text holds only the filters in use, and
 * none by user, which the policy adds: Postgres plans it at every call, and saying it twice costs 60 us.
 */
export function documentPage({
  type,
  limit,
  after,
}: {
  type: DocumentType | undefined;
  limit: number;
  after: Cursor | undefined;
}): Statement {
  const values: unknown[] = [limit + 1];
  const filters = ['deleted_at is null'];
  if (type !== undefined) filters.push(`type = $${values.push(type)}`);
  if (after !== undefined) {
    filters.push(`(created_at, id) < ($${values.push(after.createdAt)}, $${values.push(after.id)})`);
  }
  return {
    text: `
      select ${documentColumns} from landfall.documents
      where ${filters.join(' and ')} order by created_at desc, id desc limit $1`,
    values,
  };
}

/** The document an upload became, tombstones included. */
export async function documentOfUpload(tx: Transaction, id: string): Promise<DocumentRow | undefined> {
  const [row] = await tx.query<DocumentRow>(
    `select ${documentColumns} from landfall.documents where id = $1`,
    [id],
  );
  return row;
}

/** The worker makes a document ready, or says why it cannot. */
export async function insertDocument(
  tx: Transaction,
  upload: UploadRow,
  { versionId }: { versionId: string },
  now: Date,
): Promise<DocumentRow> {
  const [row] = await tx.query<DocumentRow>(
    `insert into landfall.documents
       (id, user_id, type, name, file_name, mime_type, size, object_key, object_version, status, created_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'processing', $10, $10) returning ${documentColumns}`,
    [
      upload.id,
      tx.userId,
      upload.type,
      upload.name,
      upload.file_name,
      upload.mime_type,
      upload.size,
      upload.object_key,
      versionId,
      now,
    ],
  );
  return row as DocumentRow;
}

/**
 * Locks all documents of the type of `id`, in one order for everybody: two changes of the primary document
 * wait for each other instead of violating the index or deadlocking.
 */
export async function lockDocumentsOfSameType(tx: Transaction, id: string): Promise<void> {
  await tx.query(
    `select id from landfall.documents
     where user_id = $2 and deleted_at is null and type = (select type from landfall.documents where id = $1)
     order by id for update`,
    [id, tx.userId],
  );
}

export async function clearPrimary(tx: Transaction, id: string, now: Date): Promise<void> {
  await tx.query(
    `update landfall.documents set is_primary = false, updated_at = $3
     where user_id = $2 and is_primary and id <> $1
       and type = (select type from landfall.documents where id = $1)`,
    [id, tx.userId, now],
  );
}

export async function updateDocumentRow(
  tx: Transaction,
  id: string,
  { name, isPrimary, now }: { name: string | undefined; isPrimary: boolean | undefined; now: Date },
): Promise<DocumentRow | undefined> {
  const [row] = await tx.query<DocumentRow>(
    `update landfall.documents
     set name = coalesce($2, name), is_primary = coalesce($3, is_primary), updated_at = $4
     where id = $1 and deleted_at is null returning ${documentColumns}`,
    [id, name ?? null, isPrimary ?? null, now],
  );
  return row;
}

/** Makes a document a tombstone and answers where its object lies. */
export async function buryDocument(tx: Transaction, id: string, now: Date): Promise<string | undefined> {
  const [row] = await tx.query<Pick<DocumentRow, 'object_key'>>(
    `update landfall.documents set deleted_at = $2, is_primary = false
     where id = $1 and deleted_at is null returning object_key`,
    [id, now],
  );
  return row?.object_key;
}

export async function deleteTombstone(tx: Transaction, id: string): Promise<void> {
  await tx.query('delete from landfall.documents where id = $1 and deleted_at is not null', [id]);
}
