import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import {
  AwsSolutionsChecks,
  HIPAASecurityChecks,
  NIST80053R5Checks,
  PCIDSS321Checks,
  ServerlessChecks,
} from 'cdk-nag';
import type { Blueprint, EnvironmentConfig } from '../../lib/config/schema';
import type { Encryption } from '../../lib/constructs/encryption';
import { CacheStack } from '../../lib/stacks/cache';
import { DatabaseStack } from '../../lib/stacks/database';
import { EncryptionStack } from '../../lib/stacks/encryption';
import { NetworkStack } from '../../lib/stacks/network';
import { StorageStack } from '../../lib/stacks/storage';

export interface StatefulStacks {
  readonly app: App;
  readonly encryption: EncryptionStack | undefined;
  readonly network: NetworkStack;
  readonly database: DatabaseStack;
  readonly storage: StorageStack;
  readonly cache: CacheStack;
}

/** The stateful stacks of an environment, wired as the application wires them, with an empty migrations bundle. */
export function statefulStacks(
  environment: EnvironmentConfig,
  provider: Blueprint['database'] = 'rds',
  context: Record<string, unknown> = {},
): StatefulStacks {
  const cdkJson = JSON.parse(readFileSync('cdk.json', 'utf8')) as { context: Record<string, unknown> };
  const app = new App({ context: { ...cdkJson.context, ...context }, outdir: temporaryFolder('assembly') });
  if (environment.audit === 'full') audit(app);
  else Validations.of(app).addPlugins(new AwsSolutionsChecks(app));

  const { logRetentionDays, removal } = environment;
  const prefix = `landfall-${environment.name}`;
  const keys =
    environment.encryption === 'customer-managed'
      ? new EncryptionStack(app, `${prefix}-keys`, { removal })
      : undefined;
  const encryption: Encryption = keys?.encryption ?? {};
  const shared = { logRetentionDays, removal, encryption };
  const network = new NetworkStack(app, `${prefix}-network`, { ...shared, network: environment.network });
  const { vpc, privateSubnets, functionNetwork } = network;
  const database = new DatabaseStack(app, `${prefix}-database`, {
    ...shared,
    database: environment.database,
    provider,
    personalAccess: environment.network.databaseAccess,
    vpc,
    privateSubnets,
    functionNetwork,
    assetsDirectory: emptyBundles(),
  });
  const storage = new StorageStack(app, `${prefix}-storage`, { ...shared, storage: environment.storage });
  const cache = new CacheStack(app, `${prefix}-cache`, { ...shared, cache: environment.cache, vpc, privateSubnets });
  return { app, encryption: keys, network, database, storage, cache };
}

function audit(app: App): void {
  Validations.of(app).addPlugins(
    new AwsSolutionsChecks(app),
    new NIST80053R5Checks(app),
    new HIPAASecurityChecks(app),
    new PCIDSS321Checks(app),
    new ServerlessChecks(app),
  );
}

export interface Finding {
  readonly rule: string;
  readonly construct: string;
}

/** Findings of the audit packs that nobody has acknowledged, one line each. */
export function openFindings(app: App): string[] {
  let cause: unknown;
  try {
    app.synth();
  } catch (error) {
    // Synthesis throws when there are findings; the report says which.
    cause = error;
  }
  const report = readdirSync(app.outdir).find((name) => name.endsWith('validation-report.json'));
  if (!report) throw new Error(`no validation report in ${app.outdir}`, { cause });
  const { pluginReports } = JSON.parse(readFileSync(join(app.outdir, report), 'utf8')) as {
    pluginReports: {
      violations: { ruleName: string; violatingConstructs: { constructPath?: string }[] }[];
    }[];
  };
  return pluginReports.flatMap(({ violations }) =>
    violations.flatMap(({ ruleName, violatingConstructs }) =>
      violatingConstructs.map(({ constructPath }) => `${ruleName} ${constructPath}`),
    ),
  );
}

export function templateOf(stack: NetworkStack | DatabaseStack | StorageStack | CacheStack | EncryptionStack) {
  return Template.fromStack(stack);
}

export function temporaryFolder(purpose: string): string {
  return mkdtempSync(join(tmpdir(), `landfall-${purpose}-`));
}

/** A folder that looks like the build's output to the function construct. */
export function emptyBundles(...names: string[]): string {
  const folder = temporaryFolder('bundles');
  for (const name of ['migrations', ...names]) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'index.js'), 'exports.handler = async () => undefined;\n');
  }
  return folder;
}
