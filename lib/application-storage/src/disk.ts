import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, realpath, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { flowOf } from './content';
import { safeParts, typeOf, uniqueName } from './names';
import type { Backend } from './storage';
import { StorageError } from './storage-error';

/** How paths of files on disk start, wherever the folder is: it may be moved without a change of the paths. */
const prefix = 'uploads/';

/** @param folder relative to the working directory of now, or absolute; made at the first file */
export function diskBackend(folder: string): Backend {
  const root = path.resolve(folder);
  const asGiven = `${folder.replace(/\\/g, '/').replace(/^\.\//, '').replace(/\/+$/, '')}/`;

  /** @throws StorageError when the path leads out of the folder, by its words or by a link in the folder */
  async function locate(stored: string): Promise<string> {
    // Applications that had another folder before have stored its name in the path.
    const start = [prefix, asGiven].find((candidate) => stored.startsWith(candidate));
    if (start === undefined)
      throw new StorageError(
        'refused-path',
        `expected a path that starts with ${prefix}, found ${JSON.stringify(stored)}: correct the stored path`,
      );
    const parts = safeParts(stored.slice(start.length), stored);
    const file = path.join(root, ...parts);
    const [realRoot, realParent] = await Promise.all([realpath(root), realpath(path.dirname(file))]);
    if (realParent !== realRoot && !realParent.startsWith(realRoot + path.sep))
      throw new StorageError(
        'refused-path',
        `expected ${JSON.stringify(stored)} to be inside of ${root}, found a link that leads out of it: move the files there`,
      );
    return file;
  }

  async function openFile(stored: string): Promise<{ handle: FileHandle; size: number; file: string }> {
    let handle: FileHandle | undefined;
    try {
      const file = await locate(stored);
      // A link at the very end would lead out as well.
      handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
      const stat = await handle.stat();
      if (!stat.isFile()) throw notFound(stored, root);
      return { handle, size: stat.size, file };
    } catch (error) {
      await handle?.close();
      throw translatedFromDisk(error, stored, root);
    }
  }

  return {
    async save(name, content) {
      const unique = uniqueName(name);
      const file = path.join(root, unique);
      // Starts with a dot: no path leads to it.
      const partial = path.join(root, `.${randomUUID()}.partial`);
      const flow = flowOf(content);
      try {
        await mkdir(root, { recursive: true, mode: 0o700 });
        const handle = await open(partial, 'wx', 0o600);
        try {
          await writeFile(handle, flow.stream);
          await handle.sync();
        } finally {
          await handle.close();
        }
        await rename(partial, file);
        await syncFolder(root);
      } catch (error) {
        flow.stream.destroy();
        await rm(partial, { force: true }).catch(() => undefined);
        flow.rethrow();
        if (/^(?:ENOENT|ENOTDIR|EEXIST)$/.test((error as NodeJS.ErrnoException).code ?? ''))
          throw new StorageError(
            'configuration',
            `expected ${root} to be a folder, or to become one, found something else on the way: set UPLOAD_DIR to a folder`,
            error,
          );
        throw translatedFromDisk(error, unique, root);
      }
      return `${prefix}${unique}`;
    },

    async open(stored) {
      const { handle, size, file } = await openFile(stored);
      return { stream: handle.createReadStream(), size, contentType: typeOf(file) };
    },

    async exists(stored) {
      try {
        const { handle } = await openFile(stored);
        await handle.close();
        return true;
      } catch (error) {
        if (error instanceof StorageError && error.fault === 'not-found') return false;
        throw error;
      }
    },

    async delete(stored) {
      try {
        await rm(await locate(stored));
      } catch (error) {
        const failure = translatedFromDisk(error, stored, root);
        if (!(failure instanceof StorageError && failure.fault === 'not-found')) throw failure;
      }
    },

    async localFile(stored) {
      const { handle, file } = await openFile(stored);
      await handle.close();
      return file;
    },

    url: async () => undefined,
    close: () => undefined,
  };
}

/** A renamed file survives the loss of power once its folder is written, too. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const notFound = (stored: string, root: string, cause?: unknown) =>
  new StorageError(
    'not-found',
    `expected a file at ${stored}, found none in ${root}: it was deleted, or UPLOAD_DIR names another folder than the one it was saved to`,
    cause,
  );

export function translatedFromDisk(error: unknown, stored: string, root: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return notFound(stored, root, error);
    case 'ELOOP':
      return new StorageError(
        'refused-path',
        `expected a file at ${stored}, found a link: move the file there`,
        error,
      );
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new StorageError(
        'denied',
        `expected to be allowed to use ${root}, found ${code}: give the folder to the user that runs this process (chown), or set UPLOAD_DIR to a folder that is writable`,
        error,
      );
    case 'ENOSPC':
    case 'EDQUOT':
      return new StorageError(
        'full',
        `expected room for a file in ${root}, found ${code}: free some space, set UPLOAD_DIR to a larger disk, or set USE_S3=true. Nothing was stored.`,
        error,
      );
    default:
      return error;
  }
}
