import type * as z from 'zod';
import { audit } from '../shared/audit';
import { ApiError } from '../shared/errors';
import type { Request } from '../shared/http';
import { cleanTitle } from '../shared/visible-text';
import type { updateDocumentBody } from './contract';
import type { Dependencies } from './dependencies';
import { type Document, toDocument } from './document';
import { documentNotFound } from './get-document';
import { clearPrimary, lockDocumentsOfSameType, updateDocumentRow } from './queries';

type Body = z.output<typeof updateDocumentBody>;

/** Renames a document, or makes it the primary one of its type, which takes the mark from the other. */
export async function updateDocument(
  { database, clock }: Pick<Dependencies, 'database' | 'clock'>,
  { identity, params: { id }, body, requestId }: Request<{ id: string }, undefined, Body>,
): Promise<Document> {
  const name = body.name === undefined ? undefined : cleanTitle(body.name);
  if (name === '') throw new ApiError('bad_request', 'The name has no visible character.');
  return database.withUser(identity, async (tx) => {
    const now = clock();
    if (body.isPrimary === true) {
      await lockDocumentsOfSameType(tx, id);
      await clearPrimary(tx, id, now);
    }
    const row = await updateDocumentRow(tx, id, { name, isPrimary: body.isPrimary, now });
    if (!row) throw documentNotFound();
    const details = { changed: Object.keys(body) };
    await audit(tx, { action: 'document.update', entityId: id, requestId, at: now, details });
    return toDocument(row);
  });
}
