/** What all commands have in common: how they are found, helped with, refused, and how they end. */
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

export interface Registry {
  /** `migrate <command>`. */
  readonly migrate: Commands;
  /** `<command>`. */
  readonly operations: Commands;
}

/** Runs `migrate <command> ...` or an operation. */
export async function dispatch(args: readonly string[], registry: Registry, shell: Shell): Promise<number> {
  const [group, name] = args;
  const overview = overviewOf(registry);
  if (isHelp(group) || (group === 'migrate' && isHelp(name))) {
    shell.stdout.write(overview);
    return exit.done;
  }
  try {
    if (group === undefined || (group === 'migrate' && name === undefined)) throw new UsageError(overview);
    const [known, word, rest]: [Commands, string, readonly string[]] =
      group === 'migrate'
        ? [registry.migrate, name ?? '', args.slice(2)]
        : [registry.operations, group, args.slice(1)];
    const found = Object.hasOwn(known, word) ? known[word] : undefined;
    if (!found)
      throw new UsageError(
        unknown(word, [...(group === 'migrate' ? [] : ['migrate']), ...Object.keys(known)]),
      );
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

function overviewOf({ migrate, operations }: Registry): string {
  const all = { ...migrate, ...operations };
  const width = Math.max(...Object.keys(all).map((name) => name.length));
  const lines = (commands: Commands) =>
    Object.entries(commands)
      .map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`)
      .join('\n');
  return `A command plans by default and says what it would do; --execute does it.

npm run landfall -- migrate <command> [options]

Copies data of a running system to AWS. What was done is not done again: a command that was stopped, or killed, goes on
where it was. The source is only read.

${lines(migrate)}

npm run landfall -- <command> [options]

Looks after a system that runs.

${lines(operations)}

  npm run landfall -- migrate <command> --help
  npm run landfall -- <command> --help

Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
`;
}
