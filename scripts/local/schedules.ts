/** Runs what the templates' schedules start, on their rate. */
import { randomUUID } from 'node:crypto';
import type { BackgroundEvents } from './aws/lambda/background-events';
import type { SqsEngine } from './aws/sqs/engine';
import { attributeText } from './aws/sqs/message-rules';
import type { Functions } from './lambda/functions';
import type { InvocationResult } from './lambda/worker';
import type { Log } from './log';
import type { Schedule } from './system';

/** Wait before a failed run is tried again; Scheduler's own backoff is longer. */
const retryDelayMs = 5_000;

/** Where runs go that failed for good. */
export interface DeadLetters {
  readonly lambdaEvents: Pick<BackgroundEvents, 'keepDead'>;
  readonly sqs: Pick<SqsEngine, 'queue' | 'send'>;
}

type Failed = Extract<InvocationResult, { readonly ok: false }>;

export class Schedules {
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(
    private readonly schedules: readonly Schedule[],
    private readonly functions: Functions,
    private readonly log: Log,
    private readonly deadLetters: DeadLetters,
  ) {}

  get names(): string[] {
    return this.schedules.map(({ name }) => name);
  }

  start(): void {
    for (const schedule of this.schedules) {
      if (!Number.isFinite(schedule.everyMs)) continue;
      this.#timers.add(setInterval(() => void this.#attempt(schedule, 0), schedule.everyMs));
    }
  }

  /** Runs a schedule's target now. @throws when there is no such schedule. */
  async run(name: string): Promise<InvocationResult> {
    const schedule = this.schedules.find((candidate) => candidate.name === name);
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
        this.log.say('schedule', `${schedule.name} failed for good, and its event is lost: ${error.message}`),
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
    const { name, input, targetArn, deadLetterArn } = schedule;
    const { lambdaEvents, sqs } = this.deadLetters;
    const { errorMessage } = error;
    let queueArn = await lambdaEvents.keepDead(targetArn, { event: input, requestId, errorMessage });
    if (queueArn === undefined && deadLetterArn !== undefined) {
      queueArn = deadLetterArn;
      const text = (value: string) => ({ DataType: 'String', StringValue: attributeText(value) });
      await sqs.send(sqs.queue(deadLetterArn), [
        {
          body: typeof input === 'string' ? input : JSON.stringify(input),
          attributes: {
            ERROR_CODE: text(error.errorType),
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
      queueArn === undefined
        ? 'there is no dead-letter queue for its event.'
        : `its event is in the dead-letter queue ${queueArn.split(':').at(-1)} now.`;
    this.log.say('schedule', `${name} failed for good; ${where}`);
  }

  async #invoke({ name, targetArn, input }: Schedule): Promise<InvocationResult> {
    const started = Date.now();
    const result = await this.functions.invoke(targetArn, input);
    const outcome = result.ok ? 'ok' : `failed: ${result.error.errorMessage}`;
    this.log.say('schedule', `schedule ${name} ${outcome} (${Date.now() - started} ms)`);
    return result;
  }
}
