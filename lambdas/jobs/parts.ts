const mebibyte = 1024 * 1024;

/** Few addresses to sign and few requests to make, and yet little to repeat when one of them fails. */
const usualPartBytes = 32 * mebibyte;

/** Keeps the answer, and the list of parts that completes it, small. */
const maxParts = 50;

export interface Part {
  readonly partNumber: number;
  readonly size: number;
}

/** The pieces that a file is sent in: all alike but the last. S3 takes pieces from 5 MiB to 5 GiB. */
export function partsOf(size: number): Part[] {
  const partBytes = Math.max(usualPartBytes, Math.ceil(size / maxParts / mebibyte) * mebibyte);
  return Array.from({ length: Math.ceil(size / partBytes) }, (_, index) => ({
    partNumber: index + 1,
    size: Math.min(partBytes, size - index * partBytes),
  }));
}
