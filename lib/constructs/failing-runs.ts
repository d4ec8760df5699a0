import type { Duration } from 'aws-cdk-lib';
import { percentage } from './api-function';
import type { NodeFunction } from './function';
import type { Monitored } from './monitored';

/** The alarm of a function that no request waits for: more than one run in twenty fails, twice in a row. */
export function failingRuns(
  fn: NodeFunction,
  { bundle, impact, period }: { bundle: string; impact: string; period: Duration },
): Monitored {
  return {
    id: `${bundle}-errors`,
    title: `${bundle}: failing runs (%)`,
    metric: percentage(
      fn.metricErrors({ period, statistic: 'Sum' }),
      fn.metricInvocations({ period, statistic: 'Sum' }),
      `${bundle} errors (%)`,
      period,
    ),
    threshold: 5,
    evaluationPeriods: 2,
    severity: 'warning',
    impact,
    runbook: 'function-errors',
  };
}
