import sharp, { type Sharp } from 'sharp';
import type { PhotoFault } from '../../../lambdas/photos-worker/sizes';
import type { ImageFormat } from '../../../lambdas/shared/image-header';
import { bombs, chunked, damaged, foreign, withChunks } from './photo-bytes';

/** Colours of the four quarters of a sample, the right way up: none of them is at an end of its scale. */
export const quarters = {
  topLeft: [200, 60, 50],
  topRight: [60, 180, 70],
  bottomLeft: [60, 80, 200],
  bottomRight: [230, 220, 210],
} as const;

export interface PhotoSample {
  readonly name: string;
  readonly format: ImageFormat;
  readonly make: () => Promise<Buffer>;
  readonly expected:
    | {
        readonly width: number;
        readonly height: number;
        /** How far a quarter's colour may be off; null where the sample has other colours. */
        readonly tolerance: number | null;
      }
    | { readonly fault: PhotoFault }
    /** Damage that decoders may or may not notice: either a photo or `corrupt`, and nothing else. */
    | 'photo or corrupt';
}

/** A photo of four colours. */
export function picture(width: number, height: number): Sharp {
  const data = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y++) {
    const [left, right] =
      y < height / 2 ? [quarters.topLeft, quarters.topRight] : [quarters.bottomLeft, quarters.bottomRight];
    for (let x = 0; x < width; x++) data.set(x < width / 2 ? left : right, (y * width + x) * 3);
  }
  return sharp(data, { raw: { width, height, channels: 3 } });
}

/** Stored as a camera held in this position stores it: turned so that the orientation turns it back. */
function turned(orientation: number): Sharp {
  const sideways = orientation >= 5;
  const upright = picture(sideways ? 120 : 180, sideways ? 180 : 120);
  const stored = {
    1: (image: Sharp) => image,
    2: (image: Sharp) => image.flop(),
    3: (image: Sharp) => image.rotate(180),
    4: (image: Sharp) => image.flip(),
    5: (image: Sharp) => image.flip().rotate(90),
    6: (image: Sharp) => image.rotate(270),
    7: (image: Sharp) => image.flip().rotate(270),
    8: (image: Sharp) => image.rotate(90),
  }[orientation as 1];
  // sharp flips before it rotates, in whatever order it is told.
  return stored(upright);
}

const encode: Record<ImageFormat, (image: Sharp) => Sharp> = {
  jpeg: (image) => image.jpeg({ quality: 90 }),
  png: (image) => image.png({ compressionLevel: 1 }),
  webp: (image) => image.webp({ quality: 90, effort: 0 }),
  avif: (image) => image.avif({ quality: 70, effort: 0 }),
};

