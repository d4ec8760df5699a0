import { type Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule, CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import { acknowledge, regulated } from './acknowledge';
import { AsyncFunction, type AsyncFunctionProps } from './async-function';
import { grantKeyThrough } from './key-use';

export interface ScheduledFunctionProps
  extends Omit<AsyncFunctionProps, 'retryAttempts' | 'maxEventAge' | 'period'> {
  /** Time between two runs; also how long a run that failed is tried again. */
  readonly every: Duration;
}

/** A function that EventBridge Scheduler runs again and again, with a queue for the runs that failed. */
export class ScheduledFunction extends AsyncFunction {
  constructor(scope: Construct, id: string, props: ScheduledFunctionProps) {
    const { every, bundle } = props;
    // A run that is older than the interval has a successor; trying it again helps nobody.
    super(scope, id, { ...props, retryAttempts: 1, maxEventAge: every, period: every });
    const { deadLetters } = this;
    const stack = Stack.of(this);

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
    grantKeyThrough('sqs', deadLetters.encryptionMasterKey, role, 'kms:GenerateDataKey', 'kms:Decrypt');
    acknowledge(
      role,
      {
        reason:
          'The policy belongs to this role alone and goes with it; a managed one could be attached elsewhere.',
        date: '2026-11-20',
      },
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
  }
}
