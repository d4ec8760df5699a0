import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Configuration } from '../lib/config/load';
import { maxConnections } from '../lib/constructs/instance-class';
import type { Obstacle } from './obstacle';
import { type IdentityDependencies, identity } from './preflight-identity';

export interface PreflightDependencies extends IdentityDependencies {
  /** Version of the running Node, for example `20.12.0`. */
  readonly nodeVersion: string;
  /** Resolves the credentials that the CLI would use; rejects when there are none. */
  readonly credentials: (region: string) => Promise<{ readonly accountId?: string | undefined }>;
  /** Version of the CDK bootstrap stack, undefined when the region has none; rejects when it cannot be read. */
  readonly bootstrapVersion: (region: string, qualifier?: string) => Promise<number | undefined>;
  /** Lambda executions that the account may have at once in a region; rejects when that cannot be read. */
  readonly lambdaQuota: (region: string) => Promise<number>;
}

/** What the modern bootstrap template has had since assets are published by roles of its own. */
const leastBootstrapVersion = 6;

/** Alarms on CloudFront live where its metrics are, so an environment elsewhere has a stack here too. */
const globalRegion = 'us-east-1';

/** Looks for everything that can be known before CloudFormation starts, so that nothing fails half way. */
export async function preflight(
  deps: PreflightDependencies,
  configuration: Configuration,
): Promise<readonly Obstacle[]> {
  const { environment } = configuration;
  const early = [...node(deps.nodeVersion), ...notDeployable(configuration), ...placeholders(configuration)];
  // Without these, asking AWS would only add noise.
  if (early.length > 0) return early;
  const account = await deps.credentials(environment.region).catch((error: Error) => error);
  if (account instanceof Error) return [noCredentials(account)];
  if (environment.account && account.accountId && account.accountId !== environment.account) {
    return [
      {
        what: `The credentials belong to account ${account.accountId}, and ${environment.name} to ${environment.account}.`,
        fix: 'Choose the profile of the right account: AWS_PROFILE=<profile>.',
      },
    ];
  }
  const accountId = environment.account ?? account.accountId;
  const regions = [...new Set([environment.region, globalRegion])];
  return (
    await Promise.all([
      ...regions.map((region) => bootstrap(deps, region, accountId, environment.github?.qualifier)),
      concurrency(deps, configuration),
      identity(deps, configuration),
    ])
  ).flat();
}

function node(version: string): readonly Obstacle[] {
  const file = readFileSync(join(__dirname, '..', 'package.json'), 'utf8');
  const required = (JSON.parse(file) as { engines: { node: string } }).engines.node.replace(/^>=/, '');
  if (version.localeCompare(required, 'en', { numeric: true }) >= 0) return [];
  return [{ what: `Node ${version} runs this.`, fix: `Install Node ${required} or later.` }];
}

function notDeployable({ environment }: Configuration): readonly Obstacle[] {
  if (environment.name !== 'local') return [];
  return [{ what: 'The environment local runs on this machine and is not deployed.', fix: 'npm start' }];
}

/**
 * Values under example.com, the ones nobody can own, in settings that this blueprint uses. A user pool that
 * returns sign-ins there, or an API that trusts an issuer there, would look deployed and be of no use.
 */
function placeholders({ environment, blueprint }: Configuration): readonly Obstacle[] {
  const { auth, api, storage, monitoring } = environment;
  const used: Readonly<Record<string, unknown>> = {
    ...(blueprint.identity === 'oidc'
      ? { 'auth.oidc.issuer': auth.oidc?.issuer }
      : {
          'auth.callbackUrls': auth.callbackUrls,
          'auth.logoutUrls': auth.logoutUrls,
          'auth.domain': auth.domain && Object.values(auth.domain),
          'auth.passkeyDomain': auth.passkeyDomain,
          'auth.magicLink.redirectUris': auth.magicLink?.redirectUris,
          // Of links alone, a sender that is not there yet is a warning: see preflight-identity.ts.
          'auth.email.from': auth.email.provider === 'ses' ? auth.email.from : undefined,
        }),
    'api.corsOrigins': api.corsOrigins,
    'storage.corsOrigins': storage.corsOrigins,
    'monitoring.emails': monitoring.emails,
  };
  const paths = Object.entries(used)
    .filter(([, value]) =>
      [value].flat().some((text) => /(?:^|[./@])example\.com(?:[:/>]|$)/.test(String(text))),
    )
    .map(([path]) => path);
  if (paths.length === 0) return [];
  return [
    {
      what: `${environment.name} still has example.com in ${paths.join(', ')}.`,
      fix: `Write your own values in lib/config/environments/${environment.name}.ts.`,
    },
  ];
}

const noCredentials = (error: Error): Obstacle => ({
  what: `There are no usable AWS credentials: ${error.message}`,
  fix: 'Sign in (aws sso login --profile <profile>) and set AWS_PROFILE=<profile>, or export the variables that your provider shows.',
});

async function bootstrap(
  deps: PreflightDependencies,
  region: string,
  account: string | undefined,
  qualifier: string | undefined,
): Promise<readonly Obstacle[]> {
  const own = qualifier ? ` --qualifier ${qualifier} --toolkit-stack-name CDKToolkit-${qualifier}` : '';
  const version = await deps.bootstrapVersion(region, qualifier).catch((error: Error) => error);
  if (version instanceof Error) {
    // Not an obstacle: deploying needs no permission to read this, and the CDK says what it misses.
    deps.log(`Could not read the CDK bootstrap version, going on: ${version.message}`);
    return [];
  }
  if (version !== undefined && version >= leastBootstrapVersion) return [];
  const found =
    version === undefined ? 'not bootstrapped for the CDK' : `bootstrapped with version ${version}`;
  return [
    {
      what: `${region} is ${found}, and the deployment needs version ${leastBootstrapVersion} or later.`,
      fix: `npx cdk bootstrap aws://${account ?? '<account>'}/${region}${own}`,
    },
  ];
}

/** Lambda refuses to reserve so much that less than this is left to all other functions of the account. */
const leftToOthers = 100;

/** Functions reserve what the database has connections for; a new account may have a quota of 10. */
async function concurrency(
  deps: PreflightDependencies,
  { environment, blueprint }: Configuration,
): Promise<readonly Obstacle[]> {
  if (blueprint.database !== 'rds') return [];
  const { api, database, name, region } = environment;
  const reserved = Math.floor(maxConnections(database.instanceClass) * api.databaseConnectionShare);
  const quota = await deps.lambdaQuota(region).catch((error: Error) => error);
  if (quota instanceof Error) {
    deps.log(`Could not read the Lambda quota, going on: ${quota.message}`);
    return [];
  }
  if (quota >= reserved + leftToOthers) return [];
  return [
    {
      what: `The account may run ${quota} Lambda functions at once in ${region}, and ${name} needs ${reserved + leftToOthers}.`,
      fix: `aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 --desired-value 1000 --region ${region}`,
    },
  ];
}
