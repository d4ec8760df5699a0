export interface TarEntry {
  /** Below the first folder, which npm calls `package`. */
  readonly name: string;
  readonly content: Buffer;
}

const block = 512;

/** The files of a tarball as npm makes them: plain files in one folder. Anything else is refused. */
export function* tarEntries(tar: Buffer): Generator<TarEntry> {
  for (let at = 0; at + block <= tar.length; ) {
    const head = tar.subarray(at, at + block);
    if (head.every((byte) => byte === 0)) return;
    const field = (start: number, length: number) =>
      head.toString('utf8', start, start + length).replace(/\0.*$/s, '');
    const size = Number.parseInt(field(124, 12).trim() || '0', 8);
    const type = field(156, 1) || '0';
    const prefix = field(345, 155);
    const full = prefix ? `${prefix}/${field(0, 100)}` : field(0, 100);
    const end = at + block + size;
    if (!Number.isSafeInteger(size) || end > tar.length) throw new Error(`The tarball ends inside ${full}.`);
    if (type === '0') {
      const [, ...parts] = full.split('/');
      if (parts.length === 0 || parts.some((part) => part === '' || part === '.' || part === '..'))
        throw new Error(`The tarball holds ${full}, which is not inside its folder.`);
      yield { name: parts.join('/'), content: tar.subarray(at + block, end) };
    } else if (type !== '5' && type !== 'g') {
      throw new Error(`The tarball holds ${full} of type ${type}; only files and folders are expected.`);
    }
    at = at + block + Math.ceil(size / block) * block;
  }
}
