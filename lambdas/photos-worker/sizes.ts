import sharp, { type Sharp } from 'sharp';
import { hasTooManyPixels, type ImageFormat, readImageHeader } from '../shared/image-header';
import { type SizeName, sizes } from '../shared/photo-sizes';

export interface Limits {
  readonly maxPixels: number;
  readonly seconds: number;
}

export interface MadeSize {
  readonly name: SizeName;
  readonly width: number;
  readonly height: number;
  /** WebP without any metadata. */
  readonly content: Buffer;
}

export interface MadePhoto {
  readonly format: ImageFormat;
  /** The right way up. */
  readonly width: number;
  readonly height: number;
  /** A few bytes of WebP as a data URI, to show while a size loads. */
  readonly blur: string;
  readonly sizes: readonly MadeSize[];
}

/**
 * Codes of photos that no second try would cure: another format; the HEVC codec's, which we may not decode; damaged
 * or cut off; more pixels, or more memory for them, than allowed; too slow to decode.
 */
export type PhotoFault = 'unsupported' | 'heic' | 'corrupt' | 'too_many_pixels' | 'timeout';

export class PhotoError extends Error {
  override readonly name = 'PhotoError';

  constructor(
    readonly code: PhotoFault,
    options?: ErrorOptions,
  ) {
    super(`The photo cannot be processed: ${code}`, options);
  }
}

// A function sees every photo once, and has less than one core to itself: caches and threads would only cost memory.
sharp.cache(false);
sharp.concurrency(1);
// Nothing but the four formats is ever handed to a decoder, whatever a file looks like to libvips.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: [
    'VipsForeignLoadJpegBuffer',
    'VipsForeignLoadPngBuffer',
    'VipsForeignLoadWebpBuffer',
    'VipsForeignLoadHeifBuffer',
  ],
});

/** More effort halves the speed for 5 % of size: `npm run bench photos`. */
const webp = { quality: 80, effort: 2 } as const;

/**
 * All sizes of a photo by one decoding: each size is made of the next larger one. Orientation and colour profile
 * are applied; no metadata is written.
 *
 * @throws PhotoError for what is wrong with the file
 */
export async function makePhoto(file: Buffer, { maxPixels, seconds }: Limits): Promise<MadePhoto> {
  const found = await readImageHeader({
    size: file.length,
    read: async (start, length) => file.subarray(start, start + length),
  });
  if (typeof found === 'string') throw new PhotoError(found);
  if (hasTooManyPixels(found, maxPixels)) throw new PhotoError('too_many_pixels');
  try {
    // Of an animation, the first frame. Warnings are what every viewer forgives; a cut is not.
    const decoder = sharp(file, {
      limitInputPixels: maxPixels,
      failOn: 'error',
      sequentialRead: true,
      autoOrient: true,
      animated: false,
    }).timeout({ seconds });
    const { autoOrient } = await decoder.metadata();
    const large = await scaled(decoder, sizes.large);
    const [largest, rest] = await Promise.all([encoded('large', large), smaller(large)]);
    const { width, height } = autoOrient;
    return { format: found.format, width, height, blur: rest.blur, sizes: [...rest.sizes, largest] };
  } catch (error) {
    throw new PhotoError(faultOf(error), { cause: error });
  }
}

interface Pixels {
  readonly data: Buffer;
  readonly raw: { readonly width: number; readonly height: number; readonly channels: 1 | 2 | 3 | 4 };
}

async function smaller(large: Pixels): Promise<{ blur: string; sizes: MadeSize[] }> {
  const medium = await scaled(open(large), sizes.medium);
  const small = await scaled(open(medium), sizes.small);
  return {
    blur: await blurred(small),
    sizes: [await encoded('small', small), await encoded('medium', medium)],
  };
}

const open = ({ data, raw }: Pixels): Sharp => sharp(data, { raw });

async function scaled(image: Sharp, longest: number): Promise<Pixels> {
  const { data, info } = await image
    .resize({ width: longest, height: longest, fit: 'inside', withoutEnlargement: true })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  return { data, raw: { width, height, channels } };
}

async function encoded(name: SizeName, pixels: Pixels): Promise<MadeSize> {
  const content = await open(pixels).webp(webp).toBuffer();
  return { name, width: pixels.raw.width, height: pixels.raw.height, content };
}

async function blurred(pixels: Pixels): Promise<string> {
  const content = await open(pixels)
    .resize({ width: 16, height: 16, fit: 'inside', withoutEnlargement: true })
    .webp({ quality: 40, alphaQuality: 40, effort: 2 })
    .toBuffer();
  return `data:image/webp;base64,${content.toString('base64')}`;
}

/** libvips has no codes, only sentences. */
function faultOf(error: unknown): PhotoFault {
  const message = error instanceof Error ? error.message : '';
  if (message.includes('exceeds pixel limit')) return 'too_many_pixels';
  if (message.startsWith('timeout:')) return 'timeout';
  return 'corrupt';
}
