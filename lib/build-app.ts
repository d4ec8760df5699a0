import { App, type AppProps, Stack, type StackProps } from 'aws-cdk-lib';
import { ManagedPolicy, PermissionsBoundary } from 'aws-cdk-lib/aws-iam';
import cdkJson from '../cdk.json';
import type { Blueprint, EnvironmentConfig } from './config/schema';
import { shareConnections } from './connections';
import type { Encryption } from './constructs/encryption';
import type { FunctionDefaults } from './constructs/function';
import { metricRegion } from './constructs/monitored-alarm';
import { contractsOf } from './contracts';
import { audit } from './guardrails/audit';
import { deploymentTag, stackTags } from './guardrails/tags';
import { ApiStack, type Identity } from './stacks/api';
import { AuthStack } from './stacks/auth';
import { CacheStack } from './stacks/cache';
import { DatabaseStack } from './stacks/database';
import { DeploymentStack } from './stacks/deployment';
import { EncryptionStack } from './stacks/encryption';
import { JobsStack } from './stacks/jobs';
import { MonitoringStack, type Watched } from './stacks/monitoring';
import { NetworkStack } from './stacks/network';
import { ProcessingStack } from './stacks/processing';
import { StorageStack } from './stacks/storage';
import { workersOf } from './workers';

export interface BuildAppProps {
  readonly environment: EnvironmentConfig;
  readonly blueprint: Blueprint;
  /** Feature flags and other context. @default the context of cdk.json */
  readonly context?: AppProps['context'];
  /** Where the cloud assembly goes. @default where the CDK CLI wants it, or a temporary folder */
  readonly outdir?: string;
  /** Folder with one folder per function, made by `npm run build`. @default 'dist/lambdas' */
  readonly assetsDirectory?: string;
  /** Run the audit packs at synthesis. @default true */
  readonly audited?: boolean;
}

export interface BuiltApp {
  readonly app: App;
  readonly stacks: {
    /** Only with `encryption: customer-managed`. */
    readonly encryption?: EncryptionStack | undefined;
    readonly network: NetworkStack;
    readonly database: DatabaseStack;
    readonly storage: StorageStack;
    /** Only with `identity: cognito`. */
    readonly auth?: AuthStack | undefined;
    /** Only with `cache: elasticache`. */
    readonly cache?: CacheStack | undefined;
    readonly api: ApiStack;
    readonly jobs: JobsStack;
    /** Only with capabilities whose files are worked on. */
    readonly processing?: ProcessingStack | undefined;
    readonly monitoring: MonitoringStack;
    /** Only outside us-east-1: alarms on metrics that CloudFront publishes there and nowhere else. */
    readonly monitoringGlobal?: MonitoringStack | undefined;
    /** Only with `github`: who may deploy the others. */
    readonly deployment?: DeploymentStack | undefined;
  };
}

