import type { Format } from './file-formats';
import { deceptive } from './visible-text';

/** Longest name most file systems take. */
const maxNameBytes = 255;

const forbiddenOnWindows = /[<>:"|?*]/g;
const reservedOnWindows = /^(?:con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i;

/**
 * A name that is safe to save under on any system and still the user's own: the last path segment, at most 255
 * bytes, ending in the extension of the format that was checked.
 */
export function safeFileName(fileName: string, format: Format): string {
  const segment = fileName.normalize('NFC').replace(deceptive, '').split(/[/\\]/).at(-1) as string;
  const cleaned = segment
    .replace(forbiddenOnWindows, '_')
    .replace(/\s+/gu, ' ')
    .replace(/[\s.]+$/u, '');
  const extension = `.${format}`;
  const stem = (cleaned.toLowerCase().endsWith(extension) ? cleaned.slice(0, -extension.length) : cleaned)
    .replace(/^[\s.]+|[\s.]+$/gu, '')
    .replace(reservedOnWindows, '_$&');
  const kept = truncateBytes(stem, maxNameBytes - extension.length).replace(/[\s.]+$/u, '');
  return `${kept || 'document'}${extension}`;
}

/**
 * Content-Disposition of a download (RFC 6266): a fallback in ASCII and the real name in UTF-8 (RFC 8187).
 */
export function attachment(fileName: string): string {
  const fallback = fileName
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\x20-\x7e]|["\\%]/gu, '_');
  const encoded = encodeURIComponent(fileName).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${fallback}"; filename*=UTF-8''${encoded}`;
}

/** Keeps keys far below S3's 1,024 bytes and readable in its console. */
const maxKeyNameLength = 80;

/**
 * What a key shows of a name: ASCII letters, digits, hyphen and underscore, and the extension, so that consoles, URLs,
 * logs and policies all show the same key.
 *
 * @param fallback when nothing of the name is left
 */
export function keyName(fileName: string, fallback: string): string {
  const dot = fileName.lastIndexOf('.');
  const ascii = fileName
    .slice(0, dot)
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^A-Za-z0-9_-]+/g, '-')
    .slice(0, maxKeyNameLength)
    .replace(/^-+|-+$/g, '');
  return `${ascii || fallback}${fileName.slice(dot)}`;
}

function truncateBytes(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text;
  let bytes = 0;
  let end = 0;
  // Graphemes, not code points: a flag or an accent must not lose its half.
  for (const { segment, index } of new Intl.Segmenter().segment(text)) {
    bytes += Buffer.byteLength(segment);
    if (bytes > maxBytes) break;
    end = index + segment.length;
  }
  return text.slice(0, end);
}
