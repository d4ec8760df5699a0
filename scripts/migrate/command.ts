/** What all migration commands have in common: how they are found, helped with, refused, and how they end. */
import { nearest } from '../../lib/config/nearest';

/** Exit codes, as documented in every help text. */
export const exit = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** The caller typed something that makes no sense. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What a command has of the world around it. */
export interface Shell {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Data. */
  readonly stdout: Output;
  /** Everything for the person who waits. */
  readonly stderr: Output;
  /** Aborted when the person wants to stop: finish what is in flight, keep what is done. */
  readonly interrupted: AbortSignal;
}

export interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export interface Command {
  readonly help: string;
  /** Parses the arguments and runs; answers an exit code. @throws {UsageError} */
  readonly main: (args: readonly string[], shell: Shell) => Promise<number>;
}

export type Commands = Readonly<
  Record<string, { readonly summary: string; readonly load: () => Promise<Command> }>
>;

const isHelp = (word: string | undefined): boolean => word === '--help' || word === '-h';

/** Runs `migrate <command> ...`. */
export async function dispatch(args: readonly string[], commands: Commands, shell: Shell): Promise<number> {
  const [group, name, ...rest] = args;
  const overview = overviewOf(commands);
  if (isHelp(group) || (group === 'migrate' && isHelp(name))) {
    shell.stdout.write(overview);
    return exit.done;
  }
  try {
    if (group === undefined || (group === 'migrate' && name === undefined)) throw new UsageError(overview);
    if (group !== 'migrate') throw new UsageError(unknown(group, ['migrate']));
    const found = name === undefined ? undefined : commands[name];
    if (!found) throw new UsageError(unknown(name ?? '', Object.keys(commands)));
    const command = await found.load();
    if (rest.some(isHelp)) {
      shell.stdout.write(`${command.help}\n`);
      return exit.done;
    }
    return await command.main(rest, shell);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    shell.stderr.write(`${error.message.trimEnd()}\n`);
    return exit.usage;
  }
}

function unknown(word: string, known: readonly string[]): string {
  const meant = nearest(word, known);
  return `There is no "${word}" here${meant ? `; did you mean "${meant}"?` : '.'} Known: ${known.join(', ')}. See --help.`;
}

function overviewOf(commands: Commands): string {
  const names = Object.keys(commands);
  const width = Math.max(...names.map((name) => name.length));
  const lines = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
  return `npm run landfall -- migrate <command> [options]

Copies data of a running system to AWS. A command plans by default and says what it would do; --execute does it.
What was done is not done again: a command that was stopped, or killed, goes on where it was. The source is only read.

${lines.join('\n')}

  npm run landfall -- migrate <command> --help

Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
`;
}
