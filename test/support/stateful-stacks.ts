import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type Stack, Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import {
  AwsSolutionsChecks,
  HIPAASecurityChecks,
  NIST80053R5Checks,
  PCIDSS321Checks,
  ServerlessChecks,
} from 'cdk-nag';
import { environments } from '../../lib/config/environments';
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

// The suite validates templates once per environment elsewhere; here it would cost seconds per app.
process.env.CDK_VALIDATION = 'false';

const built = new Map<string, StatefulStacks>();

/** The stateful stacks of an environment, built once per test file: for tests that only read them. */
export function statefulStacks(
  environment: EnvironmentConfig,
  provider: Blueprint['database'] = 'rds',
  photos = true,
): StatefulStacks {
  const key = JSON.stringify([environment, provider, photos]);
  const stacks = built.get(key) ?? freshStacks(environment, provider, { photos });
  built.set(key, stacks);
  return stacks;
}

interface FreshOptions {
  /** @default bundles that do nothing */
  readonly assetsDirectory?: string;
  /** @default true */
  readonly photos?: boolean;
}

/** The stateful stacks of an environment, wired as the application wires them, with empty bundles. */
export function freshStacks(
  environment: EnvironmentConfig,
  provider: Blueprint['database'] = 'rds',
  { assetsDirectory = emptyBundles(), photos = true }: FreshOptions = {},
): StatefulStacks {
  const cdkJson = JSON.parse(readFileSync('cdk.json', 'utf8')) as { context: Record<string, unknown> };
  const app = new App({ context: cdkJson.context, outdir: temporaryFolder('assembly') });
  const { logRetentionDays, removal } = environment;
  const prefix = `landfall-${environment.name}`;
  const keys =
    environment.encryption === 'customer-managed'
      ? new EncryptionStack(app, `${prefix}-keys`, { env: { region: environment.region }, removal })
      : undefined;
  const encryption: Encryption = keys?.encryption ?? {};
  const shared = { env: { region: environment.region }, logRetentionDays, removal, encryption };
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
    assetsDirectory,
  });
  const storage = new StorageStack(app, `${prefix}-storage`, {
    ...shared,
    storage: environment.storage,
    photos,
    assetsDirectory,
  });
  const cache = new CacheStack(app, `${prefix}-cache`, {
    ...shared,
    cache: environment.cache,
    vpc,
    privateSubnets,
  });
  return { app, encryption: keys, network, database, storage, cache };
}

/** Findings of the audit packs of the environment that nobody has acknowledged, as `rule construct-path`. */
export function openFindings(
  environment: EnvironmentConfig,
  provider?: Blueprint['database'],
  breakSomething: (stacks: StatefulStacks) => void = () => undefined,
): string[] {
  const stacks = freshStacks(environment, provider);
  breakSomething(stacks);
  const { app } = stacks;
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  if (environment.audit === 'full') {
    Validations.of(app).addPlugins(
      new NIST80053R5Checks(app),
      new HIPAASecurityChecks(app),
      new PCIDSS321Checks(app),
      new ServerlessChecks(app),
    );
  }
  let cause: unknown;
  try {
    app.synth();
  } catch (error) {
    // Synthesis throws when there are findings; the report says which.
    cause = error;
  }
  const path = join(app.outdir, 'validation-report.json');
  if (!existsSync(path)) throw new Error(`no validation report in ${app.outdir}`, { cause });
  const { pluginReports } = JSON.parse(readFileSync(path, 'utf8')) as {
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

const templates = new Map<Stack, Template>();

export function templateOf(stack: Stack): Template {
  const template = templates.get(stack) ?? Template.fromStack(stack);
  templates.set(stack, template);
  return template;
}

// biome-ignore lint/suspicious/noExplicitAny: CloudFormation properties have no type worth asserting against
export type Properties = Record<string, any>;

/** Properties of every resource of a type, in the order of the template. */
export function all(template: Template, type: string): Properties[] {
  return Object.values(template.findResources(type)).map(({ Properties: properties = {} }) => properties);
}

type Overrides = { readonly [Section in keyof EnvironmentConfig]?: Partial<EnvironmentConfig[Section]> };

/** A shipped environment with a few fields changed. */
export function environmentWith(name: string, overrides: Overrides = {}): EnvironmentConfig {
  const base = environments[name];
  if (!base) throw new Error(`no environment ${name}; there are ${Object.keys(environments).join(', ')}`);
  const changed = Object.entries(overrides).map(([section, fields]) => {
    const before = base[section as keyof EnvironmentConfig];
    return [section, typeof before === 'object' ? { ...before, ...(fields as object) } : fields];
  });
  return { ...base, ...Object.fromEntries(changed) };
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A folder that is gone when the test file has run. */
export function temporaryFolder(purpose: string): string {
  const folder = mkdtempSync(join(tmpdir(), `landfall-${purpose}-`));
  folders.push(folder);
  return folder;
}

/** A folder that looks like the build's output to the function construct. */
export function emptyBundles(code = 'exports.handler = async () => undefined;\n'): string {
  const folder = temporaryFolder('bundles');
  for (const bundle of ['migrations', 'signing-key']) {
    mkdirSync(join(folder, bundle));
    writeFileSync(join(folder, bundle, 'index.js'), code);
  }
  return folder;
}
