import type * as z from 'zod';
import { ApiError } from '../shared/errors';
import type { Request } from '../shared/http';
import { imageTypes } from '../shared/image-header';
import { originalKey } from '../shared/photo-sizes';
import { createUpload, type Upload } from '../shared/uploads/create-upload';
import type { createUploadBody } from './contract';
import type { Dependencies, Limits } from './dependencies';
import { photoUpload } from './photo-upload';
import { countPhotos, holdUser } from './queries';

type Body = z.output<typeof createUploadBody>;

/** Starts the upload of a photo, unless the user has as many as allowed, those under way included. */
export async function createPhotoUpload(
  deps: Dependencies,
  request: Request<undefined, undefined, Body>,
): Promise<Upload> {
  const { limits, clock } = deps;
  const { mimeType, fileSize } = request.body;
  checkFile(request.body, limits);
  return createUpload(deps, photoUpload(limits), request, { mimeType, size: fileSize }, async (tx, id) => {
    await holdUser(tx);
    if ((await countPhotos(tx, clock())) >= limits.maxPerUser) {
      throw new ApiError('conflict', `There are ${limits.maxPerUser} photos already. Delete one first.`, {
        details: { reason: 'too_many_photos', maxPerUser: limits.maxPerUser },
      });
    }
    // People's names for their photos are theirs; nobody is shown them.
    return { fileName: id, objectKey: originalKey(tx.userId, id) };
  });
}

function checkFile({ mimeType, fileSize }: Body, { maxBytes }: Limits): void {
  const types: readonly string[] = Object.values(imageTypes);
  if (!types.includes(mimeType)) {
    const heic = /^image\/hei[cf]/i.test(mimeType)
      ? 'HEIC cannot be opened here: export the photo as JPEG, which cameras and phones call “most compatible”. '
      : '';
    throw new ApiError('unsupported_media_type', `${heic}Send one of: ${types.join(', ')}.`, {
      details: { mimeTypes: types },
    });
  }
  if (fileSize > maxBytes) {
    throw new ApiError('payload_too_large', `Send a file of at most ${maxBytes} bytes.`, {
      details: { maxBytes },
    });
  }
}
