/** Deploys an environment and writes the application's `.env` file. Usage: npm run deploy -- --help */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Configuration, ConfigurationError, loadConfig } from '../lib/config/load';
import { outputs } from '../lib/outputs';
import * as account from './aws-account';
import { runCommand } from './command';
import { type PreflightDependencies, preflight } from './preflight';
import {
  type Framework,
  files,
  isFramework,
  type OutputsFile,
  readableOutputs,
  type WriteEnvDependencies,
  writeEnv,
} from './write-env';

/** Exit codes, as documented in the help. */
export const exit = { done: 0, failed: 1, usage: 2, refused: 3 } as const;

const help = `npm run deploy -- <environment> [options]

Checks what can be checked, deploys all stacks, and writes .env.<environment>. The stack that says who may deploy is
an administrator's: npx cdk deploy landfall-<environment>-deployment.

  --blueprint <name>           what is deployed (platform)
  --framework plain|next|vite  also writes NEXT_PUBLIC_ or VITE_ variables (plain)
  --dry-run                    checks, prints the command, deploys nothing
  --yes                        does not ask before widening permissions. An environment with termination
                               protection asks otherwise; the others never do. Needed without a terminal.

Exit codes: 0 deployed, 1 the deployment failed, 2 wrong usage, 3 refused before anything was changed.`;

export interface DeployOptions {
  readonly environment: string;
  readonly blueprint: string;
  readonly framework: Framework;
  readonly dryRun: boolean;
  readonly yes: boolean;
}

export interface DeployDependencies extends PreflightDependencies, WriteEnvDependencies {
  /** Runs the pinned CDK CLI and resolves to its exit code. */
  readonly cdk: (args: readonly string[]) => Promise<number>;
  /** Writes a line of data, as opposed to a log line. */
  readonly print: (line: string) => void;
}

export async function deploy(deps: DeployDependencies, options: DeployOptions): Promise<number> {
  const configuration = configurationOf(deps, options);
  if (!configuration) return exit.refused;
  const obstacles = await preflight(deps, configuration);
  for (const { what, fix } of obstacles) deps.log(`${what}\n  fix: ${fix}`);
  if (obstacles.length > 0) return exit.refused;

  const args = deployArguments(options, configuration);
  if (options.dryRun) {
    deps.print(['npx cdk', ...args.map(quoted)].join(' '));
    return exit.done;
  }
  const code = await deps.cdk(args);
  if (code !== 0) {
    deps.log(
      `cdk deploy failed with exit code ${code}; stacks that were done stay deployed. Fix the cause and run it again.`,
    );
    return exit.failed;
  }
  const { environment, framework } = options;
  const outputsFile = outputsFileOf(environment);
  writeEnv(deps, { environment, framework, outputsFile, envFile: `.env.${environment}` });
  const url = readableOutputs(JSON.parse(deps.read(outputsFile) ?? '{}') as OutputsFile, environment).get(
    outputs.apiUrl,
  );
  if (url) deps.print(url);
  deps.log(
    `Next: npm run smoke -- ${environment}${options.blueprint === 'platform' ? '' : ` --blueprint ${options.blueprint}`}`,
  );
  return exit.done;
}

function configurationOf(deps: DeployDependencies, options: DeployOptions): Configuration | undefined {
  try {
    return loadConfig(options.environment, options.blueprint);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    deps.log(error.message);
    return undefined;
  }
}

export const outputsFileOf = (environment: string) => `outputs.${environment}.json`;

/** As a shell takes it literally. */
const quoted = (argument: string): string => (/^[\w./=-]+$/.test(argument) ? argument : `'${argument}'`);

function deployArguments(options: DeployOptions, { environment }: Configuration): readonly string[] {
  const ask = environment.terminationProtection && !options.yes;
  return [
    'deploy',
    // Not what says who may deploy: an administrator does that, and nobody else can.
    environment.github ? `landfall-${environment.name}-!(deployment)` : '--all',
    '--outputs-file',
    outputsFileOf(options.environment),
    '--require-approval',
    ask ? 'broadening' : 'never',
    // The CLI cannot ask about one stack while others are under way.
    '--concurrency',
    ask ? '1' : '4',
    '-c',
    `env=${options.environment}`,
    '-c',
    `blueprint=${options.blueprint}`,
  ];
}

function runCdk(args: readonly string[]): Promise<number> {
  const cli = join(require.resolve('aws-cdk/package.json'), '..', 'bin', 'cdk');
  return new Promise((resolve, reject) => {
    // Its stdout joins the logs: the only data of this command is the API's URL.
    const child = spawn(process.execPath, [cli, ...args], { cwd: join(__dirname, '..'), stdio: [0, 2, 2] });
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      blueprint: { type: 'string', default: 'platform' },
      framework: { type: 'string', default: 'plain' },
      'dry-run': { type: 'boolean', default: false },
      yes: { type: 'boolean', short: 'y', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [environment] = positionals;
  if (values.help) {
    console.log(help);
    return exit.done;
  }
  if (!environment || positionals.length > 1 || !isFramework(values.framework)) {
    console.error(help);
    return exit.usage;
  }
  return deploy(
    {
      ...files,
      nodeVersion: process.versions.node,
      ...account,
      cdk: runCdk,
      log: (line) => console.error(line),
      print: (line) => console.log(line),
    },
    {
      environment,
      blueprint: values.blueprint,
      framework: values.framework,
      dryRun: values['dry-run'],
      yes: values.yes,
    },
  );
}

if (require.main === module) void runCommand(main);
