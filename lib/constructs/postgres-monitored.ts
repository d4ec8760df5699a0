import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, type Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IDatabaseInstance } from 'aws-cdk-lib/aws-rds';
import type { Monitored } from './monitored';

/** What people want to know about an instance before its users notice. */
export function watchPostgres(
  instance: IDatabaseInstance,
  allocatedGiB: number,
  connections: number,
): Monitored[] {
  const period = Duration.minutes(5);
  const latency = (metric: 'ReadLatency' | 'WriteLatency'): Metric =>
    instance.metric(metric, { period, statistic: 'Average' });
  const sustained = { evaluationPeriods: 3, datapointsToAlarm: 3 } as const;
  return [
    {
      id: 'database-cpu',
      title: 'Database CPU (%)',
      metric: instance.metricCPUUtilization({ period }),
      threshold: 80,
      ...sustained,
      severity: 'warning',
      impact: 'Requests get slower, and time out once the database is saturated.',
      runbook: 'database-cpu',
    },
    {
      id: 'database-storage',
      title: 'Database free storage (bytes)',
      metric: instance.metricFreeStorageSpace({ period, statistic: 'Minimum' }),
      threshold: allocatedGiB * 1024 ** 3 * 0.1,
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      severity: 'critical',
      impact: 'The database stops accepting writes when its storage is full: uploads and changes fail.',
      runbook: 'database-storage',
    },
    {
      id: 'database-connections',
      title: 'Database connections',
      metric: instance.metricDatabaseConnections({ period, statistic: 'Maximum' }),
      threshold: Math.floor(connections * 0.8),
      ...sustained,
      severity: 'critical',
      impact: 'New requests cannot connect to the database and fail once the last connection is taken.',
      runbook: 'database-connections',
    },
    ...(['ReadLatency', 'WriteLatency'] as const).map(
      (metric): Monitored => ({
        id: metric === 'ReadLatency' ? 'database-read-latency' : 'database-write-latency',
        title: metric === 'ReadLatency' ? 'Database read latency (s)' : 'Database write latency (s)',
        metric: latency(metric),
        threshold: 0.05,
        ...sustained,
        severity: 'warning',
        impact: 'Every request that touches the disk of the database gets noticeably slower.',
        runbook: 'database-latency',
      }),
    ),
  ];
}
