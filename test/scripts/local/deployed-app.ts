/** Synthesizes small CDK apps and creates their resources the way the runtime does, without its engines. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { context } from '../../../cdk.json';
import { checkPolicy, decide } from '../../../lib/iam/evaluate';
import { AccessControl } from '../../../scripts/local/access-control';
import { AccessRecord } from '../../../scripts/local/access-record';
import { readAssembly } from '../../../scripts/local/assembly';
import type { AwsEndpoint } from '../../../scripts/local/aws/endpoint';
import { type Deployed, deploy } from '../../../scripts/local/deployment';
import { localAccountId } from '../../../scripts/local/intrinsics';
import { writeBootstrap } from '../../../scripts/local/lambda/bootstrap-file';
import { Functions } from '../../../scripts/local/lambda/functions';
import { ResourcePolicies } from '../../../scripts/local/resource-policies';
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
  readonly deployed: Deployed;
  readonly system: LocalSystem;
  readonly logLines: string[];
  close(): Promise<void>;
}

/**
 * Starts the AWS engines for an app.
 * @param functions those of the app, which are there once it is deployed
 * @param roles those of the app; its functions sign with their credentials
 * @param accessControl decides by the policies of the app
 */
export type StartAws = (
  functions: Functions,
  roles: Roles,
  accessControl: AccessControl,
) => Promise<AwsEndpoint>;

/**
 * Creates the resources of an assembly.
 * @param startAws @default the AWS engines are absent: use resources that need none
 */
export async function deployApp(
  assembly: string,
  startAws?: StartAws,
  region = 'us-east-1',
): Promise<DeployedApp> {
  const stateDirectory = temporaryDirectory();
  const roles = new Roles(join(stateDirectory, 'principals.json'));
  const logLines: string[] = [];
  const resourcePolicies = new ResourcePolicies();
  const accessControl = new AccessControl({
    accountId: localAccountId,
    region,
    roles,
    resourcePolicies,
    decide,
    checkPolicy,
    record: new AccessRecord(),
    report: (line) => logLines.push(`iam ${line}`),
  });
  const database = { host: 'localhost', port: 4002, name: 'landfall' };
  let aws: AwsEndpoint | undefined;
  const functions = new Functions({
    region,
    awsEndpointUrl: () => aws?.url ?? 'http://127.0.0.1:4001',
    credentials: (roleArn, functionArn) => roles.credentials(roleArn, functionArn),
    facts: () => ({ caFile: '/local/ca.pem', database }),
    bootstrapFile: writeBootstrap(stateDirectory),
    home: stateDirectory,
    log: (name, line) => logLines.push(`${name} ${line}`),
  });
  aws = await startAws?.(functions, roles, accessControl);
  const system: LocalSystem = {
    stateDirectory,
    aws: aws as AwsEndpoint,
    database,
    cache: { host: 'localhost', port: 4003 },
    signInUrl: 'https://localhost:4004',
    cdnUrl: 'https://localhost:4005',
    roles,
    accessControl,
    resourcePolicies,
    functions,
    declared: nothingDeclared(),
  };
  const deployed = await deploy(readAssembly(assembly), registry, system).catch(async (error: Error) => {
    await functions.close();
    throw error;
  });
  return { system, deployed, logLines, close: () => functions.close() };
}