/** Where a camera was, who made it, and what an editor did to it: none of this may leave the worker. */
const told = {
  IFD0: { Artist: 'Somebody', Copyright: 'Somebody', Model: 'Camera 1' },
  IFD3: {
    GPSLatitudeRef: 'N',
    GPSLatitude: '52/1 31/1 0/1',
    GPSLongitudeRef: 'E',
    GPSLongitude: '13/1 24/1 0/1',
  },
};
const xmp = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSLatitude="52,31.0N"/></rdf:RDF></x:xmpmeta>`;

const everyFormat = ['jpeg', 'png', 'webp', 'avif'] as const;

/** What any camera, phone, editor or attacker sends, in each of the formats. */
function common(format: ImageFormat): Omit<PhotoSample, 'format'>[] {
  const put = encode[format];
  const usual = () => put(picture(180, 120)).toBuffer();
  const fine = { width: 180, height: 120, tolerance: 12 };
  const sized = (name: string, width: number, height: number) => ({
    name,
    make: () => put(picture(width, height)).toBuffer(),
    expected: { width, height, tolerance: 12 },
  });
  return [
    { name: 'plain', make: usual, expected: fine },
    ...[1, 2, 3, 4, 5, 6, 7, 8].map((orientation) => ({
      name: `stored in orientation ${orientation}`,
      make: async () =>
        put(sharp(await turned(orientation).png().toBuffer()).withMetadata({ orientation })).toBuffer(),
      expected: orientation >= 5 ? { width: 120, height: 180, tolerance: 12 } : fine,
    })),
    {
      name: 'with the place where it was taken',
      make: () => put(picture(180, 120).withExif(told)).toBuffer(),
      expected: fine,
    },
    {
      name: 'with an editor’s XMP and EXIF',
      make: () => put(picture(180, 120).withExif(told).withXmp(xmp)).toBuffer(),
      expected: fine,
    },
    {
      name: 'in the wide gamut of Display P3',
      make: () => put(picture(180, 120).withIccProfile('p3')).toBuffer(),
      expected: { ...fine, tolerance: 8 },
    },
    {
      name: 'without colours',
      make: () => put(picture(180, 120).greyscale()).toBuffer(),
      expected: { ...fine, tolerance: null },
    },
    {
      name: 'of one pixel',
      make: () => put(picture(1, 1)).toBuffer(),
      expected: { width: 1, height: 1, tolerance: null },
    },
    {
      name: 'of one column',
      make: () => put(picture(1, 400)).toBuffer(),
      expected: { width: 1, height: 400, tolerance: null },
    },
    sized('as wide as a panorama', 6000, 150),
    sized('as high as a strip', 90, 3000),
    sized('larger than every size', 3000, 2000),
    {
      name: 'with trailing data',
      make: async () => Buffer.concat([await usual(), Buffer.from('<script>alert(1)</script>')]),
      expected: fine,
    },
    {
      name: 'and an archive at once',
      make: async () => Buffer.concat([await usual(), foreign.zip]),
      expected: fine,
    },
    ...damaged(usual),
    ...bombs(format, usual),
  ];
}

const jpegOnly: Omit<PhotoSample, 'format'>[] = [
  {
    name: 'in the four inks of print',
    make: () => picture(180, 120).toColourspace('cmyk').jpeg({ quality: 95 }).toBuffer(),
    // Without the press's profile nobody knows its colours exactly.
    expected: { width: 180, height: 120, tolerance: 60 },
  },
  {
    name: 'progressive',
    make: () => picture(180, 120).jpeg({ progressive: true }).toBuffer(),
    expected: { width: 180, height: 120, tolerance: 12 },
  },
  {
    name: 'with colours at full resolution',
    make: () => picture(180, 120).jpeg({ chromaSubsampling: '4:4:4' }).toBuffer(),
    expected: { width: 180, height: 120, tolerance: 12 },
  },
  {
    name: 'of lowest quality',
    make: () => picture(180, 120).jpeg({ quality: 5 }).toBuffer(),
    expected: { width: 180, height: 120, tolerance: 60 },
  },
  {
    name: 'with 600 KB of previews before its dimensions',
    make: async () => {
      const jpeg = await picture(180, 120).jpeg().toBuffer();
      const preview = Buffer.concat([Buffer.from([0xff, 0xe2, 0xff, 0xff]), Buffer.alloc(0xfffd)]);
      return Buffer.concat([jpeg.subarray(0, 2), ...Array(10).fill(preview), jpeg.subarray(2)]);
    },
    expected: { width: 180, height: 120, tolerance: 12 },
  },
  {
    name: 'with a page of HTML in its comment',
    make: async () => {
      const jpeg = await picture(180, 120).jpeg().toBuffer();
      const html = Buffer.from('<html><script>alert(1)</script></html>');
      const comment = Buffer.concat([Buffer.from([0xff, 0xfe, 0, html.length + 2]), html]);
      return Buffer.concat([jpeg.subarray(0, 2), comment, jpeg.subarray(2)]);
    },
    expected: { width: 180, height: 120, tolerance: 12 },
  },
];

const pngOnly: Omit<PhotoSample, 'format'>[] = [
  {
    name: 'with alpha',
    make: () => picture(180, 120).ensureAlpha(0.5).png().toBuffer(),
    expected: { width: 180, height: 120, tolerance: 12 },
  },
  {
    name: 'of a palette',
    make: () => picture(180, 120).png({ palette: true, colours: 16 }).toBuffer(),
    expected: { width: 180, height: 120, tolerance: 12 },
  },
  {
    name: 'interlaced',
    make: () => picture(180, 120).png({ progressive: true }).toBuffer(),
    expected: { width: 180, height: 120, tolerance: 12 },
  },
  {
    name: 'of 16 bits',
    make: () => picture(180, 120).toColourspace('rgb16').png().toBuffer(),
    expected: { width: 180, height: 120, tolerance: 12 },
  },
  {
    name: 'of 16 bits, with alpha and without colours',
    make: () => picture(180, 120).greyscale().ensureAlpha(0.7).toColourspace('grey16').png().toBuffer(),
    expected: { width: 180, height: 120, tolerance: null },
  },
  {
    name: 'animated',
    make: async () =>
      withChunks(await picture(180, 120).png().toBuffer(), [
        chunked('acTL', Buffer.from('0000000100000000', 'hex')),
        chunked('fcTL', Buffer.from('00000000000000b40000007800000000000000000001000a0000', 'hex')),
      ]),
    expected: { width: 180, height: 120, tolerance: 12 },
  },
  {
    name: 'of 400 megapixels in 49 KB',
    make: async () => bombs.deflated(20_000, 20_000),
    expected: { fault: 'too_many_pixels' },
  },
];

const webpOnly: Omit<PhotoSample, 'format'>[] = [
  {
    name: 'with alpha',
    make: () => picture(180, 120).ensureAlpha(0.5).webp().toBuffer(),
    expected: { width: 180, height: 120, tolerance: 12 },
  },
  {
    name: 'without loss',
    make: () => picture(180, 120).webp({ lossless: true }).toBuffer(),
    expected: { width: 180, height: 120, tolerance: 12 },
  },
  {
    name: 'without loss, with alpha',
    make: () => picture(180, 120).ensureAlpha(0.5).webp({ lossless: true }).toBuffer(),
    expected: { width: 180, height: 120, tolerance: 12 },
  },
  {
    name: 'animated: the first frame is the photo',
    make: async () => {
      const frames = [picture(180, 120), picture(180, 120).negate()].map((frame) => frame.png().toBuffer());
      return sharp(await Promise.all(frames), { join: { animated: true } })
        .webp({ delay: [100, 100] })
        .toBuffer();
    },
    expected: { width: 180, height: 120, tolerance: 12 },
  },
];

const avifOnly: Omit<PhotoSample, 'format'>[] = [
  {
    name: 'with alpha',
    make: () => picture(180, 120).ensureAlpha(0.5).avif({ effort: 0 }).toBuffer(),
    expected: { width: 180, height: 120, tolerance: 12 },
  },
  {
    name: 'without loss',
    make: () => picture(180, 120).avif({ lossless: true, effort: 0 }).toBuffer(),
    expected: { width: 180, height: 120, tolerance: 12 },
  },
  {
    name: 'of 10 bits',
    make: () => picture(180, 120).avif({ bitdepth: 10, effort: 0 }).toBuffer(),
    expected: { width: 180, height: 120, tolerance: 12 },
  },
  {
    name: 'that a phone calls HEIC: the codec is HEVC',
    make: async () => foreign.heic,
    expected: { fault: 'heic' },
  },
  {
    name: 'that calls itself AVIF and is empty',
    make: async () => foreign.emptyAvif,
    expected: { fault: 'corrupt' },
  },
];

const disguised = (format: ImageFormat): Omit<PhotoSample, 'format'>[] =>
  (['gif', 'tiff', 'bmp', 'svg', 'pdf', 'html', 'nothing'] as const).map((kind) => ({
    name: kind === 'nothing' ? 'of no bytes' : `that is a ${kind.toUpperCase()} by another name`,
    make: async () => foreign[kind],
    expected: { fault: 'unsupported' as const },
    format,
  }));

export const photoSamples: readonly PhotoSample[] = everyFormat.flatMap((format) =>
  [
    ...common(format),
    ...{ jpeg: jpegOnly, png: pngOnly, webp: webpOnly, avif: avifOnly }[format],
    ...disguised(format),
  ].map((sample) => ({ ...sample, format })),
);
