/** Gives functions the messages of their queues in batches, as Lambda's event source mappings do. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Delivered, SqsEngine } from './aws/sqs/engine';
import { sizeOf } from './aws/sqs/message';
import type { Queue } from './aws/sqs/queue-directory';
import { failedItems } from './lambda/batch-response';
import type { Functions } from './lambda/functions';
import { sqsEvent } from './lambda/sqs-event';
import type { Log } from './log';
import type { EventSource } from './system';

/** Of an invocation's 6 MiB; the rest is what the event says around the messages. */
const MAX_BATCH_BYTES = 5 * 1024 ** 2;

/** After a queue could not be read. */
const retryDelayMs = 1000;

export interface EventSourcesOptions {
  readonly sources: readonly EventSource[];
  readonly queues: SqsEngine;
  readonly functions: Functions;
  readonly region: string;
  readonly log: Pick<Log, 'say'>;
  /** How long stopping waits for batches in work, in milliseconds. @default 10000 */
  readonly drainMs?: number;
}

export class EventSources {
  readonly #options: EventSourcesOptions;
  readonly #stopped = new AbortController();
  readonly #loops = new Set<Promise<void>>();
  readonly #batches = new Set<Promise<void>>();

  constructor(options: EventSourcesOptions) {
    this.#options = options;
  }

  start(): void {
    for (const source of this.#options.sources) {
      const loop = this.#poll(source).finally(() => this.#loops.delete(loop));
      this.#loops.add(loop);
    }
  }

  /** Takes nothing more, and waits for the batches in work. What they do not finish is delivered after the next start. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, this.#options.drainMs ?? 10_000);
    });
    await Promise.race([Promise.all([...this.#loops, ...this.#batches]), late]);
    clearTimeout(timer);
  }

  async #poll(source: EventSource): Promise<void> {
    const { queues, functions } = this.#options;
    const queue = queues.queue(source.queueArn);
    // A batch that would only wait for a process of the function uses up its visibility timeout.
    const processes = Math.max(1, functions.concurrency(source.functionArn));
    const limit = Math.min(source.maximumConcurrency ?? processes, processes);
    const running = new Set<Promise<void>>();
    while (!this.#stopped.signal.aborted) {
      if (running.size >= limit) {
        await Promise.race(running);
        continue;
      }
      const batch = await this.#collect(source, queue).catch((error: Error) =>
        this.#afterFault(queue, error),
      );
      if (this.#stopped.signal.aborted) return;
      if (!batch) continue;
      if (batch.length === 0) return;
      const delivery = this.#deliver(source, queue, batch)
        .catch((error: Error) => this.#options.log.say('queue', `queue ${queue.name}: ${error.message}`))
        .finally(() => {
          running.delete(delivery);
          this.#batches.delete(delivery);
        });
      running.add(delivery);
      this.#batches.add(delivery);
    }
  }

  /** A full disk, for example: nothing was taken, and it may have room again later. */
  async #afterFault({ name }: Queue, error: Error): Promise<undefined> {
    this.#options.log.say('queue', `queue ${name} cannot be read, trying again: ${error.message}`);
    await delay(retryDelayMs, undefined, { signal: this.#stopped.signal }).catch(() => undefined);
    return undefined;
  }

  /** Waits for a first message, then for a full batch or the end of the window. Empty only when one of the two has stopped. */
  async #collect({ batchSize, windowSeconds }: EventSource, queue: Queue): Promise<Delivered[]> {
    const { queues } = this.#options;
    const { signal } = this.#stopped;
    const batch = await queues.receive(
      queue,
      { max: batchSize, maxBytes: MAX_BATCH_BYTES, byEventSource: true },
      { waitMs: Number.POSITIVE_INFINITY, signal },
    );
    const end = queues.now() + windowSeconds * 1000;
    while (batch.length < batchSize && queues.now() < end && !signal.aborted) {
      const bytes = batch.reduce((sum, { message }) => sum + sizeOf(message.body, message.attributes), 0);
      // Room for another message of the largest size, or the window is over.
      if (bytes + queue.maximumMessageSize > MAX_BATCH_BYTES) break;
      const seen = queues.changes;
      const more = await queues.take(queue, {
        max: batchSize - batch.length,
        maxBytes: MAX_BATCH_BYTES - bytes,
        byEventSource: true,
      });
      batch.push(...more);
      if (more.length === 0) await queues.pause(queue, { seen, until: end, signal });
    }
    return batch;
  }

  async #deliver(source: EventSource, queue: Queue, batch: readonly Delivered[]): Promise<void> {
    const { queues, functions, region, log } = this.#options;
    const started = Date.now();
    const result = await functions.invoke(
      source.functionArn,
      sqsEvent(batch, { queueArn: queue.arn, region }),
    );
    // A function that is being stopped has not failed.
    if (!result.ok && this.#stopped.signal.aborted) return;
    const ids = batch.map(({ message }) => message.id);
    // Messages of a function that failed as a whole stay hidden until their visibility timeout, as named ones do.
    const failed = !result.ok
      ? new Set(ids)
      : source.reportsFailures
        ? failedItems(result.payload, ids)
        : new Set<string>();
    await queues.delete(
      queue,
      batch.filter(({ message }) => !failed.has(message.id)).map(({ receiptHandle }) => receiptHandle),
    );
    const { label } = functions.definition(source.functionArn);
    const messages = `${batch.length} ${batch.length === 1 ? 'message' : 'messages'}`;
    const outcome = failed.size === 0 ? 'ok' : `${failed.size} failed`;
    const reason = result.ok ? '' : `: ${result.error.errorMessage}`;
    log.say('queue', `queue ${label}: ${messages}, ${outcome} (${Date.now() - started} ms)${reason}`);
  }
}
