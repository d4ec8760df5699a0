import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { percentage } from './api-function';
import { type FunctionProps, NodeFunction } from './function';
import type { Monitored } from './monitored';
import type { Step, UserPool } from './user-pool';

export interface UserPoolTriggerProps extends Omit<FunctionProps, 'timeoutSeconds' | 'deadLetterQueue'> {
  readonly userPool: UserPool;
  readonly step: Step;
  /** What users notice when the function fails: the sentence of its alarm. */
  readonly impact: string;
  /**
   * The function says no by failing, so that failures are nothing unusual, and only their being all there is says
   * that something is broken. @default false
   */
  readonly refuses?: boolean;
}

/** Cognito waits this long, and asks up to three times. */
const timeoutSeconds = 5;

/** Why a trigger without a database takes what the account has left. */
export const unlimited = {
  reason: 'A sign-in waits for it; a limit of its own would only be one more way to be unavailable.',
  date: '2026-11-26',
};

/** A function that Cognito asks at one step of sign-up or sign-in, with a role of its own. */
export class UserPoolTrigger extends Construct {
  readonly function: NodeFunction;
  readonly monitored: readonly Monitored[];

  constructor(scope: Construct, id: string, props: UserPoolTriggerProps) {
    super(scope, id);
    const { userPool, step, impact, refuses = false, ...functionProps } = props;
    this.function = new NodeFunction(this, 'Function', {
      ...functionProps,
      timeoutSeconds,
      deadLetterQueue: {
        reason: 'Called synchronously by Cognito, which tells whoever signs in: nothing is left to retry.',
        date: '2026-11-26',
      },
    });
    userPool.ask(step, this.function);
    this.monitored = watch(this.function, props.bundle, { impact, refuses, limited: isLimited(props) });
  }
}

const isLimited = ({ reservedConcurrency }: UserPoolTriggerProps) => typeof reservedConcurrency === 'number';

function watch(
  fn: NodeFunction,
  bundle: string,
  { impact, refuses, limited }: { impact: string; refuses: boolean; limited: boolean },
): Monitored[] {
  const period = Duration.minutes(refuses ? 5 : 1);
  const errors: Monitored = {
    id: `${bundle}-errors`,
    title: `${bundle}: failing calls (%)`,
    metric: percentage(
      fn.metricErrors({ period, statistic: 'Sum' }),
      fn.metricInvocations({ period, statistic: 'Sum' }),
      `${bundle} errors (%)`,
      period,
    ),
    // Of a function that refuses: every single call for a quarter of an hour.
    ...(refuses
      ? { threshold: 99, evaluationPeriods: 3, severity: 'warning' }
      : { threshold: 5, evaluationPeriods: 5, datapointsToAlarm: 3, severity: 'critical' }),
    impact,
    runbook: 'sign-in-triggers',
  };
  if (!limited) return [errors];
  return [
    errors,
    {
      id: `${bundle}-throttles`,
      title: `${bundle}: throttled calls`,
      metric: fn.metricThrottles({ period: Duration.minutes(5), statistic: 'Sum' }),
      threshold: 0,
      severity: 'warning',
      impact: 'Some sign-ins fail because all copies of the function that the database allows are busy.',
      runbook: 'function-throttles',
    },
  ];
}
