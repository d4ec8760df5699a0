/** Everything the runtime has to say: kept for the console page, appended to a file, printed in part. */
import { createWriteStream, existsSync, mkdirSync, renameSync, statSync, type WriteStream } from 'node:fs';
import { dirname } from 'node:path';

export interface LogLine {
  readonly time: string;
  /** `request`, `runtime`, `mail`, an engine, or the name of a function. */
  readonly source: string;
  readonly text: string;
}

/** Lines kept for the console page. */
const kept = 1000;
/** A larger file is put aside when the next runtime starts. */
const fileLimitBytes = 10 * 1024 ** 2;

export class Log {
  readonly #lines: LogLine[] = [];
  readonly #file: WriteStream;
  readonly #print: (line: string) => void;

  /** @param print receives what belongs into the terminal */
  constructor(file: string, print: (line: string) => void) {
    mkdirSync(dirname(file), { recursive: true });
    if (existsSync(file) && statSync(file).size > fileLimitBytes) renameSync(file, `${file}.old`);
    this.#file = createWriteStream(file, { flags: 'a' });
    this.#print = print;
  }

  get lines(): readonly LogLine[] {
    return this.#lines;
  }

  /** Kept, not printed. */
  note(source: string, text: string): void {
    const line = { time: new Date().toISOString(), source, text };
    this.#lines.push(line);
    if (this.#lines.length > kept) this.#lines.shift();
    this.#file.write(`${line.time} ${source} ${text}\n`);
  }

  /** Kept, and printed in other words if there are any. */
  add(source: string, text: string, printed: string | undefined): void {
    this.note(source, text);
    if (printed !== undefined) this.#print(printed);
  }

  /** Kept and printed. */
  say(source: string, text: string): void {
    this.note(source, text);
    this.#print(text);
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#file.end(resolve));
  }
}
