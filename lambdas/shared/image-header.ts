import type { Content } from './object-store';

/** Formats of photos with their media type. */
export const imageTypes = {
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  avif: 'image/avif',
} as const;

export type ImageFormat = keyof typeof imageTypes;

export interface ImageHeader {
  readonly format: ImageFormat;
  /** As stored: a camera's orientation is not applied. */
  readonly width: number;
  readonly height: number;
  /** Bytes that decoding was measured to hold at once, for every pixel of the image; 0 when it goes line by line. */
  readonly bytesPerPixel: number;
}

/** `heic` is a kind of its own because people have such files and deserve to hear why they are refused. */
export type HeaderFault = 'unsupported' | 'heic' | 'corrupt';

/** What the worker's 512 MiB leave for one decoded image, beside Node.js, libvips and the file itself. */
const decodingBytes = 300 * 1024 ** 2;

/** Whether a photo has more pixels than allowed, or needs more memory for them than the worker has. */
export function hasTooManyPixels({ width, height, bytesPerPixel }: ImageHeader, maxPixels: number): boolean {
  return width * height > maxPixels || width * height * bytesPerPixel > decodingBytes;
}

/** Parts of a file are read in windows of this size; nearly every header is in the first. */
const windowBytes = 64 * 1024;
/** Windows that a header may take: profiles and previews come before the dimensions, but not without end. */
const maxWindows = 32;

