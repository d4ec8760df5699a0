import type { ComparisonOperator, IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';

/**
 * One thing a stack wants watched. Stacks publish a list of these and the monitoring stack turns every entry
 * into an alarm, so that a resource and the reason to wake somebody up for it stay in the same file.
 */
export interface Monitored {
  /** Unique within its stack, kebab-case; becomes the alarm's logical id and the end of its name. */
  readonly id: string;
  /** A few words for the dashboard, for example `Database CPU`. */
  readonly title: string;
  readonly metric: IMetric;
  readonly threshold: number;
  /** @default ComparisonOperator.GREATER_THAN_THRESHOLD */
  readonly comparison?: ComparisonOperator;
  /** @default 1 */
  readonly evaluationPeriods?: number;
  /** @default the number of evaluation periods */
  readonly datapointsToAlarm?: number;
  /** @default TreatMissingData.NOT_BREACHING, because an idle system publishes no metrics */
  readonly missing?: TreatMissingData;
  /** `critical` reaches people at once; `warning` waits for working hours. */
  readonly severity: 'critical' | 'warning';
  /** What users notice while the alarm is on, as a sentence. */
  readonly impact: string;
  /** Slug of the heading in docs/runbook.md that says what to do. */
  readonly runbook: string;
  /**
   * The alarm also rolls back a deployment of the API. Such alarms are created by the api stack itself.
   * @default false
   */
  readonly rollback?: boolean;
}
