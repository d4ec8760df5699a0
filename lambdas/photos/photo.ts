import type * as z from 'zod';
import { sizeFile, sizeFolder } from '../shared/photo-sizes';
import type { PhotoSigner } from '../shared/signed-url';
import type { photoSchema, shownPhotoSchema } from './contract';
import type { PhotoRow } from './queries';

export type Photo = z.output<typeof photoSchema>;
export type ShownPhoto = z.output<typeof shownPhotoSchema>;

/** A photo as the API answers it, without the right to see it. */
export function toPhoto(row: PhotoRow): Photo {
  return {
    id: row.id,
    mimeType: row.mime_type,
    size: Number(row.size),
    status: row.status,
    failure: row.failure,
    width: row.width,
    height: row.height,
    blur: row.blur,
    isPrimary: row.is_primary,
    createdAt: row.created_at.toISOString(),
  };
}

/** With addresses that show it for an hour. One signature is good for this photo's sizes and for no other photo. */
export async function showPhoto(signer: PhotoSigner, row: PhotoRow): Promise<ShownPhoto> {
  if (row.status !== 'ready') return { ...toPhoto(row), urls: null, urlsExpireAt: null };
  const folder = await signer.signFolder(sizeFolder(row.user_id, row.id));
  return {
    ...toPhoto(row),
    urls: {
      small: folder.url(sizeFile('small')),
      medium: folder.url(sizeFile('medium')),
      large: folder.url(sizeFile('large')),
    },
    urlsExpireAt: folder.expires.toISOString(),
  };
}
