/** Turns the outputs of a deployment into the `.env` file of an application. Usage: npm run write-env -- --help */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { environments } from '../lib/config/environments';
import { type OutputName, outputs } from '../lib/outputs';
import { runCommand } from './command';

const frameworks = ['plain', 'next', 'vite'] as const;
export type Framework = (typeof frameworks)[number];

interface Variable {
  readonly name: string;
  /** Whether pages in a browser may read it. Buckets, databases and caches are none of their business. */
  readonly browser: boolean;
}

/**
 * What becomes of each output. `false`: people read it, applications do not. There is no entry that holds a
 * secret, and none may be added: a secret is named by its ARN and read with the permission to read it.
 */
const variables: Readonly<Record<OutputName, Variable | false>> = {
  [outputs.region]: { name: 'AWS_REGION', browser: true },
  [outputs.apiUrl]: { name: 'API_URL', browser: true },
  [outputs.userPoolId]: { name: 'COGNITO_USER_POOL_ID', browser: true },
  [outputs.userPoolClientId]: { name: 'COGNITO_CLIENT_ID', browser: true },
  [outputs.userPoolDomain]: { name: 'COGNITO_DOMAIN', browser: true },
  [outputs.oidcIssuer]: { name: 'OIDC_ISSUER', browser: true },
  [outputs.cdnUrl]: { name: 'CDN_URL', browser: true },
  [outputs.documentsBucketName]: { name: 'AWS_S3_BUCKET_NAME', browser: false },
  [outputs.publicBucketName]: { name: 'AWS_S3_PUBLIC_BUCKET_NAME', browser: false },
  [outputs.photosBucketName]: false,
  [outputs.databaseHost]: { name: 'DATABASE_HOST', browser: false },
  [outputs.databasePort]: { name: 'DATABASE_PORT', browser: false },
  [outputs.databaseName]: { name: 'DATABASE_NAME', browser: false },
  [outputs.databaseSecretArn]: { name: 'DATABASE_SECRET_ARN', browser: false },
  [outputs.cacheHost]: { name: 'CACHE_HOST', browser: false },
  [outputs.cachePort]: { name: 'CACHE_PORT', browser: false },
  [outputs.userPoolDomainTarget]: false,
  [outputs.databaseInstanceId]: false,
  [outputs.databaseAccessEndpointId]: false,
  [outputs.databaseRelayInstanceId]: false,
  [outputs.workerQueues]: false,
  [outputs.dashboardUrl]: false,
  [outputs.alarmTopicArn]: false,
  [outputs.deployRoleArn]: false,
  [outputs.executionPolicyArns]: false,
};

const prefixes: Readonly<Record<Framework, string>> = { plain: '', next: 'NEXT_PUBLIC_', vite: 'VITE_' };
const begin = '# landfall: begin (written by `npm run write-env`, changes in here are lost)';
const end = '# landfall: end';

/** The content of `cdk deploy --outputs-file`: outputs by stack. */
export type OutputsFile = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Outputs that applications may read, over all stacks of one environment. */
export function readableOutputs(file: OutputsFile, environment: string): ReadonlyMap<OutputName, string> {
  const known = Object.values(outputs);
  const found = new Map<OutputName, string>();
  for (const [stack, values] of Object.entries(file)) {
    // A file may hold several environments, when their deployments wrote to the same one.
    if (!stack.startsWith(`landfall-${environment}-`)) continue;
    for (const name of known) {
      const value = values[name];
      if (value === undefined) continue;
      const earlier = found.get(name);
      if (earlier !== undefined && earlier !== value) {
        throw new Error(
          `Two stacks of ${environment} have an output ${name}: ${earlier} and ${value}. One name has one value: rename one in lib/outputs.ts.`,
        );
      }
      found.set(name, value);
    }
  }
  return found;
}

/** The lines of the managed block, without its markers. */
export function variableLines(
  values: ReadonlyMap<OutputName, string>,
  framework: Framework,
): readonly string[] {
  const prefix = prefixes[framework];
  return [...values].flatMap(([output, value]) => {
    const variable = variables[output];
    if (!variable) return [];
    if (output.endsWith('SecretArn') && !value.startsWith('arn:')) {
      throw new Error(
        `Output ${output} should name a secret by its ARN, and holds something else. Nothing was written.`,
      );
    }
    const plain = `${variable.name}=${quote(value)}`;
    return variable.browser && prefix ? [plain, `${prefix}${plain}`] : [plain];
  });
}

