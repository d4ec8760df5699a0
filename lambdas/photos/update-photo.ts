import type * as z from 'zod';
import { audit } from '../shared/audit';
import { ApiError } from '../shared/errors';
import type { Request } from '../shared/http';
import type { updatePhotoBody } from './contract';
import type { Dependencies } from './dependencies';
import { type ShownPhoto, showPhoto } from './photo';
import { clearPrimary, holdUser, markPrimary, photoOfUpload } from './queries';
import { photoNotFound } from './show-photos';

type Body = z.output<typeof updatePhotoBody>;

/** Makes a photo the primary one, which takes the mark from the other. */
export async function updatePhoto(
  { database, signer, clock }: Pick<Dependencies, 'database' | 'signer' | 'clock'>,
  { identity, params: { id }, requestId }: Request<{ id: string }, undefined, Body>,
): Promise<ShownPhoto> {
  const row = await database.withUser(identity, async (tx) => {
    await holdUser(tx);
    const photo = await photoOfUpload(tx, id);
    if (!photo || photo.deleted_at) throw photoNotFound();
    await clearPrimary(tx, id);
    if (!(await markPrimary(tx, id)))
      throw new ApiError('conflict', `The photo is ${photo.status}. Only one that is ready can be primary.`, {
        details: { reason: 'photo_not_ready' },
      });
    await audit(tx, {
      action: 'photo.update',
      entityId: id,
      requestId,
      at: clock(),
      details: { changed: ['isPrimary'] },
    });
    return { ...photo, is_primary: true };
  });
  return showPhoto(signer, row);
}
