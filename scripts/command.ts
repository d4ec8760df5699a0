/** How every command ends: with a documented exit code, and a message instead of a stack when it fails. */
import { parseArgs } from 'node:util';

const exit = { done: 0, failed: 1, usage: 2 } as const;

/** Runs a command that answers its exit code. Throwing is failing; arguments that `parseArgs` refuses are wrong usage. */
export async function runCommand(command: () => number | Promise<number>): Promise<void> {
  try {
    process.exitCode = await command();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    const refused = (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS');
    process.exitCode = refused ? exit.usage : exit.failed;
  }
}

/** Runs a command whose only argument is `--help`. */
export function runWithoutArguments(help: string, work: () => unknown): Promise<void> {
  return runCommand(async () => {
    const { values } = parseArgs({ options: { help: { type: 'boolean', short: 'h', default: false } } });
    if (values.help) console.log(help);
    else await work();
    return exit.done;
  });
}
