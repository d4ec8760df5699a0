import { createHash } from 'node:crypto';
import { contentFault } from '../shared/file-content';
import { formats } from '../shared/file-formats';
import type { Content } from '../shared/object-store';
import type { EntryFault } from './archive';

export type ResumeFormat = 'pdf' | 'docx' | 'doc' | 'txt';

export interface ResumeFile {
  readonly format: ResumeFormat;
  readonly mimeType: string;
  readonly sha256: Buffer;
}

const wordStream = Buffer.from('WordDocument', 'utf16le');
const textName = /\.(?:txt|text|md)$|(?:^|\/)[^./]+$/i;

/**
 * What a file is, by its content; its name decides only whether a text is meant to be a resume, because nothing tells
 * a text from a program's source. `corrupt`: of the right kind, but not whole.
 */
export async function identifyResume(bytes: Buffer, name: string): Promise<ResumeFile | EntryFault> {
  const format = formatOf(bytes, name);
  if (!format) return 'unsupported';
  const fault = await contentFault(contentOf(bytes), format);
  if (fault) return isKind(bytes, format) ? 'corrupt' : 'unsupported';
  return { format, mimeType: formats[format], sha256: createHash('sha256').update(bytes).digest() };
}

function formatOf(bytes: Buffer, name: string): ResumeFormat | undefined {
  const head = bytes.subarray(0, 8);
  if (head.toString('latin1', 0, 5) === '%PDF-') return 'pdf';
  if (head.toString('latin1', 0, 4) === 'PK\u0003\u0004') return 'docx';
  if (head.toString('hex') === 'd0cf11e0a1b11ae1') return 'doc';
  return textName.test(name.replaceAll('\\', '/')) ? 'txt' : undefined;
}

/** Tells a damaged document from another kind of file in the same container, such as a spreadsheet. */
function isKind(bytes: Buffer, format: ResumeFormat): boolean {
  switch (format) {
    case 'pdf':
      return true;
    case 'docx':
      return bytes.includes('word/', 0, 'latin1');
    case 'doc':
      return bytes.includes(wordStream);
    case 'txt':
      return false;
  }
}

function contentOf(bytes: Buffer): Content {
  return { size: bytes.length, read: async (start, length) => bytes.subarray(start, start + length) };
}
