import { audit } from '../shared/audit';
import type { Request } from '../shared/http';
import { logger } from '../shared/logger';
import { photoKeys } from '../shared/photo-sizes';
import type { Dependencies } from './dependencies';
import { buryPhoto, deleteTombstone } from './queries';
import { photoNotFound } from './show-photos';

/**
 * Deletes a photo: first the row becomes a tombstone, which hides it from everybody at once, then the objects go, then
 * the row. While a worker has the photo it may still write sizes, so the tombstone stays: the sweep removes the
 * objects again once the worker's time is up. A crash in between leaves the rest to the sweep as well.
 */
export async function deletePhoto(
  { database, storage, clock }: Pick<Dependencies, 'database' | 'storage' | 'clock'>,
  { identity, params: { id }, requestId }: Request<{ id: string }>,
): Promise<void> {
  const { userId, claimed } = await database.withUser(identity, async (tx) => {
    const now = clock();
    const buried = await buryPhoto(tx, id, now);
    if (!buried) throw photoNotFound();
    await audit(tx, { action: 'photo.delete', entityId: id, requestId, at: now });
    return { userId: tx.userId, claimed: buried.claimed_until !== null };
  });
  try {
    await Promise.all(photoKeys(userId, id).map((key) => storage.remove(key)));
    if (!claimed) await database.withUser(identity, (tx) => deleteTombstone(tx, id));
  } catch (error) {
    logger.warn('deletion left to the sweep', { photoId: id, error: error as Error });
  }
}
