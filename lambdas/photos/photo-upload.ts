import { type HeaderFault, hasTooManyPixels, imageTypes, readImageHeader } from '../shared/image-header';
import type { StoredObject } from '../shared/object-store';
import type { UploadDomain } from '../shared/uploads/upload-domain';
import type { Limits } from './dependencies';
import { type Photo, toPhoto } from './photo';
import { insertPhoto, type PhotoRow, photoOfUpload } from './queries';

/** How an upload becomes a photo. */
export const photoUpload = ({ maxPixels }: Pick<Limits, 'maxPixels'>): UploadDomain<PhotoRow, Photo> => ({
  purpose: 'photo',
  noun: 'photo',
  formSeconds: 900,
  check: (object, upload) => photoFault(object, upload.mime_type, maxPixels),
  existing: photoOfUpload,
  insert: insertPhoto,
  view: toPhoto,
  created: { action: 'photo.create', details: ({ mime_type }) => ({ mimeType: mime_type }) },
});

const faults: Readonly<Record<HeaderFault, string>> = {
  unsupported: 'it is no JPEG, PNG, WebP or AVIF',
  heic: 'it is a HEIC, which we cannot open; export it as JPEG',
  corrupt: 'it is damaged or incomplete',
};

/** Looks at the first bytes only: whether the rest can be decoded is for the worker to find out, where it may fail. */
async function photoFault(
  object: StoredObject,
  mimeType: string,
  maxPixels: number,
): Promise<string | undefined> {
  const found = await readImageHeader(object);
  if (typeof found === 'string') return faults[found];
  const { format, width, height } = found;
  if (imageTypes[format] !== mimeType) return `it is ${imageTypes[format]}, ${mimeType} was announced`;
  if (hasTooManyPixels(found, maxPixels))
    return `it has ${width} by ${height} pixels, which is more than allowed for its format`;
  return undefined;
}
