import type * as z from 'zod';
import { ApiError } from '../shared/errors';
import type { Request } from '../shared/http';
import type { documentTextSchema } from './contract';
import type { Dependencies } from './dependencies';
import { documentNotFound } from './get-document';
import { stillProcessing } from './processing-state';
import { type DocumentTextRow, documentText } from './queries';

/**
 * The text of a document.
 *
 * @throws ApiError conflict while it is being read, unprocessable with the reason when it could not be, not_found for
 *   the documents of others, for those that do not exist, and for those of before texts were kept
 */
export async function getDocumentText(
  { database }: Pick<Dependencies, 'database'>,
  { identity, params: { id } }: Request<{ id: string }>,
): Promise<z.output<typeof documentTextSchema>> {
  const [row] = await database.withUser<DocumentTextRow>(identity, documentText(id));
  if (!row) throw documentNotFound();
  if (row.status === 'processing') throw stillProcessing();
  if (row.failure !== null) {
    throw new ApiError('unprocessable', 'No text could be taken from this file.', {
      details: { reason: row.failure },
    });
  }
  if (row.content === null) {
    throw new ApiError('not_found', 'This document is older than the extraction of texts. Upload it again.', {
      details: { reason: 'not_extracted' },
    });
  }
  return {
    documentId: row.id,
    status: 'ready',
    text: row.content,
    pages: row.pages,
    language: row.language,
    metadata: row.metadata ?? {},
    truncated: row.truncated ?? false,
  };
}
