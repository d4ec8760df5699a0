/** A file with every user's outcome, for people (CSV) or programs (JSONL). Holds addresses, and no secret. */

import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { UsageError } from '../command';
import type { UserOutcome } from './outcome';

const columns = ['id', 'email', 'outcome', 'reason'] as const;

type Format = (outcome: UserOutcome) => string;

const formats: Readonly<Record<string, { readonly header: string; readonly line: Format }>> = {
  '.csv': {
    header: `${columns.join(',')}\n`,
    line: (outcome) => `${columns.map((column) => cell(outcome[column])).join(',')}\n`,
  },
  '.jsonl': {
    header: '',
    line: ({ id, email, outcome, reason }) => `${JSON.stringify({ id, email, outcome, reason })}\n`,
  },
};

/** A spreadsheet would run text that begins like a formula, and users choose their addresses. */
function cell(value = ''): string {
  const inert = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}

/** @throws {UsageError} when the name of the file does not say which format */
export function checkReportName(file: string): void {
  if (!formats[path.extname(file)])
    throw new UsageError('--report takes a file that ends in .csv or .jsonl.');
}

export class ReportFile {
  readonly #line: Format;

  private constructor(
    private readonly stream: WriteStream,
    line: Format,
  ) {
    this.#line = line;
  }

  static async open(file: string): Promise<ReportFile> {
    const { header, line } = formats[path.extname(file)] as (typeof formats)[string];
    await mkdir(path.dirname(file), { recursive: true });
    const stream = createWriteStream(file, { mode: 0o600 });
    await once(stream, 'open');
    stream.write(header);
    return new ReportFile(stream, line);
  }

  async add(outcome: UserOutcome): Promise<void> {
    if (!this.stream.write(this.#line(outcome))) await once(this.stream, 'drain');
  }

  async close(): Promise<void> {
    this.stream.end();
    await finished(this.stream);
  }
}
