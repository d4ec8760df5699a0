/** The checksums S3 clients send and ask for; each is fed chunk by chunk and answers in base64. */
import { createHash } from 'node:crypto';
import { AwsError, notImplemented } from './errors';

export type ChecksumAlgorithm = 'CRC32' | 'CRC32C' | 'SHA1' | 'SHA256';

export interface Checksum {
  update(data: Uint8Array): void;
  /** Ends the computation. */
  digest(): Buffer;
}

function tableOf(polynomial: number): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, index) => {
    let value = index;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1;
    return value >>> 0;
  });
}

/** Reflected polynomials of CRC-32 (IEEE 802.3) and CRC-32C (Castagnoli). */
const TABLES = { CRC32: tableOf(0xedb88320), CRC32C: tableOf(0x82f63b78) };

class Crc implements Checksum {
  private value = 0xffffffff;

  constructor(private readonly table: Uint32Array) {}

  update(data: Uint8Array): void {
    let value = this.value;
    for (const byte of data) value = (value >>> 8) ^ (this.table[(value ^ byte) & 0xff] as number);
    this.value = value;
  }

  digest(): Buffer {
    const out = Buffer.alloc(4);
    out.writeUInt32BE((this.value ^ 0xffffffff) >>> 0);
    return out;
  }
}

export function createChecksum(algorithm: ChecksumAlgorithm): Checksum {
  if (algorithm === 'CRC32' || algorithm === 'CRC32C') return new Crc(TABLES[algorithm]);
  return createHash(algorithm);
}

export function parseAlgorithm(text: string): ChecksumAlgorithm {
  const name = text.toUpperCase();
  if (name === 'CRC32' || name === 'CRC32C' || name === 'SHA1' || name === 'SHA256') return name;
  throw notImplemented(`the checksum algorithm ${text}`);
}

export const checksumHeader = (algorithm: ChecksumAlgorithm): string =>
  `x-amz-checksum-${algorithm.toLowerCase()}`;

const NOT_A_VALUE = new Set(['x-amz-checksum-mode', 'x-amz-checksum-algorithm', 'x-amz-checksum-type']);

/** The one checksum a request carries, in its headers or announced as a trailer. */
export function requestedChecksum(
  headers: ReadonlyMap<string, string>,
): { algorithm: ChecksumAlgorithm; value: string | undefined } | undefined {
  const names = [...headers.keys()].filter(
    (name) => name.startsWith('x-amz-checksum-') && !NOT_A_VALUE.has(name),
  );
  const trailer = headers.get('x-amz-trailer')?.trim().toLowerCase();
  if (trailer !== undefined && !trailer.startsWith('x-amz-checksum-'))
    throw new AwsError('InvalidRequest', 'The value specified in the x-amz-trailer header is not supported');
  const all = trailer === undefined ? names : [...names, trailer];
  const [name] = all;
  if (name === undefined) {
    const announced = headers.get('x-amz-sdk-checksum-algorithm');
    return announced === undefined ? undefined : { algorithm: parseAlgorithm(announced), value: undefined };
  }
  if (all.length > 1)
    throw new AwsError(
      'InvalidRequest',
      'Expecting a single x-amz-checksum- header. Multiple checksum types are not allowed.',
    );
  return { algorithm: parseAlgorithm(name.slice('x-amz-checksum-'.length)), value: headers.get(name) };
}
