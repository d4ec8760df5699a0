import { spawn } from 'node:child_process';
import { access, constants, mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Duplex } from 'node:stream';

/** Where commands of authenticated clients go. Reachable from this process only, so it needs no password. */
export interface RedisBackend {
  /** What answers, for people. */
  readonly description: string;
  connect(): Duplex;
  close(): Promise<void>;
}

/** A real Redis when the machine has one, else one in JavaScript inside this process. */
export async function startBackend(path = process.env.PATH ?? ''): Promise<RedisBackend> {
  const binary = await find('redis-server', path);
  return binary === undefined ? embeddedBackend() : serverBackend(binary);
}

async function embeddedBackend(): Promise<RedisBackend> {
  const {
    createRedisCommandExecutor,
    createVirtualConnection,
    RedisServerState,
    resolveCompatibilityProfile,
  } = await import('js-redis-server/core');
  const compatibility = resolveCompatibilityProfile('valkey-8.0');
  const state = new RedisServerState({ databaseCount: 16, compatibility });
  const executor = createRedisCommandExecutor({ compatibility });
  return {
    description: 'embedded (js-redis-server)',
    // Its own server listens on all interfaces. Connections inside the process need no port at all.
    connect: () => createVirtualConnection({ state, executor }).clientSocket,
    close: async () => state.close(),
  };
}

const START_TIMEOUT_MS = 10_000;

/**
 * The server listens on a socket file in a directory that only this user can enter. The shell around it ends it
 * when our end of the pipe closes, so it does not outlive us even if we are killed.
 */
async function serverBackend(binary: string): Promise<RedisBackend> {
  const directory = await mkdtemp(join(tmpdir(), 'landfall-redis-'));
  const socketFile = join(directory, 'redis.sock');
  const options = [
    '--port',
    '0',
    '--unixsocket',
    socketFile,
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    directory,
  ];
  const script = '"$@" </dev/null & server=$!; cat >/dev/null; kill "$server"; wait "$server"; rm -rf "$0"';
  const shell = spawn('/bin/sh', ['-c', script, directory, binary, ...options], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // Of its own group: Ctrl-C goes to us, and we end it in order.
    detached: true,
  });
  const exited = new Promise<void>((resolve) => shell.once('exit', () => resolve()));
  const close = async (): Promise<void> => {
    shell.stdin.end();
    await exited;
    await rm(directory, { recursive: true, force: true });
  };
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await answers(socketFile))) {
    if (Date.now() > deadline || shell.exitCode !== null) {
      await close();
      throw new Error(`${binary} did not start; remove it from PATH to use the embedded cache instead`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { description: binary, connect: () => connect(socketFile), close };
}

function answers(socketFile: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketFile);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function find(name: string, path: string): Promise<string | undefined> {
  for (const directory of path.split(delimiter).filter((entry) => entry !== '')) {
    const candidate = join(directory, name);
    const runnable = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runnable) return candidate;
  }
  return undefined;
}
