import { constants } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { FaultyFile, linesOf } from './text-file';

const tailBytes = 64 * 1024;

/**
 * An append-only file of what has been done, by which an interrupted run goes on. Its first line says which run it
 * belongs to. Whatever kills the process, only the end of the last line can be missing, and that line is dropped.
 */
export class Journal {
  private constructor(
    private readonly file: FileHandle,
    readonly path: string,
  ) {}

  /**
   * Opens the file, or begins one, and passes on every entry it holds.
   * @param belongsTo what the run is: the same for every run that may go on with this file
   * @throws {FaultyFile} when it is another run's, or damaged
   */
  static async open(
    file: string,
    belongsTo: Readonly<Record<string, unknown>>,
    onEntry: (entry: unknown) => void,
  ): Promise<Journal> {
    await mkdir(path.dirname(file), { recursive: true });
    // Nobody else's business on a shared machine: it names users.
    const handle = await open(file, constants.O_RDWR | constants.O_CREAT | constants.O_APPEND, 0o600);
    try {
      await dropTornLine(handle);
      const header = JSON.stringify(belongsTo);
      let found: string | undefined;
      for await (const { text, line } of linesOf(file)) {
        if (found === undefined) found = text;
        else onEntry(parse(file, line, text));
      }
      if (found === undefined) await append(handle, [header]);
      else if (found !== header)
        throw new FaultyFile(
          file,
          1,
          `the journal of another run.\n  expected ${header}\n  found    ${found}\nPass another --journal.`,
        );
      return new Journal(handle, file);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Resolves when the entries are on disk. */
  async append(entries: readonly unknown[]): Promise<void> {
    if (entries.length > 0)
      await append(
        this.file,
        entries.map((entry) => JSON.stringify(entry)),
      );
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

async function append(handle: FileHandle, lines: readonly string[]): Promise<void> {
  await handle.appendFile(lines.map((line) => `${line}\n`).join(''));
  await handle.datasync();
}

async function dropTornLine(handle: FileHandle): Promise<void> {
  const { size } = await handle.stat();
  const length = Math.min(size, tailBytes);
  const { buffer } = await handle.read(Buffer.alloc(length), 0, length, size - length);
  const complete = size - length + buffer.lastIndexOf('\n') + 1;
  if (complete < size) await handle.truncate(complete);
}

function parse(file: string, line: number, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FaultyFile(file, line, 'damaged. Remove the journal: everything is checked again then.', {
      cause,
    });
  }
}
