/**
 * One runtime per state directory. The lock names the process and its address; it counts only while that
 * address answers as the same instance, so a lock left behind by kill -9 is taken over, even when its process
 * id now belongs to another program.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { dirname } from 'node:path';

export interface Instance {
  readonly id: string;
  readonly pid: number;
  /** For example `http://localhost:4000`. */
  readonly url: string;
}

/** A runtime with the same state directory is running. */
export class AlreadyRunningError extends Error {
  override readonly name = 'AlreadyRunningError';
  constructor(readonly instance: Instance) {
    super(
      `Landfall is already running at ${instance.url} (process ${instance.pid}). Stop that one first with Ctrl-C.`,
    );
  }
}

/** Path under which a runtime answers its instance id, from the moment its port is open. */
export const instancePath = '/_landfall/instance';

/** @throws {AlreadyRunningError} */
export async function refuseSecondInstance(file: string): Promise<void> {
  const holder = readLock(file);
  if (holder && (await answersAs(holder))) throw new AlreadyRunningError(holder);
}

/**
 * Takes the lock, over a stale one if need be. The address must be open already.
 *
 * @param identify makes the address answer this id; called before anybody can read the lock
 */
export async function takeLock(
  file: string,
  url: string,
  identify: (id: string) => void,
): Promise<Instance & { release(): void }> {
  const instance: Instance = { id: randomUUID(), pid: process.pid, url };
  identify(instance.id);
  mkdirSync(dirname(file), { recursive: true });
  for (let attempt = 0; ; attempt += 1) {
    try {
      writeFileSync(file, JSON.stringify(instance), { flag: 'wx' });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || attempt > 0) throw error;
      await refuseSecondInstance(file);
      rmSync(file, { force: true });
    }
  }
  const release = () => {
    if (readLock(file)?.id === instance.id) rmSync(file, { force: true });
  };
  return { ...instance, release };
}

function readLock(file: string): Instance | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Instance;
  } catch {
    // Absent, or cut short by a crash: nobody holds it.
    return undefined;
  }
}

/** A runtime that accepts the connection but is too busy to answer counts as running. */
function answersAs({ id, url }: Instance): Promise<boolean> {
  return new Promise((resolve) => {
    const call = request(
      new URL(instancePath, url.replace('localhost', '127.0.0.1')),
      { timeout: 3_000 },
      (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (part) => {
          body += part;
        });
        response.on('end', () => resolve(body.includes(id)));
      },
    );
    call.on('timeout', () => {
      resolve(true);
      call.destroy();
    });
    call.on('error', () => resolve(false));
    call.end();
  });
}
