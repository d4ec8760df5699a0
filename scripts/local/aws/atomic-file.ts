/** Files that are either the old state or the new one, whatever kills the process in between. */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';

/**
 * @param data a text in several parts is never whole in memory
 * @param mode permissions of the file; the default keeps it to its owner
 */
export async function writeFileAtomic(
  file: string,
  data: string | Uint8Array | Iterable<string>,
  mode = 0o600,
): Promise<void> {
  const parts = typeof data === 'string' || data instanceof Uint8Array ? [data] : data;
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const handle = await open(temporary, 'wx', mode);
    try {
      for (const part of parts) await handle.writeFile(part);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Removes what a process that was killed while it wrote `file` has left. */
export async function removeUnfinished(file: string): Promise<void> {
  const folder = path.dirname(file);
  const names = await readdir(folder).catch((): string[] => []);
  const unfinished = names.filter(
    (name) => name.startsWith(`${path.basename(file)}.`) && name.endsWith('.tmp'),
  );
  for (const name of unfinished) await rm(path.join(folder, name), { force: true });
}

/** One JSON document on disk. `save` resolves when the state of that moment, or a later one, is durable. */
export class StateFile<T> {
  private writing: Promise<void> | undefined;
  private waiting: Promise<void> | undefined;

  constructor(
    private readonly file: string,
    private readonly snapshot: () => T,
  ) {}

  /** The stored document, or undefined when there is none yet. Removes what a killed process left half-written. */
  static async read<T>(file: string): Promise<T | undefined> {
    await removeUnfinished(file);
    try {
      return JSON.parse(await readFile(file, 'utf8')) as T;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw new Error(`Cannot read ${file}: ${(error as Error).message}. Start over with --fresh.`, {
        cause: error,
      });
    }
  }

  /** Callers that come while a write is under way share the next one, so a burst costs two writes. */
  save(): Promise<void> {
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
    await mkdir(path.dirname(this.file), { recursive: true });
    await writeFileAtomic(this.file, JSON.stringify(this.snapshot()));
  }
}
