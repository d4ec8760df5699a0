import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import { Dashboard, GraphWidget, type IWidget, PeriodOverride, TextWidget } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { IDatabaseInstance } from 'aws-cdk-lib/aws-rds';
import type { Construct } from 'constructs';
import type { MonitoringConfig } from '../config/schema';
import { AlarmTopics } from '../constructs/alarm-topics';
import { DatabaseEvents } from '../constructs/database-events';
import type { Encryption } from '../constructs/encryption';
import type { Monitored } from '../constructs/monitored';
import { createAlarm } from '../constructs/monitored-alarm';
import type { Removal } from '../constructs/removal';
import { saveQueries } from '../constructs/saved-queries';
import { outputs } from '../outputs';

/** A stack and what it wants watched. */
export interface Watched {
  readonly owner: Stack;
  readonly monitored: readonly Monitored[];
}

export interface MonitoringStackProps extends StackProps {
  readonly watched: readonly Watched[];
  readonly monitoring: MonitoringConfig;
  readonly encryption: Encryption;
  readonly removal: Removal;
  /** The instance whose failovers, failures and maintenance people are told of. @default none */
  readonly databaseInstance?: IDatabaseInstance | undefined;
  /**
   * Everything beyond alarms, of which a deployment needs one: dashboard, saved queries, budget.
   * @default only alarms and their topics
   */
  readonly overview?: {
    readonly accessLogs: ILogGroup;
    readonly functionLogs: readonly ILogGroup[];
    /** The tag, as key and value, that tells this deployment's costs from others in the account. */
    readonly costTag: readonly [key: string, value: string];
  };
}

/** Percentages of the monthly budget at which people are told; the last one looks ahead. */
const budgetAlerts = [
  { kind: 'ACTUAL', percent: 50 },
  { kind: 'ACTUAL', percent: 80 },
  { kind: 'FORECASTED', percent: 100 },
] as const;

/** Alarms of everything the other stacks want watched, and the ways to people. */
export class MonitoringStack extends Stack {
  readonly topics: AlarmTopics;
  readonly monitored: Monitored[] = [];

  constructor(scope: Construct, id: string, props: MonitoringStackProps) {
    super(scope, id, props);
    const { watched, monitoring, overview, databaseInstance: instance } = props;

    this.topics = new AlarmTopics(this, 'Topics', props);
    for (const { owner, monitored } of watched) {
      for (const entry of monitored) {
        const alarm = createAlarm(this, `${owner.stackName}-${entry.id}`, owner, entry);
        const action = new SnsAction(this.topics.bySeverity[entry.severity]);
        alarm.addAlarmAction(action);
        alarm.addOkAction(action);
      }
    }
    new CfnOutput(this, outputs.alarmTopicArn, { value: this.topics.bySeverity.critical.topicArn });

    if (instance)
      new DatabaseEvents(this, 'DatabaseEvents', { instance, topic: this.topics.bySeverity.warning });
    if (overview) {
      if (monitoring.dashboard) this.#drawDashboard(watched);
      saveQueries(this, overview);
      this.#watchBudget(monitoring, overview.costTag);
    }
  }

  #drawDashboard(watched: readonly Watched[]): void {
    const dashboard = new Dashboard(this, 'Dashboard', {
      dashboardName: this.stackName,
      periodOverride: PeriodOverride.AUTO,
      defaultInterval: Duration.hours(12),
    });
    for (const { owner, monitored } of watched) {
      if (monitored.length === 0) continue;
      dashboard.addWidgets(new TextWidget({ markdown: `## ${owner.stackName}`, width: 24, height: 1 }));
      dashboard.addWidgets(...monitored.map(drawGraph));
    }
    new CfnOutput(this, outputs.dashboardUrl, {
      value: `https://${this.region}.console.aws.amazon.com/cloudwatch/home?region=${this.region}#dashboards:name=${this.stackName}`,
    });
  }

  #watchBudget({ budgetUsd }: MonitoringConfig, [key, value]: readonly [string, string]): void {
    const topic = this.topics.bySeverity.warning;
    const watch = new CfnBudget(this, 'Budget', {
      budget: {
        budgetName: this.stackName,
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount: budgetUsd, unit: 'USD' },
        // Cost-allocation tags have to be activated once in the billing console; until then this counts nothing.
        costFilters: { TagKeyValue: [`user:${key}$${value}`] },
      },
      notificationsWithSubscribers: budgetAlerts.map(({ kind, percent }) => ({
        notification: {
          notificationType: kind,
          comparisonOperator: 'GREATER_THAN',
          threshold: percent,
          thresholdType: 'PERCENTAGE',
        },
        subscribers: [{ subscriptionType: 'SNS', address: topic.topicArn }],
      })),
    });
    // And its policy, which lets Budgets publish.
    watch.node.addDependency(topic);
  }
}

function drawGraph(entry: Monitored): IWidget {
  return new GraphWidget({
    title: entry.title,
    width: 8,
    height: 5,
    left: [entry.metric],
    leftYAxis: { min: 0, showUnits: false },
    leftAnnotations: [{ value: entry.threshold, label: entry.severity }],
  });
}
