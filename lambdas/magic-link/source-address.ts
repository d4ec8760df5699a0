import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';

/**
 * What stands for a caller's address in the table. Whoever has one IPv6 address has its whole /64, and counts as
 * one; an IPv4 address that is written as IPv6 counts as itself.
 */
export function addressHash(sourceIp: string): string {
  const address = sourceIp.replace(/^::ffff:(?=\d+\.)/i, '');
  return createHash('sha256')
    .update(isIPv6(address) ? network64(address) : address)
    .digest('hex');
}

/** The first four groups, written out: `2001:db8::1` is `2001:db8:0:0`. */
function network64(address: string): string {
  const [head = '', tail = ''] = address.toLowerCase().split('::');
  const [before, after] = [head, tail].map((part) => part.split(':').filter(Boolean)) as [string[], string[]];
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  return [...before, ...zeros, ...after]
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}
