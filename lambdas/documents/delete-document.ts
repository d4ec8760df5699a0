import { audit } from '../shared/audit';
import type { Request } from '../shared/http';
import { logger } from '../shared/logger';
import type { Dependencies } from './dependencies';
import { documentNotFound } from './get-document';
import { buryDocument, deleteTombstone } from './queries';

/**
 * Deletes a document: first the row becomes a tombstone, which hides it from everybody at once, then the object
 * goes, then the row. A crash in between leaves a tombstone, and the sweep does the rest. A second call finds
 * nothing (404), which tells a retrying caller that the first one worked.
 */
export async function deleteDocument(
  { database, storage, clock }: Pick<Dependencies, 'database' | 'storage' | 'clock'>,
  { identity, params: { id }, requestId }: Request<{ id: string }>,
): Promise<void> {
  const key = await database.withUser(identity, async (tx) => {
    const now = clock();
    const objectKey = await buryDocument(tx, id, now);
    if (objectKey === undefined) throw documentNotFound();
    await audit(tx, { action: 'document.delete', entityId: id, requestId, at: now });
    return objectKey;
  });
  try {
    await storage.remove(key);
    await database.withUser(identity, (tx) => deleteTombstone(tx, id));
  } catch (error) {
    logger.warn('deletion left to the sweep', { documentId: id, error: error as Error });
  }
}
