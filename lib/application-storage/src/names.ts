import { randomUUID } from 'node:crypto';
import { StorageError } from './storage-error';

/** With the id and the underscore below what file systems take: 255 bytes. */
const mostBytes = 150;

/** A name of its own for a file that a user has named. One that had an id already, for it is moved, gets another. */
export function uniqueName(name: string): string {
  return `${randomUUID()}_${cleanName(nameOfUser(name))}`;
}

/**
 * The last part of a name, in letters and digits of any language, dots, hyphens and underscores. What is too long
 * loses its middle: the ending says what it is.
 */
export function cleanName(name: string): string {
  const last = name.normalize('NFC').split(/[\\/]/).at(-1) ?? '';
  const clean = last.replace(/[^\p{L}\p{M}\p{N}._-]+/gu, '_').replace(/^[._]+/, '') || 'file';
  if (Buffer.byteLength(clean) <= mostBytes) return clean;
  const ending = /\.[A-Za-z0-9]{1,10}$/.exec(clean)?.[0] ?? '';
  let kept = '';
  for (const character of clean) {
    if (Buffer.byteLength(kept + character) > mostBytes - ending.length) break;
    kept += character;
  }
  return kept + ending;
}

/** The name without its id, as a download is called. */
export function nameOfUser(stored: string): string {
  return stored.replace(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}_/, '');
}

/** @throws StorageError for a path with a part that could lead elsewhere, or to what is half written */
export function safeParts(relative: string, path: string): string[] {
  const parts = relative.split('/');
  const unsafe = parts.some((part) => part === '' || part.startsWith('.') || /[\\\p{Cc}]/u.test(part));
  if (unsafe)
    throw new StorageError(
      'refused-path',
      `expected a path that \`save\` has answered, found ${JSON.stringify(path)}: a part of it is empty, starts with a dot or is no plain name. Correct the stored path.`,
    );
  return parts;
}

const types: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  doc: 'application/msword',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  json: 'application/json',
  md: 'text/markdown',
  odt: 'application/vnd.oasis.opendocument.text',
  pdf: 'application/pdf',
  png: 'image/png',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  rtf: 'application/rtf',
  txt: 'text/plain',
  webp: 'image/webp',
  zip: 'application/zip',
};

/** Of a name by its ending; bytes when it has none that is known. */
export function typeOf(name: string): string {
  const ending = /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
  return (Object.hasOwn(types, ending) ? types[ending] : undefined) ?? 'application/octet-stream';
}
