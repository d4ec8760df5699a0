import { randomUUID } from 'node:crypto';
import { saveText } from '../../lambdas/documents-worker/queries';
import type { ExtractedText } from '../../lambdas/extraction/extraction';
import type { Query } from '../../lambdas/shared/database';

interface Queryable {
  query(text: string, values: unknown[]): Promise<unknown>;
}

/** A document row as the use cases would have made it, for tests that are about something else. */
export async function insertDocument(
  database: Queryable,
  {
    userId,
    name = 'A document',
    fileName = 'a.pdf',
    type = 'resume',
    createdAt = new Date(),
    deletedAt = null,
    isPrimary = false,
    status = 'ready',
    failure = null,
  }: {
    userId: string;
    name?: string;
    fileName?: string;
    type?: string;
    createdAt?: Date;
    deletedAt?: Date | null;
    isPrimary?: boolean;
    status?: string;
    failure?: string | null;
  },
): Promise<string> {
  const id = randomUUID();
  await database.query(
    `insert into landfall.documents
       (id, user_id, type, name, file_name, mime_type, size, object_key, is_primary, created_at, updated_at, deleted_at,
        object_version, status, failure)
     values ($1, $2, $3, $4, $9, 'application/pdf', 10, $5, $6, $7, $7, $8, 'v1', $10, $11)`,
    [
      id,
      userId,
      type,
      name,
      `users/${userId}/resumes/${id}-a.pdf`,
      isPrimary,
      createdAt,
      deletedAt,
      fileName,
      status,
      failure,
    ],
  );
  return id;
}

/** The text of a document as its worker keeps it. */
export async function insertText(
  database: { query(text: string, values: unknown[]): Promise<{ rows: unknown[] }> },
  document: { id: string; userId: string },
  text: string | Partial<ExtractedText>,
): Promise<void> {
  const query: Query = async <R>(sql: string, values: readonly unknown[] = []) =>
    (await database.query(sql, [...values])).rows as R[];
  await saveText(
    query,
    { id: document.id, user_id: document.userId, object_key: '' },
    {
      text: '',
      pages: 1,
      language: 'en',
      metadata: {},
      truncated: false,
      ...(typeof text === 'string' ? { text } : text),
    },
    new Date(),
  );
}
