/** Text files of any size, read piece by piece. */
import { createReadStream } from 'node:fs';
import path from 'node:path';

/** Characters of one record; beyond it something is wrong with the file, and memory is bounded. */
export const longestRecord = 1024 * 1024;

/** The file cannot be read as what it is said to be. */
export class FaultyFile extends Error {
  override readonly name = 'FaultyFile';

  constructor(file: string, line: number | undefined, message: string, options?: ErrorOptions) {
    super(`${path.basename(file)}${line === undefined ? '' : `, line ${line}`}: ${message}`, options);
  }
}

const openFaults: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file. Check the path.',
  EACCES: 'you may not read it. Check its permissions.',
  EISDIR: 'it is a directory. Name a file.',
};

/** Its text, without a byte order mark. @throws {FaultyFile} when it cannot be read or is not UTF-8 */
export async function* textOf(file: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let line = 1;
  const decoded = (bytes: Uint8Array | undefined): string => {
    try {
      const text = bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode();
      line += text.split('\n').length - 1;
      return text;
    } catch (cause) {
      throw new FaultyFile(file, line, 'not UTF-8 from about here on. Export it again as UTF-8.', { cause });
    }
  };
  try {
    for await (const bytes of createReadStream(file)) yield decoded(bytes as Buffer);
  } catch (cause) {
    const why = openFaults[(cause as NodeJS.ErrnoException).code ?? ''];
    throw why ? new FaultyFile(file, undefined, why, { cause }) : cause;
  }
  yield decoded(undefined);
}

export interface Piece {
  readonly text: string;
  /** Of its first character, from 1. */
  readonly line: number;
}

/** The lines that are not blank. @throws {FaultyFile} */
export async function* linesOf(file: string): AsyncGenerator<Piece> {
  let rest = '';
  let line = 1;
  for await (const chunk of textOf(file)) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > longestRecord) throw new FaultyFile(file, line + lines.length, tooLong);
    for (const text of lines) {
      if (text.trim() !== '') yield { text, line };
      line++;
    }
  }
  if (rest.trim() !== '') yield { text: rest, line };
}

export const tooLong = `a record of more than ${longestRecord} characters. Is a quotation mark missing?`;
