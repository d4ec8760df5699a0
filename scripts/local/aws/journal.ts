/**
 * Records on disk as a journal: every change is one appended line, so that it costs the same among ten records and
 * among a hundred thousand. The last line of a record counts. Whatever kills the process, what was acknowledged is
 * there afterwards, and a line that was only half written is not.
 */
import { createReadStream } from 'node:fs';
import { mkdir, open, truncate } from 'node:fs/promises';
import path from 'node:path';
import { removeUnfinished, writeFileAtomic } from './atomic-file';

/** `null`: the record is gone. */
export type Entry = readonly [kind: string, id: string, value: unknown];

const NEWLINE = 0x0a;
/** Of the chunks a journal is read and rewritten in. */
const CHUNK_BYTES = 1024 ** 2;

const lineOf = (entry: Entry): string => `${JSON.stringify(entry)}\n`;

export class Journal {
  /** Lines since the last rewriting, superseded ones included. */
  lines = 0;
  /** Up to here the file is whole. */
  private bytes = 0;
  private unsaved: string[] = [];
  private broken = false;
  private writing: Promise<void> | undefined;
  private waiting: Promise<void> | undefined;

  private constructor(private readonly file: string) {}

  /**
   * Reads every entry in the order of writing; a file that does not exist has none.
   * @throws Error when the file is damaged elsewhere than at its end
   */
  static async open(file: string, read: (entry: Entry) => void): Promise<Journal> {
    await mkdir(path.dirname(file), { recursive: true });
    await removeUnfinished(file);
    const journal = new Journal(file);
    await journal.read(read);
    return journal;
  }

  private async read(take: (entry: Entry) => void): Promise<void> {
    let rest: Buffer = Buffer.alloc(0);
    try {
      for await (const chunk of createReadStream(this.file, { highWaterMark: CHUNK_BYTES })) {
        const data = Buffer.concat([rest, chunk as Buffer]);
        let start = 0;
        for (let end = data.indexOf(NEWLINE); end >= 0; end = data.indexOf(NEWLINE, start)) {
          take(this.parse(data.toString('utf8', start, end)));
          this.bytes += end + 1 - start;
          this.lines += 1;
          start = end + 1;
        }
        rest = data.subarray(start);
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw error;
    }
    // A line is whole with its newline: the process that wrote this one was killed before anybody relied on it.
    if (rest.length > 0) await truncate(this.file, this.bytes);
  }

  private parse(line: string): Entry {
    try {
      return JSON.parse(line) as Entry;
    } catch (cause) {
      const where = `line ${this.lines + 1}`;
      throw new Error(
        `Cannot read ${this.file}: ${where} is damaged (${(cause as Error).message}). Start over with --fresh.`,
        { cause },
      );
    }
  }

  /** Resolves when the entries are durable. Calls that come while others are being written share the next write. */
  append(...entries: Entry[]): Promise<void> {
    this.unsaved.push(...entries.map(lineOf));
    return this.save();
  }

  private save(): Promise<void> {
    if (!this.writing) {
      this.writing = this.write().finally(() => {
        this.writing = undefined;
      });
      return this.writing;
    }
    this.waiting ??= this.writing
      .catch(() => undefined)
      .then(() => {
        this.waiting = undefined;
        return this.save();
      });
    return this.waiting;
  }

  private async write(): Promise<void> {
    const lines = this.unsaved;
    this.unsaved = [];
    const data = Buffer.from(lines.join(''));
    try {
      // A write that failed half-way, on a full disk for example, must not run into the next line.
      if (this.broken) await truncate(this.file, this.bytes);
      this.broken = true;
      const handle = await open(this.file, 'a', 0o600);
      try {
        await handle.writeFile(data);
        await handle.datasync();
      } finally {
        await handle.close();
      }
      this.broken = false;
      this.bytes += data.length;
      this.lines += lines.length;
    } catch (error) {
      // The state in memory has these changes: the next write tries them again.
      this.unsaved = [...lines, ...this.unsaved];
      throw error;
    }
  }

  /** Replaces the whole file by these entries. Not while anything is being appended. */
  async rewrite(entries: Iterable<Entry>): Promise<void> {
    let lines = 0;
    let bytes = 0;
    function* chunks(): Generator<string> {
      let chunk = '';
      for (const entry of entries) {
        chunk += lineOf(entry);
        lines += 1;
        if (chunk.length < CHUNK_BYTES) continue;
        bytes += Buffer.byteLength(chunk);
        yield chunk;
        chunk = '';
      }
      bytes += Buffer.byteLength(chunk);
      yield chunk;
    }
    await writeFileAtomic(this.file, chunks());
    this.lines = lines;
    this.bytes = bytes;
  }
}
