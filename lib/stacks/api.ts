import { ArnFormat, CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { OidcConfig } from '../config/schema';
import { type ApiFunction, percentage } from '../constructs/api-function';
import { type ApiFunctionsProps, createApiFunctions, type Users } from '../constructs/api-functions';
import { CanaryDeployments } from '../constructs/canary';
import { ContractApi, stageName } from '../constructs/contract-api';
import { ExecutionLogs } from '../constructs/execution-logs';
import { LogGroup } from '../constructs/log-group';
import type { Monitored } from '../constructs/monitored';
import { OidcAuthorizer } from '../constructs/oidc-authorizer';
import { createPoolAuthorizer } from '../constructs/pool-authorizer';
import { WebAcl } from '../constructs/web-acl';
import { outputs } from '../outputs';

/** Who vouches for users: our own pool, or any OpenID Connect issuer. */
export type Identity = (Users & { readonly kind: 'cognito' }) | ({ readonly kind: 'oidc' } & OidcConfig);

export interface ApiStackProps extends StackProps, Omit<ApiFunctionsProps, 'users'> {
  readonly identity: Identity;
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

    this.functions = createApiFunctions(this, {
      ...props,
      users: identity.kind === 'cognito' ? identity : undefined,
    });
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
        protects: 'api',
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
