import { crc32, deflateRawSync } from 'node:zlib';

export interface Part {
  readonly name: string;
  readonly data: Buffer | string;
  /** What the directory says instead of the truth. */
  readonly declaredBytes?: number;
  readonly declaredChecksum?: number;
  readonly encrypted?: boolean;
  /** Points at the data of the first part instead of bringing its own. */
  readonly sharesFirst?: boolean;
}

/** A ZIP with the lies that no honest writer offers. */
export function zipFile(parts: readonly Part[]): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  let first: { packed: Buffer; data: Buffer } | undefined;
  for (const part of parts) {
    const own = Buffer.from(part.data);
    const packed = part.sharesFirst && first ? first.packed : deflateRawSync(own);
    const data = part.sharesFirst && first ? first.data : own;
    first ??= { packed, data };
    const name = Buffer.from(part.name);
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0);
    shared.writeUInt16LE(part.encrypted ? 1 : 0, 2);
    shared.writeUInt16LE(8, 4);
    shared.writeUInt32LE(part.declaredChecksum ?? crc32(data), 10);
    shared.writeUInt32LE(packed.length, 14);
    shared.writeUInt32LE(part.declaredBytes ?? data.length, 18);
    shared.writeUInt16LE(name.length, 22);
    const entry = Buffer.alloc(46);
    entry.write('PK\u0001\u0002', 0, 'latin1');
    entry.writeUInt16LE(20, 4);
    shared.copy(entry, 6);
    entry.writeUInt32LE(part.sharesFirst ? 0 : offset, 42);
    directory.push(entry, name);
    if (part.sharesFirst) continue;
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004', 'latin1'), shared, name, packed]);
    locals.push(local);
    offset += local.length;
  }
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006', 0, 'latin1');
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(entries.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, entries, end]);
}
