import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule, CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { acknowledge, regulated } from './acknowledge';
import { percentage } from './api-function';
import { DeadLetterQueue } from './dead-letter-queue';
import { type FunctionProps, NodeFunction } from './function';
import type { Monitored } from './monitored';

export interface ScheduledFunctionProps extends Omit<FunctionProps, 'deadLetterQueue'> {
  /** Time between two runs; also how long a run that failed is tried again. */
  readonly every: Duration;
  /** What users notice when the job stops. */
  readonly impact: string;
}

/** A function that EventBridge Scheduler runs again and again, with a queue for the runs that failed. */
export class ScheduledFunction extends Construct {
  readonly function: NodeFunction;
  readonly monitored: readonly Monitored[];

  constructor(scope: Construct, id: string, props: ScheduledFunctionProps) {
    super(scope, id);
    const { every, impact, ...functionProps } = props;
    const { bundle } = props;
    const stack = Stack.of(this);

    const deadLetters = new DeadLetterQueue(this, 'DeadLetters', props);
    this.function = new NodeFunction(this, 'Function', { ...functionProps, deadLetterQueue: deadLetters });
    // A run that is older than the interval has a successor; trying it again helps nobody.
    this.function.configureAsyncInvoke({ retryAttempts: 1, maxEventAge: every });
    acknowledge(
      this.function,
      'Failed events go to the dead-letter queue of the function, which keeps them as a destination would.',
      'Serverless-LambdaAsyncFailureDestination',
    );

    const group = new CfnScheduleGroup(this, 'Group', { name: `${stack.stackName}-${bundle}` });
    const role = new Role(this, 'Role', {
      description: `Lets the schedule of ${bundle} start it`,
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': stack.account },
          ArnEquals: { 'aws:SourceArn': group.attrArn },
        },
      }),
    });
    role.addToPolicy(
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [this.function.functionArn] }),
    );
    role.addToPolicy(
      new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [deadLetters.queueArn] }),
    );
    // grantSendMessages would allow kms:GenerateDataKey* and kms:ReEncrypt*, of which a sender needs one.
    deadLetters.encryptionMasterKey?.grant(role, 'kms:GenerateDataKey', 'kms:Decrypt');
    acknowledge(
      role,
      'The policy belongs to this role alone and goes with it; a managed one could be attached elsewhere.',
      ...regulated('IAMNoInlinePolicy'),
    );

    const schedule = new CfnSchedule(this, 'Schedule', {
      groupName: group.name as string,
      description: props.description,
      scheduleExpression: `rate(${every.toMinutes()} minutes)`,
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: this.function.functionArn,
        roleArn: role.roleArn,
        retryPolicy: { maximumEventAgeInSeconds: every.toSeconds(), maximumRetryAttempts: 3 },
        deadLetterConfig: { arn: deadLetters.queueArn },
      },
    });
    schedule.addResourceDependency(group);
    // Scheduler checks at creation that it may send to the queue and call the function.
    schedule.node.addDependency(role);

    this.monitored = [
      {
        id: `${bundle}-dead-letters`,
        title: `${bundle}: failed runs`,
        metric: deadLetters.metricApproximateNumberOfMessagesVisible({
          period: Duration.minutes(5),
          statistic: 'Maximum',
        }),
        threshold: 0,
        severity: 'warning',
        impact,
        runbook: 'dead-letters',
      },
      {
        id: `${bundle}-errors`,
        title: `${bundle}: failing runs (%)`,
        metric: percentage(
          this.function.metricErrors({ period: every, statistic: 'Sum' }),
          this.function.metricInvocations({ period: every, statistic: 'Sum' }),
          `${bundle} errors (%)`,
          every,
        ),
        threshold: 5,
        evaluationPeriods: 2,
        severity: 'warning',
        impact,
        runbook: 'function-errors',
      },
    ];
  }
}
