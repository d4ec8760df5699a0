import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** Another process has the data directory open. */
export class DirectoryInUseError extends Error {
  override readonly name = 'DirectoryInUseError';
}

export interface DirectoryLock {
  release(): Promise<void>;
}

/**
 * Makes sure that one process at a time opens a data directory: two engines on the same files destroy them.
 *
 * The lock is a listening socket, not a file with a process id: it goes away with its process however that ends,
 * and a process id that was given to someone else is never mistaken for a running engine.
 */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  const name = createHash('sha256').update(resolve(directory)).digest('hex').slice(0, 24);
  const path =
    process.platform === 'win32' ? `\\\\.\\pipe\\landfall-${name}` : join(tmpdir(), `landfall-${name}.lock`);
  const server = await listen(path).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error;
    if (await answers(path)) {
      throw new DirectoryInUseError(
        `${directory} is in use by another process. Stop it first, or start with another state directory.`,
      );
    }
    await rm(path, { force: true });
    return listen(path);
  });
  return {
    release: () => new Promise((done) => server.close(() => done())),
  };
}

function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', reject);
    server.listen(path, () => {
      server.unref();
      resolve(server);
    });
  });
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
