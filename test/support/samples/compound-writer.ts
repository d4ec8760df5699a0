/** Writes [MS-CFB] files of version 3: 512-byte sectors, and a stream of 64-byte ones for what is short. */
export function compoundFile(streams: Readonly<Record<string, Buffer>>): Buffer {
  const sectors: Buffer[] = [];
  const table: number[] = [];
  const put = (data: Buffer): number => {
    const start = sectors.length;
    const count = Math.ceil(data.length / 512);
    for (let index = 0; index < count; index++) {
      const sector = Buffer.alloc(512);
      data.copy(sector, 0, index * 512, index * 512 + 512);
      sectors.push(sector);
      table.push(index + 1 < count ? start + index + 1 : endOfChain);
    }
    return count === 0 ? endOfChain : start;
  };
  const short: Buffer[] = [];
  const shortTable: number[] = [];
  const putShort = (data: Buffer): number => {
    const start = shortTable.length;
    const count = Math.ceil(data.length / 64);
    short.push(data, Buffer.alloc(count * 64 - data.length));
    for (let index = 0; index < count; index++)
      shortTable.push(index + 1 < count ? start + index + 1 : endOfChain);
    return start;
  };
  const places = Object.entries(streams).map(([name, data]) => ({
    name,
    size: data.length,
    start: data.length < 4096 ? putShort(data) : put(data),
  }));
  const shortStream = Buffer.concat(short);
  const root = { name: 'Root Entry', size: shortStream.length, start: put(shortStream) };
  const shortTableBytes = words(shortTable, Math.ceil(shortTable.length / 128) * 128);
  const shortTableStart = put(shortTableBytes);
  const directory = [entry(root, 5, 1), ...places.map((place, index) => entry(place, 2, -1, index + 2))];
  // A list of siblings to the right is a valid, if unbalanced, tree.
  directory.at(-1)?.writeInt32LE(-1, 72);
  const directoryStart = put(Buffer.concat(directory));
  // The table lists its own sectors too.
  let tableSectors = 0;
  while (tableSectors * 128 < table.length + tableSectors) tableSectors++;
  if (tableSectors > 109) throw new Error('expected less than 7 MB: longer files need a table of tables');
  const tableStart = sectors.length;
  for (let index = 0; index < tableSectors; index++) table.push(0xfffffffd);
  const header = Buffer.alloc(512, 0xff);
  Buffer.from('d0cf11e0a1b11ae1', 'hex').copy(header);
  header.fill(0, 8, 76);
  header.writeUInt16LE(0x3e, 24);
  header.writeUInt16LE(3, 26);
  header.writeUInt16LE(0xfffe, 28);
  header.writeUInt16LE(9, 30);
  header.writeUInt16LE(6, 32);
  header.writeUInt32LE(tableSectors, 44);
  header.writeUInt32LE(directoryStart, 48);
  header.writeUInt32LE(4096, 56);
  header.writeUInt32LE(shortTableStart, 60);
  header.writeUInt32LE(shortTableBytes.length / 512, 64);
  header.writeUInt32LE(endOfChain, 68);
  for (let index = 0; index < tableSectors; index++) header.writeUInt32LE(tableStart + index, 76 + 4 * index);
  return Buffer.concat([header, ...sectors, words(table, tableSectors * 128)]);
}

const endOfChain = 0xfffffffe;

function words(values: readonly number[], length: number): Buffer {
  const bytes = Buffer.alloc(length * 4, 0xff);
  values.forEach((value, index) => {
    bytes.writeUInt32LE(value, index * 4);
  });
  return bytes;
}

function entry(
  { name, size, start }: { name: string; size: number; start: number },
  kind: number,
  child: number,
  right = -1,
): Buffer {
  const bytes = Buffer.alloc(128);
  bytes.write(name, 0, 'utf16le');
  bytes.writeUInt16LE((name.length + 1) * 2, 64);
  bytes[66] = kind;
  bytes[67] = 1;
  bytes.writeInt32LE(-1, 68);
  bytes.writeInt32LE(kind === 5 ? -1 : right, 72);
  bytes.writeInt32LE(kind === 5 ? child : -1, 76);
  bytes.writeUInt32LE(start, 116);
  bytes.writeUInt32LE(size, 120);
  return bytes;
}
