import type * as z from 'zod';
import type { documentSchema } from './contract';
import type { DocumentRow } from './queries';

/** A document as the API answers it. */
export type Document = z.output<typeof documentSchema>;

export function toDocument(row: DocumentRow): Document {
  return {
    id: row.id,
    type: row.type,
    name: row.name,
    fileName: row.file_name,
    mimeType: row.mime_type,
    size: Number(row.size),
    isPrimary: row.is_primary,
    status: row.status,
    failure: row.failure,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}
