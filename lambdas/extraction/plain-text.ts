import { detect } from 'chardet';
import { ExtractionError } from './failure';
import type { ExtractionLimits } from './limits';
import { type Reading, TextCollector } from './text';
import { decodeWindows1252 } from './windows-1252';

/** Starts of files that are no text, though their bytes may pass for some 8-bit encoding. */
const otherFiles = [
  '%PDF-',
  'PK\u0003\u0004',
  '\u00d0\u00cf\u0011\u00e0',
  '{\\rtf',
  'MZ',
  '\u007fELF',
  '\u0089PNG',
  'GIF8',
];

export function readPlainText(bytes: Buffer, limits: ExtractionLimits): Reading {
  const collector = new TextCollector(limits.characters);
  collector.add(decode(bytes).replaceAll('\f', '\n'));
  return { text: collector.toString(), pages: null, metadata: {}, truncated: collector.truncated };
}

export function readMarkdown(bytes: Buffer, limits: ExtractionLimits): Reading {
  const reading = readPlainText(bytes, limits);
  const head = reading.text.slice(0, 4000);
  const front = /^---\r?\n(.*?)\r?\n---\r?$/ms.exec(head)?.[1] ?? '';
  const setting = (name: string) =>
    new RegExp(`^${name}:\\s*["']?(.+?)["']?\\s*$`, 'm').exec(front)?.[1] ?? undefined;
  const title = setting('title') ?? /^#\s+(.+?)\s*#*\s*$/m.exec(head)?.[1];
  return { ...reading, metadata: { title, author: setting('author'), created: setting('date') } };
}

function decode(bytes: Buffer): string {
  const head = bytes.toString('latin1', 0, 16);
  if (otherFiles.some((start) => head.startsWith(start))) {
    throw new ExtractionError('wrong_type', 'It is another kind of file with the name of a text.');
  }
  if (head.startsWith('\u00ff\u00fe')) return new TextDecoder('utf-16le').decode(bytes);
  if (head.startsWith('\u00fe\u00ff')) return new TextDecoder('utf-16be').decode(bytes);
  if (looksBinary(bytes)) throw new ExtractionError('wrong_type', 'It holds control bytes: it is no text.');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  const encoding = encodingOf(bytes);
  return encoding === 'windows-1252' ? decodeWindows1252(bytes) : new TextDecoder(encoding).decode(bytes);
}

/** NUL never stands in an 8-bit text, and other control bytes hardly ever. */
function looksBinary(bytes: Buffer): boolean {
  const sample = bytes.subarray(0, 65_536);
  let control = 0;
  for (const byte of sample) {
    if (byte < 9 || (byte > 13 && byte < 32 && byte !== 27)) control++;
  }
  return bytes.includes(0) || control > sample.length / 200;
}

function encodingOf(bytes: Buffer): string {
  const guess = detect(bytes.subarray(0, 65_536)) ?? 'windows-1252';
  try {
    return new TextDecoder(guess).encoding;
  } catch (error) {
    // An encoding that the platform does not read, such as UTF-32.
    if (error instanceof RangeError) return 'windows-1252';
    throw error;
  }
}
