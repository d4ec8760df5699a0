import type { Query } from '../shared/database';
import type { ObjectStore } from '../shared/object-store';
import { sizeKey } from '../shared/photo-sizes';
import { ProcessingFailure, type Processor } from '../shared/processing/processor';
import { worker } from './contract';
import { type MadePhoto, makePhoto, PhotoError } from './sizes';

export interface PhotoDependencies {
  readonly storage: Pick<ObjectStore, 'put'>;
  readonly maxPixels: number;
}

/**
 * What is stored under a key is always made of the same original. Browsers keep it for as long as its address is
 * valid; the distribution for longer, because nobody gets past it without a valid address.
 */
const cacheControl = `max-age=3600, s-maxage=${30 * 24 * 3600}, immutable`;

/**
 * Makes the sizes of a photo. Their keys are known beforehand: a repetition writes the same bytes again, and deleting
 * the photo finds them whatever has been written by then. While the row is claimed, the sweep leaves a deleted photo
 * alone, so nothing that this writes comes after its removal.
 */
export function photoProcessor({
  storage,
  maxPixels,
}: PhotoDependencies): Processor<Record<never, never>, Omit<MadePhoto, 'sizes'>> {
  return {
    table: 'photos',
    columns: [],
    secondsPerFile: worker.secondsPerFile,

    async process({ row, object, signal }) {
      const file = await object.read(0, object.size);
      const { sizes, ...photo } = await made(file, maxPixels);
      for (const { name, content } of sizes) {
        signal.throwIfAborted();
        const key = sizeKey(row.user_id, row.id, name);
        await storage.put({ key, mimeType: 'image/webp', cacheControl }, content);
      }
      return photo;
    },

    save: (query, { id }, photo) => savePhoto(query, id, photo),
  };
}

async function made(file: Buffer, maxPixels: number): Promise<MadePhoto> {
  try {
    // libvips stops by itself; nobody else could stop it. Before the processor's own limit, which only stops waiting.
    return await makePhoto(file, { maxPixels, seconds: worker.secondsPerFile - 5 });
  } catch (error) {
    if (error instanceof PhotoError)
      throw new ProcessingFailure(error.code, sentences[error.code], { cause: error.cause });
    throw error;
  }
}

const sentences: Readonly<Record<PhotoError['code'], string>> = {
  unsupported: 'expected JPEG, PNG, WebP or AVIF, found something else',
  heic: 'expected JPEG, PNG, WebP or AVIF, found HEIC',
  corrupt: 'expected a whole image, found one that is damaged or cut off',
  too_many_pixels: 'the image has more pixels than are allowed, or than there is memory for',
  timeout: 'the image took too long to decode',
};

async function savePhoto(
  query: Query,
  id: string,
  { width, height, blur }: Omit<MadePhoto, 'sizes'>,
): Promise<void> {
  await query('update landfall.photos set width = $2, height = $3, blur = $4 where id = $1', [
    id,
    width,
    height,
    blur,
  ]);
}