/** Format and dimensions from a file's first bytes. Nothing is decoded, so a file cannot cost more than it weighs. */
export async function readImageHeader(content: Content): Promise<ImageHeader | HeaderFault> {
  const reader = new Reader(content);
  const start = await reader.at(0, 16);
  const text = start.toString('latin1');
  try {
    if (text.startsWith('\xff\xd8\xff')) return await jpeg(reader);
    if (text.startsWith('\x89PNG\r\n\x1a\n')) return await png(reader);
    if (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') return await webp(reader);
    if (text.slice(4, 8) === 'ftyp') return await isoMedia(reader);
    return 'unsupported';
  } catch (error) {
    if (error instanceof Damaged) return 'corrupt';
    throw error;
  }
}

/** The file ends, or contradicts itself, before its dimensions. */
class Damaged extends Error {}

class Reader {
  #start = 0;
  #window: Buffer = Buffer.alloc(0);
  #windows = 0;

  constructor(readonly content: Content) {}

  /** Up to `length` bytes, fewer at the end of the file. */
  async at(start: number, length: number): Promise<Buffer> {
    const end = Math.min(start + length, this.content.size);
    if (start >= end) return Buffer.alloc(0);
    if (start < this.#start || end > this.#start + this.#window.length) {
      this.#windows += 1;
      if (this.#windows > maxWindows) throw new Damaged();
      this.#window = await this.content.read(start, windowBytes);
      this.#start = start;
    }
    return this.#window.subarray(start - this.#start, end - this.#start);
  }

  async exactly(start: number, length: number): Promise<Buffer> {
    const bytes = await this.at(start, length);
    if (bytes.length < length) throw new Damaged();
    return bytes;
  }
}

function header(format: ImageFormat, width: number, height: number, bytesPerPixel: number): ImageHeader {
  if (width < 1 || height < 1) throw new Damaged();
  return { format, width, height, bytesPerPixel };
}

/** Markers of frames: all of C0..CF but tables (C4), an extension (C8) and arithmetic conditioning (CC). */
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
const isProgressive = (marker: number): boolean => (marker & 3) === 2;

async function jpeg(reader: Reader): Promise<ImageHeader> {
  let position = 2;
  for (;;) {
    const [prefix, marker = 0] = await reader.exactly(position, 2);
    if (prefix !== 0xff) throw new Damaged();
    // Fill bytes before a marker, and markers without a segment.
    if (marker === 0xff) position += 1;
    else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) position += 2;
    // Pixels or the end before any dimensions.
    else if (marker === 0xda || marker === 0xd9) throw new Damaged();
    else if (isFrame(marker)) {
      const frame = await reader.exactly(position + 4, 6);
      // Progressive scans refine coefficients of 2 bytes, which stay in memory until the last scan.
      const bytesPerPixel = isProgressive(marker) ? 2 * (frame[5] ?? 0) : 0;
      return header('jpeg', frame.readUInt16BE(3), frame.readUInt16BE(1), bytesPerPixel);
    } else {
      const length = (await reader.exactly(position + 2, 2)).readUInt16BE();
      if (length < 2) throw new Damaged();
      position += 2 + length;
    }
  }
}

const pngChannels: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

async function png(reader: Reader): Promise<ImageHeader> {
  const chunk = await reader.exactly(8, 21);
  if (chunk.toString('latin1', 4, 8) !== 'IHDR') throw new Damaged();
  const [depth = 8, colour = 6, , , interlaced] = chunk.subarray(16);
  const bytesPerPixel = interlaced ? (pngChannels[colour] ?? 4) * (depth === 16 ? 2 : 1) : 0;
  return header('png', chunk.readUInt32BE(8), chunk.readUInt32BE(12), bytesPerPixel);
}

async function webp(reader: Reader): Promise<ImageHeader> {
  const bytes = await reader.exactly(12, 18);
  const kind = bytes.toString('latin1', 0, 4);
  const data = bytes.subarray(8);
  if (kind === 'VP8X') return header('webp', data.readUIntLE(4, 3) + 1, data.readUIntLE(7, 3) + 1, 5);
  if (kind === 'VP8L') {
    if (data[0] !== 0x2f) throw new Damaged();
    const packed = data.readUInt32LE(1);
    return header('webp', (packed & 0x3fff) + 1, ((packed >>> 14) & 0x3fff) + 1, 5);
  }
  if (kind === 'VP8 ') {
    if (data.readUIntBE(3, 3) !== 0x9d012a) throw new Damaged();
    return header('webp', data.readUInt16LE(6) & 0x3fff, data.readUInt16LE(8) & 0x3fff, 0);
  }
  throw new Damaged();
}

const heicBrands = new Set(['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'hevm', 'hevs']);

interface Box {
  readonly type: string;
  /** Of its content. */
  readonly start: number;
  readonly end: number;
}

async function isoMedia(reader: Reader): Promise<ImageHeader | HeaderFault> {
  const [type] = await boxes(reader, 0, reader.content.size, 1);
  if (!type) throw new Damaged();
  const brands = (await reader.at(type.start, Math.min(type.end - type.start, 256))).toString('latin1');
  const names = [brands.slice(0, 4), ...(brands.slice(8).match(/.{4}/gs) ?? [])];
  if (!names.some((name) => name === 'avif' || name === 'avis'))
    return names.some((name) => heicBrands.has(name)) ? 'heic' : 'unsupported';
  const meta = (await boxes(reader, type.end, reader.content.size, 16)).find((box) => box.type === 'meta');
  const properties = meta && (await child(reader, { ...meta, start: meta.start + 4 }, 'iprp'));
  const container = properties && (await child(reader, properties, 'ipco'));
  if (!container) throw new Damaged();
  let [width, height, deep] = [0, 0, false];
  for (const property of await boxes(reader, container.start, container.end, 256)) {
    // Tiles and previews have extents of their own; the image is the largest.
    if (property.type === 'ispe') {
      const extent = await reader.exactly(property.start + 4, 8);
      if (extent.readUInt32BE() * extent.readUInt32BE(4) > width * height)
        [width, height] = [extent.readUInt32BE(), extent.readUInt32BE(4)];
    }
    if (property.type === 'av1C' && ((await reader.exactly(property.start + 2, 1))[0] ?? 0) & 0x40)
      deep = true;
  }
  return header('avif', width, height, deep ? 24 : 18);
}

async function child(reader: Reader, { start, end }: Box, type: string): Promise<Box | undefined> {
  return (await boxes(reader, start, end, 64)).find((box) => box.type === type);
}

async function boxes(reader: Reader, start: number, end: number, most: number): Promise<Box[]> {
  const found: Box[] = [];
  for (let position = start; position + 8 <= end && found.length < most; ) {
    const head = await reader.exactly(position, 8);
    const type = head.toString('latin1', 4, 8);
    let [size, skip] = [head.readUInt32BE(), 8];
    if (size === 1) {
      size = Number((await reader.exactly(position + 8, 8)).readBigUInt64BE());
      skip = 16;
    } else if (size === 0) size = end - position;
    if (size < skip) throw new Damaged();
    found.push({ type, start: position + skip, end: Math.min(position + size, end) });
    position += size;
  }
  return found;
}
