import { getFileNameLowLevel } from 'yauzl';
import { deceptive } from '../shared/visible-text';

/** Longest path a report shows. */
const maxPathLength = 500;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The name of an entry: UTF-8 where the archive says so, or where it is; otherwise what DOS wrote (CP437). */
export function decodeName(
  flags: number,
  raw: Buffer,
  extraFields: readonly { id: number; data: Buffer }[],
): string {
  const named = (flags & 0x800) !== 0 || extraFields.some(({ id }) => id === 0x7075);
  if (!named) {
    try {
      // Many writers forget the mark; what is valid UTF-8 by chance is rare.
      return utf8.decode(raw);
    } catch {
      // CP437, below.
    }
  }
  return getFileNameLowLevel(flags, raw, [...extraFields], true);
}

/** A path as a report may show it: one line, no tricks, bounded. */
export function shownPath(name: string): string {
  const shown = name.replaceAll('\\', '/').replace(deceptive, '\ufffd').slice(0, maxPathLength);
  return shown.replace(/\p{Cs}/gu, '') || '\ufffd';
}

/** Names that would leave a folder if somebody unpacked the archive. Nothing here does, but nobody sends them by chance. */
export function isUnsafe(name: string): boolean {
  const path = name.replaceAll('\\', '/');
  return (
    path === '' ||
    path.includes('\0') ||
    path.startsWith('/') ||
    /^[a-z]:/i.test(path) ||
    path.split('/').some((segment) => segment === '..')
  );
}

const litter = /^(?:\.ds_store|\._.*|thumbs\.db|desktop\.ini)$/i;

/** Folders, and what systems leave in them. */
export function isLitter(name: string): boolean {
  const path = name.replaceAll('\\', '/');
  const segments = path.split('/');
  return path.endsWith('/') || segments.includes('__MACOSX') || litter.test(segments.at(-1) as string);
}

/** The last part of the path: the name of the candidate's file. */
export const baseName = (name: string): string => name.replaceAll('\\', '/').split('/').at(-1) as string;
