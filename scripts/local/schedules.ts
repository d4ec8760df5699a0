/** Runs what the templates' schedules start, on their rate. */
import { randomUUID } from 'node:crypto';
import type { Authorizer } from './aws/authorization';
import type { BackgroundEvents } from './aws/lambda/background-events';
import { isAllowed, mayAssume, onBehalfOf } from './aws/service-calls';
import type { SqsEngine } from './aws/sqs/engine';
import { attributeText } from './aws/sqs/message-rules';
import { deniedOnQueue } from './aws/sqs/service-access';
import { localAccountId } from './intrinsics';
import type { Functions } from './lambda/functions';
import type { InvocationResult } from './lambda/worker';
import type { Log } from './log';
import type { Schedule } from './system';

/** Wait before a failed run is tried again; Scheduler's own backoff is longer. */
const retryDelayMs = 5_000;

/** What Scheduler does things with. */
export interface SchedulesOptions {
  readonly schedules: readonly Schedule[];
  readonly functions: Functions;
  readonly log: Log;
  readonly authorize: Authorizer;
  /** Where runs go that failed for good. */
  readonly lambdaEvents: Pick<BackgroundEvents, 'keepDead'>;
  readonly sqs: Pick<SqsEngine, 'queue' | 'send'>;
}

type Failed = Extract<InvocationResult, { readonly ok: false }>;

/** The trust policy of a schedule's role knows the group of the schedule. */
export const schedulerMayAssume = (
  authorize: Authorizer,
  roleArn: string,
  groupArn: string,
): Promise<boolean> =>
  mayAssume(authorize, 'scheduler.amazonaws.com', roleArn, onBehalfOf(groupArn, localAccountId));

/** What Lambda answers the role of a schedule that it does not let in. */
const denied = ({ roleArn, targetArn }: Schedule): Failed => ({
  ok: false,
  error: {
    errorType: 'AccessDeniedException',
    errorMessage: `${roleArn} is not authorized to perform: lambda:InvokeFunction on resource: ${targetArn}`,
  },
  requestId: randomUUID(),
});

export class Schedules {
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(private readonly options: SchedulesOptions) {}

  get names(): string[] {
    return this.options.schedules.map(({ name }) => name);
  }

  start(): void {
    for (const schedule of this.options.schedules) {
      if (!Number.isFinite(schedule.everyMs)) continue;
      this.#timers.add(setInterval(() => void this.#attempt(schedule, 0), schedule.everyMs));
    }
  }

  /** Runs a schedule's target now. @throws when there is no such schedule. */
  async run(name: string): Promise<InvocationResult> {
    const schedule = this.options.schedules.find((candidate) => candidate.name === name);
    if (!schedule) throw new Error(`There is no schedule ${name}.`);
    return this.#invoke(schedule);
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  async #attempt(schedule: Schedule, retried: number): Promise<void> {
    const result = await this.#invoke(schedule);
    if (result.ok) return;
    if (retried >= schedule.retries) {
      await this.#giveUp(schedule, result, retried).catch((error: Error) =>
        this.options.log.say(
          'schedule',
          `${schedule.name} failed for good, and its event is lost: ${error.message}`,
        ),
      );
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void this.#attempt(schedule, retried + 1);
    }, retryDelayMs);
    this.#timers.add(timer);
  }

  /**
   * On AWS a schedule hands its event over, and a function that fails with it has it in the function's own queue;
   * what could not be handed over is in the schedule's.
   */
  async #giveUp(schedule: Schedule, { error, requestId }: Failed, retried: number): Promise<void> {
    const { name, input, targetArn, deadLetterArn, roleArn } = schedule;
    const { lambdaEvents, sqs, authorize } = this.options;
    const { errorType, errorMessage } = error;
    const handedOver = errorType !== 'AccessDeniedException';
    let place = handedOver
      ? await lambdaEvents.keepDead(targetArn, { event: input, requestId, errorMessage })
      : undefined;
    if (place === undefined && deadLetterArn !== undefined) {
      const queueName = deadLetterArn.split(':').at(-1);
      const queue = sqs.queue(deadLetterArn);
      const missing = await deniedOnQueue(authorize, queue, 'SendMessage', { principal: roleArn });
      if (missing !== undefined)
        throw new Error(
          `the role of the schedule may not ${missing} to keep it in the dead-letter queue ${queueName}`,
        );
      place = `in the dead-letter queue ${queueName} now`;
      const text = (value: string) => ({ DataType: 'String', StringValue: attributeText(value) });
      await sqs.send(queue, [
        {
          body: typeof input === 'string' ? input : JSON.stringify(input),
          attributes: {
            ERROR_CODE: text(errorType),
            ERROR_MESSAGE: text(errorMessage),
            EXECUTION_ID: text(randomUUID()),
            EXHAUSTED_RETRY_CONDITION: text('MaximumRetryAttempts'),
            IS_PAYLOAD_TRUNCATED: text('false'),
            RETRY_ATTEMPTS: { DataType: 'Number', StringValue: String(retried) },
            SCHEDULE_ARN: text(schedule.arn),
            SCHEDULED_TIME: text(new Date().toISOString()),
            TARGET_ARN: text(targetArn),
          },
        },
      ]);
    }
    const where =
      place === undefined ? 'there is no dead-letter queue for its event.' : `its event is ${place}.`;
    this.options.log.say('schedule', `${name} failed for good; ${where}`);
  }

  async #invoke(schedule: Schedule): Promise<InvocationResult> {
    const { name, targetArn, input } = schedule;
    const started = Date.now();
    const result = (await this.#mayInvoke(schedule))
      ? await this.options.functions.invoke(targetArn, input)
      : denied(schedule);
    const outcome = result.ok ? 'ok' : `failed: ${result.error.errorMessage}`;
    this.options.log.say('schedule', `schedule ${name} ${outcome} (${Date.now() - started} ms)`);
    return result;
  }

  /** Scheduler becomes the role of the schedule, which is who invokes the function. */
  async #mayInvoke({ roleArn, groupArn, targetArn }: Schedule): Promise<boolean> {
    const { authorize } = this.options;
    return (
      (await schedulerMayAssume(authorize, roleArn, groupArn)) &&
      (await isAllowed(authorize, {
        principal: roleArn,
        action: 'lambda:InvokeFunction',
        resource: targetArn,
      }))
    );
  }
}
