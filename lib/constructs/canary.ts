import { Stack } from 'aws-cdk-lib';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import * as codedeploy from 'aws-cdk-lib/aws-codedeploy';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { ApiConfig } from '../config/schema';
import { acknowledge, regulated } from './acknowledge';
import type { ApiFunction } from './api-function';
import type { Monitored } from './monitored';
import { createAlarm } from './monitored-alarm';

export interface CanaryDeploymentsProps {
  readonly kind: Exclude<ApiConfig['canary'], 'all-at-once'>;
  readonly functions: ReadonlyMap<string, ApiFunction>;
}

const configurations: Record<CanaryDeploymentsProps['kind'], codedeploy.ILambdaDeploymentConfig> = {
  'canary-10-percent-5-minutes': codedeploy.LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES,
  'linear-10-percent-every-1-minute': codedeploy.LambdaDeploymentConfig.LINEAR_10PERCENT_EVERY_1MINUTE,
};

/** New versions take traffic step by step, and give it back when an alarm of the function goes off. */
export class CanaryDeployments extends Construct {
  constructor(scope: Construct, id: string, props: CanaryDeploymentsProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const application = new codedeploy.LambdaApplication(this, 'Application');
    const role = new Role(this, 'Role', {
      description: 'Shifts traffic between versions of the API functions',
      assumedBy: new ServicePrincipal('codedeploy.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': stack.account },
          ArnLike: {
            'aws:SourceArn': `arn:${stack.partition}:codedeploy:${stack.region}:${stack.account}:deploymentgroup:${application.applicationName}/*`,
          },
        },
      }),
    });

    acknowledge(
      role,
      {
        reason: 'The policy that CodeDeploy documents for Lambda: aliases and alarms, no data.',
        date: '2026-11-20',
      },
      'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]',
    );

    for (const [domain, fn] of props.functions) {
      new codedeploy.LambdaDeploymentGroup(this, domain, {
        application,
        role,
        alias: fn.alias,
        deploymentConfig: configurations[props.kind],
        autoRollback: { failedDeployment: true, stoppedDeployment: true, deploymentInAlarm: true },
        // Alarms of their own: the ones that notify people live in a stack that depends on this one.
        alarms: fn.monitored
          .filter((monitored) => monitored.rollback)
          .map((monitored) => this.#createRollbackAlarm(stack, monitored)),
      });
    }
  }

  #createRollbackAlarm(stack: Stack, monitored: Monitored): Alarm {
    const alarm = createAlarm(this, `Rollback-${monitored.id}`, stack, monitored, { suffix: '-rollback' });
    acknowledge(
      alarm,
      {
        reason:
          'CodeDeploy polls it during a deployment; people are told by its twin in the monitoring stack.',
        date: '2026-11-20',
      },
      ...regulated('CloudWatchAlarmAction', ['nist', 'hipaa']),
    );
    return alarm;
  }
}
