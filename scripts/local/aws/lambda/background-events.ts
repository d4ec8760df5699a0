/**
 * Events that somebody handed over without waiting for the answer: kept until they succeeded or failed for good,
 * tried again under the same request id, as Lambda does.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { unqualifiedArn } from '../../lambda/definition';
import type { InvocationResult } from '../../lambda/worker';
import { StateFile } from '../atomic-file';

/** What an AWS::Lambda::EventInvokeConfig says of one function or alias. */
export interface EventInvokeConfig {
  /** Further attempts after a failed one. @default 2 */
  readonly retries?: number | undefined;
  /** @default 21600: six hours */
  readonly maximumAgeSeconds?: number | undefined;
}

export type InvokeFunction = (arn: string, event: unknown, requestId: string) => Promise<InvocationResult>;

/** Where the events of a function go that failed for good. */
export interface DeadLetterQueue {
  readonly queueArn: string;
  /** Of the function, in whose name Lambda sends. */
  readonly roleArn: string;
}

/** An event that is given up, with what Lambda says of its last attempt. */
export interface DeadEvent {
  readonly event: unknown;
  readonly requestId: string;
  readonly errorMessage: string;
}

export interface BackgroundEventsOptions {
  readonly file: string;
  readonly invoke: InvokeFunction;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Told of every event that is given up. */
  readonly report: (line: string) => void;
  /**
   * Keeps an event in a queue. Resolves when it is durable.
   * @returns the action that the role may not do, so that the event is lost
   */
  readonly deadLetter: (queue: DeadLetterQueue, event: DeadEvent) => Promise<string | undefined>;
  /** How long closing waits for events in work, in milliseconds. @default 10000 */
  readonly drainMs?: number;
}

interface PendingEvent {
  readonly requestId: string;
  /** As invoked, with its qualifier. */
  readonly arn: string;
  readonly event: unknown;
  /** Milliseconds since 1970. */
  readonly accepted: number;
  failures: number;
}

/** Lambda waits a minute, then two. Nobody sits in front of a laptop for that long. */
const retryDelaysMs = [1_000, 2_000];

export class BackgroundEvents {
  readonly #options: BackgroundEventsOptions;
  readonly #configs = new Map<string, EventInvokeConfig>();
  /** By ARN of the function, unqualified. */
  readonly #deadLetterQueues = new Map<string, DeadLetterQueue>();
  readonly #state: StateFile<PendingEvent[]>;
  readonly #pending: Map<string, PendingEvent>;
  readonly #running = new Set<Promise<void>>();
  readonly #stopped = new AbortController();

  private constructor(options: BackgroundEventsOptions, stored: readonly PendingEvent[]) {
    this.#options = options;
    this.#pending = new Map(stored.map((event) => [event.requestId, event]));
    this.#state = new StateFile(options.file, () => [...this.#pending.values()]);
  }

  static async open(options: BackgroundEventsOptions): Promise<BackgroundEvents> {
    return new BackgroundEvents(options, (await StateFile.read<PendingEvent[]>(options.file)) ?? []);
  }

  /** @param arn of the function, with the qualifier the configuration is for unless it is $LATEST */
  configure(arn: string, config: EventInvokeConfig): void {
    this.#configs.set(arn, config);
  }

  /** @param queue what the function's DeadLetterConfig names */
  setDeadLetterQueue(functionArn: string, queue: DeadLetterQueue): void {
    this.#deadLetterQueues.set(functionArn, queue);
  }

  /**
   * Keeps an event that failed for good where the function's template says.
   * @returns where it is now, in words; undefined when the function has no queue
   */
  async keepDead(arn: string, event: DeadEvent): Promise<string | undefined> {
    const queue = this.#deadLetterQueues.get(unqualifiedArn(arn));
    if (queue === undefined) return undefined;
    const name = queue.queueArn.split(':').at(-1);
    const denied = await this.#options.deadLetter(queue, event);
    return denied === undefined
      ? `in the dead-letter queue ${name} now`
      : `lost, because the role of its function may not ${denied} to keep it in the dead-letter queue ${name}`;
  }

