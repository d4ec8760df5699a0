import type { Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { Monitored } from './monitored';

/** Where the runbook lives in the repository; alarms link to its headings. */
const runbookPath = 'docs/runbook.md';

/**
 * The alarm of one monitored thing. Its name says where and what (`landfall-prod-database-cpu`), its description
 * what users notice and where the way out is written down.
 */
export function createAlarm(
  scope: Construct,
  id: string,
  owner: Stack,
  monitored: Monitored,
  options: { readonly suffix?: string } = {},
): Alarm {
  const area = owner.stackName.slice(owner.stackName.lastIndexOf('-') + 1);
  // `database-cpu` of the database stack needs to say only once where it is.
  const what = monitored.id.startsWith(`${area}-`) ? monitored.id.slice(area.length + 1) : monitored.id;
  return new Alarm(scope, id, {
    alarmName: `${owner.stackName}-${what}${options.suffix ?? ''}`,
    alarmDescription: `${monitored.impact} What to do: ${runbookPath}#${monitored.runbook}`,
    metric: monitored.metric,
    threshold: monitored.threshold,
    comparisonOperator: monitored.comparison ?? ComparisonOperator.GREATER_THAN_THRESHOLD,
    evaluationPeriods: monitored.evaluationPeriods ?? 1,
    datapointsToAlarm: monitored.datapointsToAlarm ?? monitored.evaluationPeriods ?? 1,
    treatMissingData: monitored.missing ?? TreatMissingData.NOT_BREACHING,
  });
}

/** Region that publishes the metric; `undefined` for the region of whoever looks. */
export function metricRegion(metric: IMetric): string | undefined {
  const { metricStat, mathExpression } = metric.toMetricConfig();
  if (metricStat) return metricStat.region;
  for (const part of Object.values(mathExpression?.usingMetrics ?? {})) {
    const region = metricRegion(part);
    if (region) return region;
  }
  return undefined;
}
