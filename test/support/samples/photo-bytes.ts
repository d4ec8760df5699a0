/** Samples that no encoder makes: cut off, damaged, lying about their size, or something else altogether. */
import { crc32, deflateSync } from 'node:zlib';
import type { ImageFormat } from '../../../lambdas/shared/image-header';
import type { PhotoSample } from './photos';

type Bytes = () => Promise<Buffer>;
type Sample = Omit<PhotoSample, 'format'>;

/** A PNG chunk with its checksum. */
export function chunked(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** A PNG with chunks after its header. */
export const withChunks = (png: Buffer, chunks: readonly Buffer[]): Buffer =>
  Buffer.concat([png.subarray(0, 33), ...chunks, png.subarray(33)]);

export function damaged(usual: Bytes): Sample[] {
  const cut = (name: string, keep: (length: number) => number): Sample => ({
    name: `cut off ${name}`,
    make: async () => {
      const file = await usual();
      return file.subarray(0, keep(file.length));
    },
    expected: { fault: 'corrupt' },
  });
  const flipped = (seed: number): Sample => ({
    name: `with bits flipped (${seed})`,
    make: async () => {
      const file = Buffer.from(await usual());
      for (let flip = 0; flip < 12; flip++) {
        // After the first bytes, which say what the file is.
        const at = 16 + ((seed * 7919 + flip * 104_729) % (file.length - 16));
        file[at] = (file[at] ?? 0) ^ (1 << (flip % 8));
      }
      return file;
    },
    expected: 'photo or corrupt',
  });
  return [
    cut('after 20 bytes', () => 20),
    cut('in its header', () => 60),
    cut('in the middle', (length) => Math.floor(length / 2)),
    cut('just before its end', (length) => length - 30),
    {
      name: 'with nothing but zeros after its header',
      make: async () => {
        const file = Buffer.from(await usual());
        return file.fill(0, Math.floor(file.length / 3));
      },
      expected: 'photo or corrupt',
    },
    ...[1, 2, 3, 4].map(flipped),
  ];
}

/** Dimensions as a header says them, written over an honest file's. */
const declare: Record<ImageFormat, (file: Buffer, width: number, height: number) => Buffer> = {
  jpeg(file, width, height) {
    const frame = file.indexOf(Buffer.from([0xff, 0xc0, 0x00, 0x11]));
    file.writeUInt16BE(height, frame + 5);
    file.writeUInt16BE(width, frame + 7);
    return file;
  },
  png(file, width, height) {
    const head = Buffer.from(file.subarray(16, 29));
    head.writeUInt32BE(width, 0);
    head.writeUInt32BE(height, 4);
    return Buffer.concat([file.subarray(0, 8), chunked('IHDR', head), file.subarray(33)]);
  },
  webp(file, width, height) {
    const start = file.indexOf(Buffer.from([0x9d, 0x01, 0x2a]));
    file.writeUInt16LE(width, start + 3);
    file.writeUInt16LE(height, start + 5);
    return file;
  },
  avif(file, width, height) {
    for (let at = file.indexOf('ispe'); at !== -1; at = file.indexOf('ispe', at + 4)) {
      file.writeUInt32BE(width, at + 8);
      file.writeUInt32BE(height, at + 12);
    }
    return file;
  },
};

export function bombs(format: ImageFormat, usual: Bytes): Sample[] {
  const [width, height] = {
    jpeg: [65_000, 65_000],
    png: [60_000, 60_000],
    webp: [16_000, 16_000],
    avif: [30_000, 30_000],
  }[format] as [number, number];
  return [
    {
      name: `that declares ${width} by ${height} pixels`,
      make: async () => declare[format](Buffer.from(await usual()), width, height),
      expected: { fault: 'too_many_pixels' },
    },
    ...(format === 'avif'
      ? [
          {
            name: 'whose pixels are allowed and need more memory than there is',
            make: async () => declare.avif(Buffer.from(await usual()), 5000, 5000),
            expected: { fault: 'too_many_pixels' as const },
          },
        ]
      : []),
    {
      name: 'that declares no pixels',
      make: async () => declare[format](Buffer.from(await usual()), 0, 0),
      expected: { fault: 'corrupt' },
    },
    {
      name: 'that declares twice the rows it has',
      make: async () => declare[format](Buffer.from(await usual()), 180, 240),
      expected: 'photo or corrupt',
    },
  ];
}

/** A black PNG of one bit a pixel: zeros, which deflate to nearly nothing. */
bombs.deflated = (width: number, height: number): Buffer => {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head[8] = 1;
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunked('IHDR', head),
    chunked('IDAT', deflateSync(Buffer.alloc((Math.ceil(width / 8) + 1) * height))),
    chunked('IEND', Buffer.alloc(0)),
  ]);
};

function box(type: string, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + body.length);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, body]);
}

/** Files of other kinds, as short as they can be and still be recognised. */
export const foreign = {
  gif: Buffer.from(
    '47494638396101000100800000ffffff00000021f90400000000002c00000000010001000002024401003b',
    'hex',
  ),
  tiff: Buffer.from('49492a0008000000000000000000', 'hex'),
  bmp: Buffer.concat([Buffer.from('BM'), Buffer.alloc(52)]),
  svg: Buffer.from(
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>',
  ),
  pdf: Buffer.from('%PDF-1.7\n%%EOF'),
  html: Buffer.from('<!doctype html><script>alert(1)</script>'),
  nothing: Buffer.alloc(0),
  zip: Buffer.from('504b0506000000000000000000000000000000000000', 'hex'),
  heic: Buffer.concat([
    box('ftyp', Buffer.from('heic\0\0\0\0mif1heic', 'latin1')),
    box('meta', Buffer.alloc(4)),
    box('mdat', Buffer.alloc(64)),
  ]),
  emptyAvif: box('ftyp', Buffer.from('avif\0\0\0\0mif1avif', 'latin1')),
} as const;