/** Wires an environment and a blueprint to stacks. Nothing is synthesized yet. */
export function buildApp(props: BuildAppProps): BuiltApp {
  const { environment, blueprint, context, outdir, assetsDirectory = 'dist/lambdas', audited = true } = props;
  const { removal, logRetentionDays, network: networkConfig } = environment;
  const app = new App({
    context: { ...cdkJson.context, ...bootstrapOf(environment), ...context },
    ...(outdir ? { outdir } : {}),
    // Versions of the CDK would otherwise appear in every template and change every snapshot.
    analyticsReporting: false,
  });

  const prefix = `landfall-${environment.name}`;
  const stackProps = (
    name: string,
    description: string,
    region = environment.region,
  ): [App, string, StackProps] => {
    const stackName = `${prefix}-${name}`;
    return [
      app,
      stackName,
      {
        description,
        env: { region, ...(environment.account ? { account: environment.account } : {}) },
        terminationProtection: environment.terminationProtection,
        tags: stackTags(stackName, prefix, environment, blueprint),
      },
    ];
  };
  const place = <P extends StackProps, S>(
    StackClass: new (scope: App, id: string, props: P) => S,
    [scope, id, base]: [App, string, StackProps],
    own: Omit<P, keyof StackProps>,
  ): S => new StackClass(scope, id, { ...base, ...own } as P);

  const keys =
    environment.encryption === 'customer-managed'
      ? place(EncryptionStack, stackProps('encryption', 'Keys for data, logs and messages'), { removal })
      : undefined;
  const encryption: Encryption = keys?.encryption ?? {};
  const functions: FunctionDefaults = { assetsDirectory, logRetentionDays, removal, encryption };
  const data = { removal, logRetentionDays, encryption };

  const network = place(NetworkStack, stackProps('network', 'VPC, subnets, endpoints and the way out'), {
    ...data,
    network: networkConfig,
  });
  const { vpc, privateSubnets, functionNetwork } = network;

  const database = place(DatabaseStack, stackProps('database', 'PostgreSQL and its schema'), {
    ...functions,
    database: environment.database,
    provider: blueprint.database,
    personalAccess: networkConfig.databaseAccess,
    vpc,
    privateSubnets,
    functionNetwork,
  });
  const storage = place(StorageStack, stackProps('storage', 'Buckets and their distribution'), {
    ...functions,
    storage: environment.storage,
    photos: blueprint.capabilities.includes('photos'),
    resumes: blueprint.capabilities.includes('resumes') ? environment.resumes : undefined,
  });
  const connections = shareConnections({ environment, blueprint }, database.database.maxConnections);
  const connected = { network: functionNetwork, database: database.database, connections, functions };
  const auth =
    blueprint.identity === 'cognito'
      ? place(AuthStack, stackProps('auth', 'User pool, its client and its triggers'), {
          ...connected,
          auth: environment.auth,
        })
      : undefined;
  const cache =
    blueprint.cache === 'elasticache'
      ? place(CacheStack, stackProps('cache', 'Valkey'), {
          ...data,
          cache: environment.cache,
          vpc,
          privateSubnets,
        })
      : undefined;

  const jobs = place(JobsStack, stackProps('jobs', 'Work that no request waits for'), {
    ...connected,
    userPool: auth?.userPool,
    documentsBucket: storage.documents,
    photosBucket: storage.photos?.bucket,
  });
  const api = place(ApiStack, stackProps('api', 'REST API and its functions'), {
    ...connected,
    api: environment.api,
    documents: {
      ...environment.documents,
      formats: blueprint.documentFormats,
      scanned: environment.storage.malwareProtection,
    },
    resumes: { ...environment.resumes, scanned: environment.storage.malwareProtection },
    photos: environment.photos,
    magicLink: environment.auth.magicLink,
    contracts: contractsOf({ environment, blueprint }),
    identity: identityOf(environment, auth),
    cache: cache?.cache,
    documentsBucket: storage.documents,
    photosBucket: storage.photos?.bucket,
    photoSigner: storage.photos?.signer,
    cdnUrl: storage.cdnUrl,
    accountExport: jobs.accountExport.function,
  });
  const workers = workersOf(blueprint);
  const processing =
    workers.length > 0
      ? place(ProcessingStack, stackProps('processing', 'Work on files that were uploaded'), {
          ...connected,
          workers,
          buckets: { documents: storage.documents, photos: storage.photos?.bucket },
          scanned: environment.storage.malwareProtection,
          settings: {
            'documents-worker': { DOCUMENTS_MAX_BYTES: String(environment.documents.maxBytes) },
            'candidates-worker': { RESUMES_MAX_BYTES: String(environment.resumes.maxBytes) },
            'candidate-imports-worker': {
              RESUMES_MAX_BYTES: String(environment.resumes.maxBytes),
              RESUMES_MAX_ARCHIVE_ENTRIES: String(environment.resumes.maxArchiveEntries),
            },
            'photos-worker': { PHOTOS_MAX_MEGAPIXELS: String(environment.photos.maxMegapixels) },
          },
        })
      : undefined;
  // Nothing in them refers to an external database's stack, yet its migrations have to run before they are deployed.
  for (const stack of [auth, api, jobs, processing])
    stack?.addStackDependency(database, 'the schema is migrated first');

  const watched: Watched[] = [network, database, storage, auth, cache, api, jobs, processing]
    .filter((stack) => stack !== undefined)
    .map((stack) => ({ owner: stack, monitored: stack.monitored }));
  const alarms = { monitoring: environment.monitoring, encryption, removal };
  const monitoring = place(MonitoringStack, stackProps('monitoring', 'Alarms, dashboard, queries, budget'), {
    ...alarms,
    watched: inRegion(watched, environment.region, environment.region),
    databaseInstance: database.instance,
    overview: {
      accessLogs: api.accessLogs,
      functionLogs: [
        ...[...api.functions.values()].map((fn) => fn.function),
        ...(auth?.functions ?? []),
        ...storage.functions,
        ...jobs.functions,
        ...(processing?.functions ?? []),
      ].map((fn) => fn.logGroup),
      costTag: [deploymentTag, prefix],
    },
  });
  const elsewhere = inRegion(watched, globalRegion, environment.region);
  const monitoringGlobal =
    environment.region !== globalRegion && elsewhere.some(({ monitored }) => monitored.length > 0)
      ? place(
          MonitoringStack,
          stackProps('monitoring-global', `Alarms on metrics of ${globalRegion}`, globalRegion),
          // A key of the home region cannot encrypt a topic here.
          { ...alarms, encryption: {}, watched: elsewhere },
        )
      : undefined;

  const { github, permissionsBoundaryArn } = environment;
  if (permissionsBoundaryArn) {
    // Those that the CDK makes for its own custom resources too, which no construct of ours sees.
    PermissionsBoundary.of(app).apply(
      ManagedPolicy.fromManagedPolicyArn(network, 'PermissionsBoundary', permissionsBoundaryArn),
    );
  }
  const deployment = github
    ? place(DeploymentStack, stackProps('deployment', 'Who may deploy, and what a deployment may do'), {
        github,
        permissionsBoundaryArn,
        prefix,
        deployed: app.node.children.filter((child) => Stack.isStack(child)),
        namedSecrets:
          blueprint.identity === 'cognito' ? secretsOfProviders(environment.auth.identityProviders) : [],
      })
    : undefined;

  if (audited) audit(app, environment);
  return {
    app,
    stacks: {
      encryption: keys,
      network,
      database,
      storage,
      auth,
      cache,
      api,
      jobs,
      processing,
      monitoring,
      monitoringGlobal,
      deployment,
    },
  };
}

