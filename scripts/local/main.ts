/** `npm start`. */
import { existsSync } from 'node:fs';
import { ConfigurationError } from '../../lib/config/load';
import { type CommandLine, help, parseCommandLine, UsageError } from './command-line';
import { AlreadyRunningError } from './instance-lock';
import { PortInUseError } from './ports';
import { startRuntime } from './runtime';
import { NotOurDirectoryError } from './state-directory';
import { summary } from './summary';

/** A stop that takes longer is cut short: everything committed is on disk already. */
const stopWithinMs = 5_000;

async function run(flags: CommandLine): Promise<void> {
  const { fresh, environment, blueprint } = flags;
  const print = (line: string) => console.log(line);
  print(`Building and synthesizing ${environment} · ${blueprint}, starting the engines ...`);
  if (fresh) print('Removing all local data first (--fresh).');
  else if (!existsSync(flags.stateDirectory)) print('The first start also creates the database: about 20 s.');
  const runtime = await startRuntime({
    ...flags,
    print,
  });
  print(await summary(runtime, { environment, blueprint, readyMs: performance.now() }));

  let stopping = false;
  const stop = async () => {
    if (stopping) process.exit(130);
    stopping = true;
    print('\nStopping ...');
    setTimeout(() => process.exit(1), stopWithinMs).unref();
    await runtime.close();
    process.exit(0);
  };
  process.on('SIGINT', () => void stop());
  process.on('SIGTERM', () => void stop());
}

async function main(): Promise<void> {
  try {
    const flags = parseCommandLine(process.argv.slice(2));
    if (flags.help) process.stdout.write(help);
    else await run(flags);
  } catch (error) {
    const expected =
      error instanceof ConfigurationError ||
      error instanceof AlreadyRunningError ||
      error instanceof PortInUseError ||
      error instanceof NotOurDirectoryError ||
      error instanceof UsageError;
    console.error(expected ? error.message : `Landfall could not start.\n${describe(error)}`);
    process.exit(error instanceof UsageError ? 2 : 1);
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

void main();
