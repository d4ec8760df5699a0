import { crc32, deflateRawSync } from 'node:zlib';

export interface RawEntry {
  readonly name: string | Buffer;
  readonly data?: Buffer | string;
  /** @default 8, deflated */
  readonly method?: number;
  /** @default 0; 0x800 says that the name is UTF-8, 1 that the content is encrypted */
  readonly flags?: number;
  /** What the directory says instead of the truth. */
  readonly announcedBytes?: number;
  readonly checksum?: number;
  readonly packed?: Buffer;
  /** Points at the first entry's content. */
  readonly sharesFirst?: boolean;
}

/** A ZIP entry by entry, with names and lies that no honest writer offers. */
export function rawZip(entries: readonly RawEntry[]): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  let first: Buffer | undefined;
  for (const { name, data = '', method = 8, flags = 0, ...lies } of entries) {
    const bytes = Buffer.from(data);
    const own = lies.packed ?? (method === 0 ? bytes : deflateRawSync(bytes));
    const packed = lies.sharesFirst && first ? first : own;
    first ??= packed;
    const nameBytes = Buffer.from(name);
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0);
    shared.writeUInt16LE(flags, 2);
    shared.writeUInt16LE(method, 4);
    shared.writeUInt32LE(lies.checksum ?? crc32(bytes), 10);
    shared.writeUInt32LE(packed.length, 14);
    shared.writeUInt32LE(lies.announcedBytes ?? bytes.length, 18);
    shared.writeUInt16LE(nameBytes.length, 22);
    const central = Buffer.alloc(46);
    central.write('PK\u0001\u0002', 0, 'latin1');
    central.writeUInt16LE(20, 4);
    shared.copy(central, 6);
    central.writeUInt32LE(lies.sharesFirst ? 0 : offset, 42);
    directory.push(central, nameBytes);
    if (lies.sharesFirst) continue;
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004', 'latin1'), shared, nameBytes, packed]);
    locals.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006', 0, 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, central, end]);
}
