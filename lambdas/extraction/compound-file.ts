import { ExtractionError } from './failure';

/** [MS-CFB]: the file system inside files of Office 97 to 2003. */
export const compoundSignature = Buffer.from('d0cf11e0a1b11ae1', 'hex');

const endOfChain = 0xfffffffe;
const maxEntries = 10_000;

interface Entry {
  readonly start: number;
  readonly size: number;
}

/** Every chain is followed with a count: one that loops ends as `corrupt`, not in a loop. */
export class CompoundFile {
  private readonly sectorBytes: number;
  private readonly sectorCount: number;
  private readonly table: Uint32Array;
  private readonly shortTable: Uint32Array;
  private readonly shortStream: Buffer;
  private readonly shortStreamLimit: number;
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly bytes: Buffer) {
    if (bytes.length < 512 || !bytes.subarray(0, 8).equals(compoundSignature)) {
      throw new ExtractionError('wrong_type', 'It does not start as a file of Office 97 to 2003.');
    }
    const sectorShift = bytes.readUInt16LE(30);
    if (sectorShift !== 9 && sectorShift !== 12) throw damaged('the size of its sectors');
    this.sectorBytes = 2 ** sectorShift;
    // The header takes one sector. The last one may be cut by a careless writer; reading past the end is not.
    this.sectorCount = Math.ceil(bytes.length / this.sectorBytes) - 1;
    this.shortStreamLimit = bytes.readUInt32LE(56);
    this.table = this.words(this.tableSectors().map((sector) => this.sector(sector)));
    this.shortTable = this.words([this.chain(bytes.readUInt32LE(60))]);
    const root = this.readDirectory(this.chain(bytes.readUInt32LE(48)));
    this.shortStream = this.chain(root.start);
  }

  has(name: string): boolean {
    return this.entries.has(name);
  }

  stream(name: string): Buffer | undefined {
    const entry = this.entries.get(name);
    if (!entry) return undefined;
    if (entry.size > this.bytes.length) throw damaged(`the size of ${name}`);
    const data = entry.size < this.shortStreamLimit ? this.shortChain(entry.start) : this.chain(entry.start);
    if (data.length < entry.size) throw damaged(`the chain of ${name}`);
    return data.subarray(0, entry.size);
  }

  private tableSectors(): number[] {
    const count = this.bytes.readUInt32LE(44);
    if (count > this.sectorCount) throw damaged('its allocation table');
    const sectors: number[] = [];
    for (let at = 76; at < 512 && sectors.length < count; at += 4) sectors.push(this.bytes.readUInt32LE(at));
    let next = this.bytes.readUInt32LE(68);
    for (let seen = 0; sectors.length < count; seen++) {
      if (seen > this.sectorCount) throw damaged('its allocation table');
      const more = this.words([this.sector(next)]);
      for (const sector of more.subarray(0, -1)) if (sectors.length < count) sectors.push(sector);
      next = more.at(-1) ?? endOfChain;
    }
    return sectors;
  }

  private sector(index: number): Buffer {
    if (index >= this.sectorCount) throw damaged('a sector beyond its end');
    const start = (index + 1) * this.sectorBytes;
    return this.bytes.subarray(start, start + this.sectorBytes);
  }

  private chain(start: number): Buffer {
    const sectors: Buffer[] = [];
    for (let at = start; at !== endOfChain && at !== 0xffffffff; at = this.table[at] ?? 0xfffffffd) {
      if (sectors.length >= this.sectorCount) throw damaged('a chain that never ends');
      sectors.push(this.sector(at));
    }
    return Buffer.concat(sectors);
  }

  private shortChain(start: number): Buffer {
    const sectors: Buffer[] = [];
    const most = Math.ceil(this.shortStream.length / 64);
    for (let at = start; at !== endOfChain && at !== 0xffffffff; at = this.shortTable[at] ?? 0xfffffffd) {
      if (sectors.length >= most || at >= most) throw damaged('a chain that never ends');
      sectors.push(this.shortStream.subarray(at * 64, at * 64 + 64));
    }
    return Buffer.concat(sectors);
  }

  private words(sectors: readonly Buffer[]): Uint32Array {
    const all = Buffer.concat(sectors);
    return Uint32Array.from({ length: Math.floor(all.length / 4) }, (_, index) =>
      all.readUInt32LE(index * 4),
    );
  }

  /** Streams by their name, wherever they lie: the first of a name is the one of the document itself. */
  private readDirectory(directory: Buffer): Entry {
    const count = Math.floor(directory.length / 128);
    if (count === 0 || count > maxEntries) throw damaged('its directory');
    let root: Entry | undefined;
    for (let at = 0; at < count * 128; at += 128) {
      const kind = directory[at + 66];
      const nameBytes = directory.readUInt16LE(at + 64);
      if (nameBytes < 2 || nameBytes > 64) continue;
      const name = directory.toString('utf16le', at, at + nameBytes - 2);
      const entry = { start: directory.readUInt32LE(at + 116), size: directory.readUInt32LE(at + 120) };
      if (kind === 5) root ??= entry;
      if (kind === 2 && !this.entries.has(name)) this.entries.set(name, entry);
    }
    if (!root) throw damaged('its directory');
    return root;
  }
}

const damaged = (what: string): ExtractionError =>
  new ExtractionError('corrupt', `The file is damaged or cut off: ${what}.`);
