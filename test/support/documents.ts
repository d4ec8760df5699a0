import { randomUUID } from 'node:crypto';

interface Queryable {
  query(text: string, values: unknown[]): Promise<unknown>;
}

/** A document row as the use cases would have made it, for tests that are about something else. */
export async function insertDocument(
  database: Queryable,
  {
    userId,
    name = 'A document',
    type = 'resume',
    createdAt = new Date(),
    deletedAt = null,
    isPrimary = false,
  }: {
    userId: string;
    name?: string;
    type?: string;
    createdAt?: Date;
    deletedAt?: Date | null;
    isPrimary?: boolean;
  },
): Promise<string> {
  const id = randomUUID();
  await database.query(
    `insert into landfall.documents
       (id, user_id, type, name, file_name, mime_type, size, object_key, is_primary, created_at, updated_at, deleted_at)
     values ($1, $2, $3, $4, 'a.pdf', 'application/pdf', 10, $5, $6, $7, $7, $8)`,
    [id, userId, type, name, `users/${userId}/resumes/${id}-a.pdf`, isPrimary, createdAt, deletedAt],
  );
  return id;
}
