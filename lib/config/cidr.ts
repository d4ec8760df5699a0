/** An IPv4 range. `first` and `last` are addresses as unsigned integers; `last` is inclusive. */
export interface Range {
  readonly first: number;
  readonly last: number;
  readonly prefix: number;
  /** The range as it should be written, with all host bits zero. */
  readonly canonical: string;
}

/** Parses a valid IPv4 CIDR; host bits are ignored, `canonical` tells whether there were any. */
export function parseCidr(cidr: string): Range {
  const [address = '', length = ''] = cidr.split('/');
  const prefix = Number(length);
  const size = 2 ** (32 - prefix);
  const value = address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
  const first = Math.floor(value / size) * size;
  return { first, last: first + size - 1, prefix, canonical: `${dotted(first)}/${prefix}` };
}

export const contains = (outer: Range, inner: Range) =>
  outer.first <= inner.first && inner.last <= outer.last;

export const overlap = (a: Range, b: Range) => a.first <= b.last && b.first <= a.last;

const dotted = (value: number) => [24, 16, 8, 0].map((bits) => Math.floor(value / 2 ** bits) % 256).join('.');
