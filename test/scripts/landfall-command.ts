/** Runs commands of `npm run landfall`, here or as processes. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildSync } from 'esbuild';
import type { Command, Shell } from '../../scripts/migrate/command';
import { cacheDirectory } from '../support/assembly';

const root = path.resolve(__dirname, '../..');

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command as its dispatcher does, with the AWS part of the environment in place while it runs. */
export async function runHere(
  command: Command,
  args: readonly string[],
  env: Record<string, string>,
  shell: Partial<Shell>,
): Promise<Ended> {
  const before = { ...process.env };
  const written = { stdout: '', stderr: '' };
  Object.assign(process.env, env, shell.env);
  const interrupted = new AbortController().signal;
  setMaxListeners(0, interrupted);
  try {
    const code = await command.main(args, {
      stdout: { write: (text) => (written.stdout += text) },
      stderr: { write: (text) => (written.stderr += text) },
      interrupted,
      ...shell,
      env: { ...env, ...shell.env },
    });
    return { code, ...written };
  } finally {
    process.env = before;
  }
}

export interface Child {
  readonly ended: Promise<Ended>;
  kill(signal: NodeJS.Signals): void;
}

/** The command line in one file, which starts in half the time; named by its content, so that tests share it. */
function bundledCommand(): string {
  const { outputFiles } = buildSync({
    entryPoints: [path.join(root, 'scripts', 'landfall.ts')],
    bundle: true,
    platform: 'node',
    packages: 'external',
    write: false,
  });
  const text = outputFiles[0]?.text ?? '';
  const name = `landfall-${createHash('sha256').update(text).digest('hex').slice(0, 16)}.cjs`;
  const file = path.join(cacheDirectory, name);
  if (!existsSync(file)) {
    mkdirSync(cacheDirectory, { recursive: true });
    writeFileSync(`${file}.${process.pid}`, text);
    renameSync(`${file}.${process.pid}`, file);
  }
  return file;
}

let bundled: string | undefined;

export interface SpawnOptions {
  /** Flags of Node. */
  readonly node?: readonly string[];
}

/** Runs the command line as a process of its own. */
export function spawnLandfall(
  args: readonly string[],
  env: Record<string, string>,
  { node = [] }: SpawnOptions = {},
): Child {
  bundled ??= bundledCommand();
  const child = spawn(process.execPath, [...node, bundled, ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data: Buffer) => {
    stdout += data;
  });
  child.stderr.on('data', (data: Buffer) => {
    stderr += data;
  });
  const ended = new Promise<Ended>((resolve) =>
    child.once('close', (code) => resolve({ code, stdout, stderr })),
  );
  return { ended, kill: (signal) => child.kill(signal) };
}
