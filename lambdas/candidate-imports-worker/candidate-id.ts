import { createHash } from 'node:crypto';

/**
 * The id of the candidate that an entry becomes: the same whenever it is tried again (UUID version 5, RFC 9562, with the
 * import's id as its namespace).
 */
export function candidateIdOf(importId: string, index: number): string {
  const namespace = Buffer.from(importId.replaceAll('-', ''), 'hex');
  const bytes = createHash('sha1').update(namespace).update(String(index)).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
