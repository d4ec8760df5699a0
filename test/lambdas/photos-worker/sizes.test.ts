import sharp from 'sharp';
import { type MadePhoto, makePhoto, PhotoError } from '../../../lambdas/photos-worker/sizes';
import { sizes } from '../../../lambdas/shared/photo-sizes';
import { photoSamples, picture, quarters } from '../../support/samples/photos';

const limits = { maxPixels: 50_000_000, seconds: 30 };
const outcome = (file: Buffer, changed: Partial<typeof limits> = {}): Promise<MadePhoto | string> =>
  makePhoto(file, { ...limits, ...changed }).catch((error: unknown) => {
    if (error instanceof PhotoError) return error.code;
    throw error;
  });

/** How far the four quarters of a made size are from their colours. */
async function deviation(content: Buffer): Promise<number> {
  const { data, info } = await sharp(content)
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  const [x, y] = [info.width / 4, info.height / 4];
  const at = (column: number, row: number) => {
    const start = (Math.floor(row) * info.width + Math.floor(column)) * info.channels;
    return [...data.subarray(start, start + 3)];
  };
  const found = [
    [at(x, y), quarters.topLeft],
    [at(3 * x, y), quarters.topRight],
    [at(x, 3 * y), quarters.bottomLeft],
    [at(3 * x, 3 * y), quarters.bottomRight],
  ] as const;
  return Math.max(
    ...found.flatMap(([is, should]) => should.map((value, i) => Math.abs(value - (is[i] ?? 0)))),
  );
}

async function expectSizes(photo: MadePhoto, width: number, height: number): Promise<void> {
  expect([photo.width, photo.height]).toEqual([width, height]);
  expect(photo.sizes.map(({ name }) => name)).toEqual(['small', 'medium', 'large']);
  for (const { name, content, ...declared } of photo.sizes) {
    const metadata = await sharp(content).metadata();
    const scale = Math.min(1, sizes[name] / Math.max(width, height));
    expect(metadata).toMatchObject({ format: 'webp', space: 'srgb', depth: 'uchar', ...declared });
    expect(Math.abs(declared.width - Math.max(1, width * scale))).toBeLessThanOrEqual(1);
    expect(Math.abs(declared.height - Math.max(1, height * scale))).toBeLessThanOrEqual(1);
    for (const told of ['exif', 'icc', 'xmp', 'iptc', 'orientation', 'pages'] as const)
      expect([name, told, metadata[told]]).toEqual([name, told, undefined]);
    // Chunks of nothing but pixels: what decoders skip would else travel along.
    expect(chunksOf(content).filter((chunk) => !['VP8 ', 'VP8L', 'VP8X', 'ALPH'].includes(chunk))).toEqual(
      [],
    );
  }
  expect(photo.blur).toMatch(/^data:image\/webp;base64,[A-Za-z0-9+/]+=*$/);
  expect(photo.blur.length).toBeLessThanOrEqual(1024);
  const blur = await sharp(Buffer.from(photo.blur.split(',')[1] ?? '', 'base64')).metadata();
  expect(Math.max(blur.width, blur.height)).toBeLessThanOrEqual(16);
}

function chunksOf(webp: Buffer): string[] {
  const names: string[] = [];
  for (let at = 12; at + 8 <= webp.length; ) {
    names.push(webp.toString('latin1', at, at + 4));
    const size = webp.readUInt32LE(at + 4);
    at += 8 + size + (size % 2);
  }
  return names;
}

describe.each(['jpeg', 'png', 'webp', 'avif'] as const)('a %s', (format) => {
  const samples = photoSamples.filter((sample) => sample.format === format);

  it('has at least 20 samples', () => expect(samples.length).toBeGreaterThanOrEqual(20));

  it.each(samples.map((sample) => [sample.name, sample] as const))('%s', async (_, { make, expected }) => {
    const made = await outcome(await make());
    if (expected === 'photo or corrupt') {
      if (typeof made === 'string') expect(made).toBe('corrupt');
      else expect(made.sizes).toHaveLength(3);
      return;
    }
    if ('fault' in expected) {
      expect(made).toBe(expected.fault);
      return;
    }
    if (typeof made === 'string') throw new Error(`expected a photo, found ${made}`);
    expect(made.format).toBe(format);
    await expectSizes(made, expected.width, expected.height);
    if (expected.tolerance === null) return;
    for (const { content } of made.sizes)
      expect(await deviation(content)).toBeLessThanOrEqual(expected.tolerance);
  });
});

it('keeps what is transparent transparent', async () => {
  const made = await outcome(await picture(100, 100).ensureAlpha(0.5).png().toBuffer());
  for (const { content } of (made as MadePhoto).sizes) {
    const alpha = await sharp(content).extractChannel('alpha').raw().toBuffer();
    expect(Math.abs((alpha[0] ?? 0) - 128)).toBeLessThan(4);
  }
});

it('makes the same bytes of the same photo, so that a repetition changes nothing', async () => {
  const file = await picture(700, 500).jpeg().toBuffer();
  expect(await outcome(file)).toEqual(await outcome(file));
});

it('counts the pixels of the configuration before it decodes any', async () => {
  const file = await picture(1000, 1000).jpeg().toBuffer();
  expect(await outcome(file, { maxPixels: 999_999 })).toBe('too_many_pixels');
  expect(await outcome(file, { maxPixels: 1_000_000 })).toMatchObject({ width: 1000 });
});