/** `existing` with its managed block replaced, or appended when there is none; every other line stays. */
export function withManagedBlock(existing: string, lines: readonly string[]): string {
  const block = [begin, ...lines, end].join('\n');
  const start = existing.indexOf('# landfall: begin');
  if (start === -1) {
    const separator = existing === '' ? '' : existing.endsWith('\n') ? '\n' : '\n\n';
    return `${existing}${separator}${block}\n`;
  }
  const stop = existing.indexOf(end, start);
  if (stop === -1) {
    throw new Error(
      `The file has "# landfall: begin" without "${end}". Remove the first line, or add the last one.`,
    );
  }
  return `${existing.slice(0, start)}${block}${existing.slice(stop + end.length)}`;
}

/** Names that the application's own lines set as well, and which the block therefore may not decide. */
export function setTwice(existing: string, lines: readonly string[]): readonly string[] {
  const own = withManagedBlock(existing, []).split('\n');
  const name = (line: string) => /^\s*(?:export\s+)?(\w+)\s*=/.exec(line)?.[1];
  return lines
    .map(name)
    .filter((key): key is string => key !== undefined && own.some((line) => name(line) === key));
}

function quote(value: string): string {
  if (/^[\w.:/@+=,-]*$/.test(value)) return value;
  if (/["\n\r$`\\]/.test(value))
    throw new Error(`Cannot write ${JSON.stringify(value)} into an .env file safely.`);
  return `"${value}"`;
}

export interface WriteEnvOptions {
  readonly environment: string;
  readonly framework: Framework;
  /** Outputs of `cdk deploy --outputs-file`. */
  readonly outputsFile: string;
  /** The file to write. */
  readonly envFile: string;
}

export interface WriteEnvDependencies {
  /** Content of a file, or undefined when it does not exist. */
  readonly read: (file: string) => string | undefined;
  readonly write: (file: string, content: string) => void;
  readonly log: (line: string) => void;
}

/** Writes the env file. Throws when there are no outputs, or one cannot be written. */
export function writeEnv(deps: WriteEnvDependencies, options: WriteEnvOptions): void {
  const { environment, framework, outputsFile, envFile } = options;
  const content = deps.read(outputsFile);
  if (content === undefined) {
    throw new Error(`${outputsFile} does not exist. Deploy first: npm run deploy -- ${environment}`);
  }
  const values = new Map(readableOutputs(JSON.parse(content) as OutputsFile, environment));
  if (values.size === 0) {
    throw new Error(
      `${outputsFile} has no outputs of stacks named landfall-${environment}-*. Deploy first: npm run deploy -- ${environment}`,
    );
  }
  const region = values.get(outputs.region) ?? environments[environment]?.region;
  const lines = variableLines(
    new Map([...(region ? [[outputs.region, region] as const] : []), ...values]),
    framework,
  );
  const existing = deps.read(envFile) ?? '';
  for (const name of setTwice(existing, lines)) {
    deps.log(`${envFile} sets ${name} outside of the managed block too; most loaders take the last one.`);
  }
  deps.write(envFile, withManagedBlock(existing, lines));
  deps.log(`Wrote ${lines.length} variables to ${envFile}`);
}

const root = join(__dirname, '..');

/** The real file system, relative to the repository. */
export const files = {
  read: (file: string) => (existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : undefined),
  write: (file: string, content: string) => writeFileSync(join(root, file), content),
};

const help = `npm run write-env -- <environment> [options]

Writes the outputs of the last deployment into an .env file. Lines outside of the managed block stay as they are.

  --framework plain|next|vite  also writes NEXT_PUBLIC_ or VITE_ copies of what a browser may know (plain)
  --outputs <file>             default: outputs.<environment>.json
  --file <file>                default: .env.<environment>

Exit codes: 0 written, 1 not written, 2 wrong usage.`;

export function isFramework(word: string): word is Framework {
  return (frameworks as readonly string[]).includes(word);
}

function main(): number {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      framework: { type: 'string', default: 'plain' },
      outputs: { type: 'string' },
      file: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [environment] = positionals;
  if (values.help) {
    console.log(help);
    return 0;
  }
  if (!environment || positionals.length > 1 || !isFramework(values.framework)) {
    console.error(help);
    return 2;
  }
  writeEnv(
    { ...files, log: (line) => console.error(line) },
    {
      environment,
      framework: values.framework,
      outputsFile: values.outputs ?? `outputs.${environment}.json`,
      envFile: values.file ?? `.env.${environment}`,
    },
  );
  return 0;
}

if (require.main === module) void runCommand(main);