  /** Resolves as soon as the event is kept; it runs in the background. */
  async accept(arn: string, event: unknown, requestId: string): Promise<void> {
    const pending = { requestId, arn, event, accepted: this.#options.clock(), failures: 0 };
    this.#pending.set(requestId, pending);
    try {
      await this.#state.save();
    } catch (error) {
      this.#pending.delete(requestId);
      throw error;
    }
    this.#start(pending);
  }

  /**
   * Goes on with what an earlier process accepted and did not finish.
   * @param hasFunction what the templates no longer contain is given up
   */
  async resume(hasFunction: (arn: string) => boolean): Promise<void> {
    for (const pending of this.#pending.values()) {
      if (hasFunction(pending.arn)) this.#start(pending);
      else await this.#giveUp(pending, 'there is no such function any more');
    }
  }

  /** Waits for the events in work, then stops. What is left is tried by the next start. */
  async close(): Promise<void> {
    if (this.#stopped.signal.aborted) return;
    const timer = setTimeout(() => this.#stopped.abort(), this.#options.drainMs ?? 10_000);
    // A function may hand over further events while this waits.
    while (this.#running.size > 0 && !this.#stopped.signal.aborted)
      await Promise.race([Promise.all(this.#running), aborted(this.#stopped.signal)]);
    clearTimeout(timer);
    this.#stopped.abort();
    if (this.#pending.size > 0)
      this.#options.report(
        `${this.#pending.size} asynchronous events are unfinished; the next start goes on with them.`,
      );
  }

  #start(pending: PendingEvent): void {
    const running = this.#run(pending)
      .catch((error: Error) => this.#options.report(`${describe(pending)}: ${error.message}`))
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async #run(pending: PendingEvent): Promise<void> {
    const { retries = 2, maximumAgeSeconds = 21_600 } = this.#configOf(pending);
    const { invoke, clock } = this.#options;
    let reason = 'it is too old';
    while (!this.#stopped.signal.aborted) {
      if (clock() - pending.accepted > maximumAgeSeconds * 1000) break;
      const result = await invoke(pending.arn, pending.event, pending.requestId);
      if (result.ok) return this.#finish(pending);
      // A function that is being stopped has not failed.
      if (this.#stopped.signal.aborted) return;
      pending.failures++;
      reason = result.error.errorMessage;
      const switchedOff = result.error.errorType === 'TooManyRequestsException';
      if (pending.failures > retries || switchedOff) break;
      await this.#state.save();
      await this.#pause(retryDelaysMs[pending.failures - 1] ?? 0);
    }
    if (!this.#stopped.signal.aborted) await this.#giveUp(pending, reason);
  }

  #configOf({ arn }: PendingEvent): EventInvokeConfig {
    return this.#configs.get(arn.replace(/:\$LATEST$/, '')) ?? {};
  }

  async #pause(milliseconds: number): Promise<void> {
    try {
      await delay(milliseconds, undefined, { signal: this.#stopped.signal });
    } catch (error) {
      if ((error as Error).name !== 'AbortError') throw error;
    }
  }

  async #giveUp(pending: PendingEvent, reason: string): Promise<void> {
    const { arn, event, requestId } = pending;
    // Kept first, forgotten then: killed in between, it is there twice rather than not at all.
    const place = await this.keepDead(arn, { event, requestId, errorMessage: reason });
    await this.#finish(pending);
    const where =
      place === undefined ? 'its function has no dead-letter queue, so it is gone' : `it is ${place}`;
    this.#options.report(`${describe(pending)} failed for good (${reason}); ${where}.`);
  }

  async #finish({ requestId }: PendingEvent): Promise<void> {
    this.#pending.delete(requestId);
    await this.#state.save();
  }
}

const describe = ({ arn, requestId }: PendingEvent) =>
  `the asynchronous event ${requestId} of ${arn.split(':function:')[1]}`;

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
