import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';

/**
 * What stands for a caller's address in the table. Whoever has one IPv6 address has its whole /64, and counts as
 * one.
 */
export function addressHash(sourceIp: string): string {
  return createHash('sha256')
    .update(isIPv6(sourceIp) ? network64(sourceIp) : sourceIp)
    .digest('hex');
}

/** The first four groups, written out: `2001:db8::1` is `2001:db8:0:0`. */
function network64(address: string): string {
  const [head = '', tail] = address.toLowerCase().split('::');
  const groups = head.split(':').filter(Boolean);
  if (tail !== undefined) {
    const after = tail.split(':').filter(Boolean).length;
    groups.push(...Array.from({ length: Math.max(0, 8 - groups.length - after) }, () => '0'));
  }
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}
