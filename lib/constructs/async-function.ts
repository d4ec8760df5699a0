import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge';
import { DeadLetterQueue } from './dead-letter-queue';
import { failingRuns } from './failing-runs';
import { type FunctionProps, NodeFunction } from './function';
import type { Monitored } from './monitored';

export interface AsyncFunctionProps extends Omit<FunctionProps, 'deadLetterQueue'> {
  /** How often an event that failed is tried again: 0 to 2 times. */
  readonly retryAttempts: number;
  /** Age from which on an event is given up: 1 minute to 6 hours. */
  readonly maxEventAge: Duration;
  /** What users notice when events fail. */
  readonly impact: string;
  /** Severity of the alarm on events that were given up. @default 'warning' */
  readonly severity?: Monitored['severity'];
  /** Heading of the runbook for events that were given up. @default 'dead-letters' */
  readonly runbook?: string;
  /** Time over which failing calls are counted. @default 5 minutes */
  readonly period?: Duration;
}

/** A function whose caller does not wait for it, with a queue for the events that failed every attempt. */
export class AsyncFunction extends Construct {
  readonly function: NodeFunction;
  readonly monitored: readonly Monitored[];
  protected readonly deadLetters: DeadLetterQueue;

  constructor(scope: Construct, id: string, props: AsyncFunctionProps) {
    super(scope, id);
    const { retryAttempts, maxEventAge, impact, severity = 'warning', runbook = 'dead-letters' } = props;
    const { period = Duration.minutes(5), bundle } = props;

    this.deadLetters = new DeadLetterQueue(this, 'DeadLetters', props);
    this.function = new NodeFunction(this, 'Function', { ...props, deadLetterQueue: this.deadLetters });
    this.function.configureAsyncInvoke({ retryAttempts, maxEventAge });
    acknowledge(
      this.function,
      {
        reason:
          'Failed events go to the dead-letter queue of the function, which keeps them as a destination would.',
        date: '2026-11-20',
      },
      'Serverless-LambdaAsyncFailureDestination',
    );

    this.monitored = [
      {
        id: `${bundle}-dead-letters`,
        title: `${bundle}: failed runs`,
        metric: this.deadLetters.metricApproximateNumberOfMessagesVisible({
          period: Duration.minutes(5),
          statistic: 'Maximum',
        }),
        threshold: 0,
        severity,
        impact,
        runbook,
      },
      failingRuns(this.function, { bundle, impact, period }),
    ];
  }
}
