import path from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { FaultyFile, longestRecord, textOf, tooLong } from '../text-file';
import { readRecord, type SourceRecord } from './record';
import type { SourceUser, UserSource } from './user';

/** Users of a CSV file with a header line: Supabase's auth.users as exported, or the generic columns. */
export function csvSource(file: string, now: number): UserSource {
  return { name: path.resolve(file), users: () => users(file, now) };
}

async function* users(file: string, now: number): AsyncGenerator<SourceUser> {
  const parser = parse({
    columns: (header: string[]) => checkHeader(file, header),
    info: true,
    skip_empty_lines: true,
    max_record_size: longestRecord,
  });
  // A failure destroys the parser with it, and so arrives in the loop below.
  pipeline(Readable.from(textOf(file)), parser, () => undefined);
  let line = 1;
  try {
    for await (const { record, info } of parser as AsyncIterable<Row>) {
      yield readRecord(record, `${path.basename(file)}, line ${line + 1}`, now);
      line = info.lines;
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const { lines } = error as CsvError & { lines?: number };
    throw new FaultyFile(file, lines, faults[error.code] ?? `not valid CSV (${error.code}). ${again}`);
  }
}

const again = 'Export it again, or correct the line.';

/** Own sentences, because those of the parser quote the value, which may be the hash of a password. */
const faults: Readonly<Record<string, string>> = {
  CSV_RECORD_INCONSISTENT_COLUMNS: `another number of values than the header has columns. ${again}`,
  CSV_QUOTE_NOT_CLOSED: `a quotation mark that is never closed. ${again}`,
  CSV_INVALID_CLOSING_QUOTE: `a quotation mark inside a value; it has to be doubled. ${again}`,
  INVALID_OPENING_QUOTE: `a quotation mark inside a value that is not quoted. ${again}`,
  CSV_MAX_RECORD_SIZE: tooLong,
};

interface Row {
  readonly record: SourceRecord;
  /** `lines`: how many the parser has read when the record was complete. */
  readonly info: { readonly lines: number };
}

function checkHeader(file: string, header: readonly string[]): string[] {
  const names = header.map((name) => name.trim().toLowerCase());
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new FaultyFile(file, 1, `the column ${twice} twice. Export it again.`);
  const found = `found ${names.join(', ')}`;
  for (const needed of ['id', 'email'])
    if (!names.includes(needed))
      throw new FaultyFile(file, 1, `expected a header with the column ${needed}, ${found}.`);
  // Without it everybody would count as unconfirmed, and could not recover a password.
  if (!names.includes('confirmed') && !names.includes('email_confirmed_at'))
    throw new FaultyFile(
      file,
      1,
      `expected a column email_confirmed_at, or confirmed (true or false), ${found}.`,
    );
  return names;
}
