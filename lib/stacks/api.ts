import { ArnFormat, CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { IUserPool, IUserPoolClient } from 'aws-cdk-lib/aws-cognito';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { Contract } from '../../lambdas/shared/contract';
import type { ApiConfig, DocumentsConfig, OidcConfig } from '../config/schema';
import { ApiFunction, percentage } from '../constructs/api-function';
import type { CacheAccess } from '../constructs/cache-access';
import { CanaryDeployments } from '../constructs/canary';
import { divideConnections } from '../constructs/connection-budget';
import { ContractApi, stageName } from '../constructs/contract-api';
import type { DatabaseAccess } from '../constructs/database-access';
import { ExecutionLogs } from '../constructs/execution-logs';
import type { FunctionDefaults, FunctionNetwork } from '../constructs/function';
import { LogGroup } from '../constructs/log-group';
import type { Monitored } from '../constructs/monitored';
import { OidcAuthorizer } from '../constructs/oidc-authorizer';
import { createPoolAuthorizer } from '../constructs/pool-authorizer';
import { grantUses } from '../constructs/route-grants';
import { WebAcl } from '../constructs/web-acl';
import { usesCache, usesDatabase } from '../contracts';
import { outputs } from '../outputs';

/** Who vouches for users: our own pool, or any OpenID Connect issuer. */
export type Identity =
  | { readonly kind: 'cognito'; readonly userPool: IUserPool; readonly client: IUserPoolClient }
  | ({ readonly kind: 'oidc' } & OidcConfig);

export interface ApiStackProps extends StackProps {
  readonly api: ApiConfig;
  readonly documents: DocumentsConfig;
  readonly contracts: readonly Contract[];
  readonly identity: Identity;
  readonly network: FunctionNetwork;
  readonly database: DatabaseAccess;
  /** Database connections that all functions of this stack may hold together. @default not limited */
  readonly connections?: number | undefined;
  /** @default routes that would use a cache cope without */
  readonly cache?: CacheAccess | undefined;
  readonly documentsBucket: IBucket;
  readonly functions: FunctionDefaults;
}

/** The public REST API: routes from contracts, one function per domain, each behind a deployable alias. */
export class ApiStack extends Stack {
  readonly api: ContractApi;
  /** Functions by the domain of their contract. */
  readonly functions: ReadonlyMap<string, ApiFunction>;
  readonly accessLogs: ILogGroup;
  readonly monitored: Monitored[];

  constructor(scope: Construct, id: string, props: ApiStackProps) {
    super(scope, id, props);
    const { api, contracts, identity, functions: defaults } = props;

    this.functions = this.#createFunctions(props);
    const logs = new LogGroup(this, 'AccessLogs', {
      retentionDays: defaults.logRetentionDays,
      removal: defaults.removal,
      encryption: defaults.encryption,
    });
    this.accessLogs = logs;

    const oidc =
      identity.kind === 'oidc'
        ? new OidcAuthorizer(this, 'Oidc', { ...identity, functions: defaults })
        : undefined;
    this.api = new ContractApi(this, 'Api', {
      description: 'Generated from the contracts under lambdas/',
      contracts,
      functions: new Map([...this.functions].map(([domain, { alias }]) => [domain, alias])),
      createAuthorizer: (restApi) =>
        identity.kind === 'cognito'
          ? createPoolAuthorizer(restApi, identity)
          : (oidc as OidcAuthorizer).authorizer,
      api,
      accessLogs: logs,
    });
    new ExecutionLogs(this, 'ExecutionLogs', { ...defaults, api: this.api });

    if (api.waf) {
      const { restApiId, deploymentStage } = this.api;
      new WebAcl(this, 'Firewall', {
        resourceArn: this.formatArn({
          service: 'apigateway',
          account: '',
          resource: `/restapis/${restApiId}/stages/${deploymentStage.stageName}`,
          arnFormat: ArnFormat.NO_RESOURCE_NAME,
        }),
        logRetentionDays: defaults.logRetentionDays,
        removal: defaults.removal,
        encryption: defaults.encryption,
      });
    }
    if (api.canary !== 'all-at-once') {
      new CanaryDeployments(this, 'Canary', { kind: api.canary, functions: this.functions });
    }

    this.monitored = [
      ...[...this.functions.values()].flatMap((fn) => fn.monitored),
      ...(oidc?.verifier.monitored ?? []),
      ...apiMonitoring(this.api),
    ];
    new CfnOutput(this, outputs.apiUrl, {
      value: `https://${this.api.restApiId}.execute-api.${this.region}.${this.urlSuffix}/${stageName}`,
    });
    if (identity.kind === 'oidc') new CfnOutput(this, outputs.oidcIssuer, { value: identity.issuer });
  }

  #createFunctions(props: ApiStackProps): ReadonlyMap<string, ApiFunction> {
    const { contracts, database, cache, documents } = props;
    const connected = contracts.filter(usesDatabase);
    const concurrency =
      props.connections === undefined
        ? undefined
        : divideConnections(
            props.connections,
            connected.map(({ domain, routes }) => ({ name: domain, weight: routes.length })),
          );

    const functions = new Map<string, ApiFunction>();
    for (const contract of contracts) {
      const uses = contract.routes.flatMap((route) => route.uses);
      const needsDatabase = usesDatabase(contract);
      const usedCache = usesCache(contract) ? cache : undefined;
      const fn = new ApiFunction(this, contract.domain, {
        ...props.functions,
        contract,
        network:
          needsDatabase || usedCache
            ? props.network
            : { reason: 'Uses neither database nor cache, and starts faster outside the VPC.' },
        securityGroups: [
          ...(needsDatabase ? database.clientSecurityGroups : []),
          ...(usedCache?.clientSecurityGroups ?? []),
        ],
        reservedConcurrency: concurrency?.get(contract.domain) ?? {
          reason:
            'Limits exist to protect the connections of a database of ours, and this function has none.',
        },
        environment: {
          CORS_ORIGINS: props.api.corsOrigins.join(','),
          ...(needsDatabase ? database.environmentFor('app') : {}),
          ...usedCache?.environment,
          ...(uses.some((use) => 'bucket' in use)
            ? {
                DOCUMENTS_BUCKET: props.documentsBucket.bucketName,
                DOCUMENTS_MAX_BYTES: String(documents.maxBytes),
                DOCUMENTS_FORMATS: documents.formats.join(','),
              }
            : {}),
        },
      });
      grantUses(fn.function, uses, { database, cache, documents: props.documentsBucket });
      functions.set(contract.domain, fn);
    }
    return functions;
  }
}

/** What is watched on the API as a whole, functions or not. */
function apiMonitoring(api: ContractApi): Monitored[] {
  const stage = api.deploymentStage;
  const fiveMinutes = Duration.minutes(5);
  return [
    {
      id: 'server-errors',
      title: 'API: 5xx (%)',
      metric: percentage(
        stage.metricServerError({ period: fiveMinutes, statistic: 'Sum' }),
        stage.metricCount({ period: fiveMinutes, statistic: 'SampleCount' }),
        'API 5xx (%)',
        fiveMinutes,
      ),
      threshold: 5,
      severity: 'critical',
      impact: 'More than one request in twenty fails for reasons that are not the user’s.',
      runbook: 'api-server-errors',
    },
    {
      id: 'latency',
      title: 'API: latency p95 (ms)',
      metric: stage.metricLatency({ period: fiveMinutes, statistic: 'p95' }),
      threshold: 3000,
      evaluationPeriods: 3,
      severity: 'warning',
      impact: 'The slowest requests take more than 3 s: the application feels stuck.',
      runbook: 'api-latency',
    },
  ];
}
