/** Synthesizes small CDK apps and creates their resources the way the runtime does, without its engines. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { context } from '../../../cdk.json';
import { readAssembly } from '../../../scripts/local/assembly';
import type { AwsEndpoint } from '../../../scripts/local/aws/endpoint';
import { deploy } from '../../../scripts/local/deployment';
import { writeBootstrap } from '../../../scripts/local/lambda/bootstrap-file';
import { Functions } from '../../../scripts/local/lambda/functions';
import { registry } from '../../../scripts/local/resources/registry';
import { Roles } from '../../../scripts/local/roles';
import { type LocalSystem, nothingDeclared } from '../../../scripts/local/system';

const directories: string[] = [];

export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'landfall-test-'));
  directories.push(directory);
  return directory;
}

export function removeTemporaryDirectories(): void {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
}

/** Directory of the assembly of an app with the given stacks. */
export function synthesizeApp(define: (app: App) => void): string {
  const outdir = join(temporaryDirectory(), 'cdk.out');
  // Costs 5 s and 400 MB a time, and these templates are never deployed.
  process.env.CDK_VALIDATION = 'false';
  const app = new App({ outdir, analyticsReporting: false, context });
  define(app);
  app.synth();
  return outdir;
}

/** An app with one stack named `example`. */
export function synthesizeStack(define: (stack: Stack) => void): string {
  return synthesizeApp((app) => define(new Stack(app, 'example', { env: { region: 'us-east-1' } })));
}

/** Directory with an `index.js`, for function code that is easier to read as a file. */
export function codeDirectory(source: string): string {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'index.js'), source);
  return directory;
}

export interface DeployedApp {
  readonly system: LocalSystem;
  readonly logLines: string[];
  close(): Promise<void>;
}

/** Starts the AWS engines for an app. @param functions those of the app, which are there once it is deployed */
export type StartAws = (functions: Functions) => Promise<AwsEndpoint>;

/**
 * Creates the resources of an assembly.
 * @param startAws @default the AWS engines are absent: use resources that need none
 */
export async function deployApp(assembly: string, startAws?: StartAws): Promise<DeployedApp> {
  const stateDirectory = temporaryDirectory();
  const roles = new Roles(join(stateDirectory, 'principals.json'));
  const logLines: string[] = [];
  const database = { host: 'localhost', port: 4002, name: 'landfall' };
  const functions = new Functions({
    region: 'us-east-1',
    awsEndpointUrl: () => 'http://127.0.0.1:4001',
    credentials: (roleArn) => roles.credentials(roleArn),
    facts: () => ({ caFile: '/local/ca.pem', database }),
    bootstrapFile: writeBootstrap(stateDirectory),
    home: stateDirectory,
    log: (name, line) => logLines.push(`${name} ${line}`),
  });
  const system: LocalSystem = {
    stateDirectory,
    aws: (await startAws?.(functions)) as AwsEndpoint,
    database,
    cache: { host: 'localhost', port: 4003 },
    roles,
    functions,
    declared: nothingDeclared(),
  };
  await deploy(readAssembly(assembly), registry, system);
  return { system, logLines, close: () => functions.close() };
}
