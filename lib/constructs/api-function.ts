import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Contract } from '../../lambdas/shared/contract';
import { type FunctionProps, NodeFunction } from './function';
import type { Monitored } from './monitored';

export interface ApiFunctionProps
  extends Omit<FunctionProps, 'bundle' | 'description' | 'memoryMiB' | 'timeoutSeconds' | 'deadLetterQueue'> {
  readonly contract: Pick<Contract, 'domain' | 'description' | 'impact' | 'memoryMiB' | 'timeoutSeconds'>;
}

/** Share of failing calls, in percent, from which on a function counts as broken. */
const errorPercent = 5;
/** Share of the timeout that the slowest 5 % of calls may take before it gets dangerous. */
const durationShare = 0.8;

/** The function of one domain behind its alias `live`, the only thing that callers ever name. */
export class ApiFunction extends Construct {
  readonly function: NodeFunction;
  readonly alias: lambda.Alias;
  readonly monitored: readonly Monitored[];

  constructor(scope: Construct, id: string, props: ApiFunctionProps) {
    super(scope, id);
    const { contract, ...rest } = props;
    this.function = new NodeFunction(this, 'Function', {
      ...rest,
      bundle: contract.domain,
      description: contract.description,
      memoryMiB: contract.memoryMiB,
      timeoutSeconds: contract.timeoutSeconds,
      deadLetterQueue: {
        reason:
          'Called synchronously by API Gateway: whoever called sees the error, nothing is left to retry.',
        date: '2026-11-20',
      },
    });
    this.alias = new lambda.Alias(this, 'Live', {
      aliasName: 'live',
      version: this.function.currentVersion,
    });
    this.monitored = functionMonitoring(this.alias, contract);
  }
}

/** What is watched on every function that answers requests. */
function functionMonitoring(alias: lambda.Alias, contract: ApiFunctionProps['contract']): Monitored[] {
  const { domain, impact } = contract;
  const minute = { period: Duration.minutes(1) };
  const timeoutMs = contract.timeoutSeconds * 1000;
  return [
    {
      id: `${domain}-errors`,
      title: `${domain}: failing calls (%)`,
      metric: percentage(
        alias.metricErrors({ ...minute, statistic: 'Sum' }),
        alias.metricInvocations({ ...minute, statistic: 'Sum' }),
        `${domain} errors (%)`,
      ),
      threshold: errorPercent,
      // A canary gets 5 minutes: 3 bad ones of the last 5 leave time to roll back, and one bad call is no alarm.
      evaluationPeriods: 5,
      datapointsToAlarm: 3,
      severity: 'critical',
      impact,
      runbook: 'function-errors',
      rollback: true,
    },
    {
      id: `${domain}-throttles`,
      title: `${domain}: throttled calls`,
      metric: alias.metricThrottles({ period: Duration.minutes(5), statistic: 'Sum' }),
      threshold: 0,
      severity: 'warning',
      impact:
        'Some requests are refused because all copies of the function that the database allows are busy.',
      runbook: 'function-throttles',
    },
    {
      id: `${domain}-duration`,
      title: `${domain}: duration p95 (ms)`,
      metric: alias.metricDuration({ period: Duration.minutes(5), statistic: 'p95' }),
      threshold: timeoutMs * durationShare,
      evaluationPeriods: 3,
      severity: 'warning',
      impact: `Users wait long for answers, and soon some requests will hit the ${contract.timeoutSeconds} s timeout.`,
      runbook: 'function-duration',
    },
  ];
}

/** `100 * part / whole`, and 0 for a period without calls. */
export function percentage(
  part: cloudwatch.IMetric,
  whole: cloudwatch.IMetric,
  label: string,
  period = Duration.minutes(1),
): cloudwatch.MathExpression {
  return new cloudwatch.MathExpression({
    expression: 'IF(whole > 0, 100 * part / whole, 0)',
    usingMetrics: { part, whole },
    label,
    period,
  });
}