/** Through which bootstrap the CDK deploys. */
const bootstrapOf = ({ github }: EnvironmentConfig): Record<string, string> =>
  github?.qualifier ? { '@aws-cdk/core:bootstrapQualifier': github.qualifier } : {};

/** Templates hold a reference to these, and CloudFormation reads them. */
const secretsOfProviders = (providers: EnvironmentConfig['auth']['identityProviders']): string[] =>
  providers.flatMap((provider) => ('secretName' in provider ? [provider.secretName] : []));

/** Where CloudFront, WAF for CloudFront and billing publish their metrics. */
const globalRegion = 'us-east-1';

/** The part of the list whose metrics live in the given region; a metric without one lives at home. */
function inRegion(watched: readonly Watched[], region: string, home: string): Watched[] {
  return watched.map(({ owner, monitored }) => ({
    owner,
    monitored: monitored.filter(({ metric }) => (metricRegion(metric) ?? home) === region),
  }));
}

function identityOf(environment: EnvironmentConfig, auth: AuthStack | undefined): Identity {
  if (auth) {
    const { userPool, client, magicLinks } = auth;
    return { kind: 'cognito', userPool, client, magicLinks };
  }
  const { oidc } = environment.auth;
  if (!oidc) {
    throw new Error(
      `Environment "${environment.name}" has no auth.oidc, which a blueprint with "identity: oidc" needs: ` +
        'add issuer and audience.',
    );
  }
  return { kind: 'oidc', ...oidc };
}
