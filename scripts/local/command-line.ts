/** Flags of `npm start`. */
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const root = resolve(__dirname, '..', '..');

export interface CommandLine {
  readonly help: boolean;
  readonly port: number;
  readonly fresh: boolean;
  readonly environment: string;
  readonly blueprint: string;
  readonly postgresUrl: string | undefined;
  readonly stateDirectory: string;
}

/** The caller typed something that makes no sense. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const help = `Runs the synthesized system on this machine.

  npm start -- [flags]

  --port <number>         first of six ports in a row: API, AWS endpoint, Postgres, cache, issuer, files (default 4000)
  --env <name>            environment to synthesize (default local)
  --blueprint <name>      blueprint to synthesize (default platform)
  --fresh                 remove all local data first: database, files, users
  --postgres-url <url>    use this Postgres server instead of the embedded one
  --state <directory>     where local data is kept (default .landfall)
  --help                  this text

Local data survives a restart. Exit codes: 0 stopped, 1 failed to start, 2 wrong usage.
`;

/** @throws {UsageError} */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const values = parse(args);
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 1 || port > 65_530) {
    throw new UsageError(
      `--port expects a number from 1 to 65530 (six ports are needed), found "${values.port}".`,
    );
  }
  const postgresUrl = values['postgres-url'];
  if (postgresUrl !== undefined && !/^postgres(ql)?:\/\//.test(postgresUrl)) {
    throw new UsageError(
      '--postgres-url expects an URL such as postgresql://user:password@localhost:5432/name.',
    );
  }
  return {
    help: values.help,
    port,
    fresh: values.fresh,
    environment: values.env,
    blueprint: values.blueprint,
    postgresUrl,
    stateDirectory: resolve(values.state),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', default: false },
        port: { type: 'string', default: '4000' },
        fresh: { type: 'boolean', default: false },
        env: { type: 'string', default: 'local' },
        blueprint: { type: 'string', default: 'platform' },
        'postgres-url': { type: 'string' },
        state: { type: 'string', default: join(root, '.landfall') },
      },
    }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${help}`);
  }
}
