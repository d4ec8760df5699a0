/** The queues of the local runtime: declared by the templates, their messages kept on disk. */
import { randomBytes, randomUUID } from 'node:crypto';
import { AwsError } from '../errors';
import type { Entry } from '../journal';
import { type Held, type Message, type MessageAttributes, sizeOf } from './message';
import { MessageStore } from './message-store';
import { type Queue, QueueDirectory, type QueuePlace } from './queue-directory';
import { type QueueSettings, readQueueProperties } from './queue-properties';
import { handleOf, invalidHandle, readHandle } from './receipt-handle';
import { Waiting } from './waiting';

export type { Queue } from './queue-directory';

export interface NewMessage {
  readonly body: string;
  /** @default none */
  readonly attributes?: MessageAttributes;
  /** @default that of the queue */
  readonly delaySeconds?: number | undefined;
  /** @default the service itself */
  readonly senderId?: string;
  readonly traceHeader?: string | undefined;
}

/** A message with what this delivery of it is called. */
export interface Delivered {
  readonly message: Message;
  readonly receiptHandle: string;
  readonly receives: number;
  readonly firstReceived: number;
}

export interface Taking {
  readonly max: number;
  /** @default that of the queue */
  readonly visibilitySeconds?: number | undefined;
  /** Bytes of all bodies and attributes together; the first message is taken whatever its size. @default no limit */
  readonly maxBytes?: number;
  /** Taken by an event source of this runtime. @default false */
  readonly byEventSource?: boolean;
}

export interface QueueCounts {
  readonly waiting: number;
  readonly inFlight: number;
  readonly delayed: number;
}

export interface SqsOptions extends QueuePlace {
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Told of every message that a redrive policy moves: what somebody at the terminal should see. */
  readonly report: (line: string) => void;
}

/** Of AWS's own services. */
const SERVICE_SENDER = 'AIDALOCALAWSSERVICE000';

export class SqsEngine {
  private readonly directory: QueueDirectory;
  private readonly waiting: Waiting;
  private advanced = 0;

  private constructor(
    readonly options: SqsOptions,
    private readonly store: MessageStore,
  ) {
    this.directory = new QueueDirectory(options);
    this.waiting = new Waiting(() => this.now());
  }

  static async open(file: string, options: SqsOptions): Promise<SqsEngine> {
    return new SqsEngine(options, await MessageStore.open(file));
  }

  /** Milliseconds since 1970, by the clock that visibility, delays and retention follow. */
  now(): number {
    return this.options.clock() + this.advanced;
  }

  /** Lets time pass: whoever waits for a message looks again. For tests. */
  advance(milliseconds: number): void {
    this.advanced += milliseconds;
    this.waiting.wake();
  }

  /**
   * Creates the queue, or opens it with the messages it has.
   * @throws Error naming properties that cannot be honoured locally
   */
  async createQueue({
    name,
    properties = {},
  }: {
    readonly name: string;
    readonly properties?: unknown;
  }): Promise<Queue> {
    const queue = this.directory.declare(name, readQueueProperties(name, properties), this.now());
    // The functions that worked on these ended with the runtime that started them.
    const orphans = [...this.store.messages(name).values()].filter(({ state }) => state.inEventSource);
    await this.store.append(
      orphans.map((held) =>
        this.store.change(held, { ...held.state, visibleAt: this.now(), inEventSource: undefined }),
      ),
    );
    return queue;
  }

  setPolicy(name: string, policy: unknown): void {
    this.directory.setPolicy(name, policy);
  }

  queues(): Queue[] {
    return this.directory.list();
  }

  urlOf(queue: Queue): string {
    return this.directory.urlOf(queue);
  }

  /**
   * By name, ARN or URL.
   * @throws AwsError QueueDoesNotExist
   */
  queue(reference: string): Queue {
    return this.directory.require(reference);
  }

  /** Resolves when they are durable. */
  async send(queue: Queue, messages: readonly NewMessage[]): Promise<Message[]> {
    const now = this.now();
    const entries: Entry[] = [];
    const sent = messages.map(({ body, attributes = {}, delaySeconds, senderId, traceHeader }) => {
      const message: Message = {
        id: randomUUID(),
        queue: queue.name,
        body,
        attributes,
        sent: now,
        senderId: senderId ?? SERVICE_SENDER,
        ...(traceHeader !== undefined && { traceHeader }),
      };
      const visibleAt = now + (delaySeconds ?? queue.delaySeconds) * 1000;
      entries.push(this.store.add(message, { visibleAt, receives: 0 }));
      return message;
    });
    await this.store.append(entries);
    this.waiting.wake();
    return sent;
  }

  /** What can be had now. A message that was received too often goes to the dead-letter queue instead. */
  async take(queue: Queue, taking: Taking): Promise<Delivered[]> {
    const { max, maxBytes = Number.POSITIVE_INFINITY, byEventSource = false } = taking;
    const now = this.now();
    const hidden = (taking.visibilitySeconds ?? queue.visibilitySeconds) * 1000;
    const entries: Entry[] = [];
    const taken: Delivered[] = [];
    let bytes = 0;
    let moved = false;
    for (const held of this.store.messages(queue.name).values()) {
      const { message, state } = held;
      if (this.isExpired(queue, held)) {
        entries.push(this.store.remove(held));
        continue;
      }
      if (state.visibleAt > now) continue;
      const target = this.redriveTarget(queue, held);
      if (target) {
        entries.push(this.redrive(held, queue, target));
        moved = true;
        continue;
      }
      bytes += sizeOf(message.body, message.attributes);
      if (taken.length >= max || (taken.length > 0 && bytes > maxBytes)) break;
      const receipt = randomBytes(12).toString('base64url');
      const receives = state.receives + 1;
      const firstReceived = state.firstReceived ?? now;
      entries.push(
        this.store.change(held, {
          visibleAt: now + hidden,
          receives,
          firstReceived,
          receipt,
          ...(byEventSource && { inEventSource: true }),
        }),
      );
      taken.push({ message, receiptHandle: handleOf(message, receipt), receives, firstReceived });
    }
    await this.store.append(entries);
    if (moved) this.waiting.wake();
    return taken;
  }

  private isExpired({ retentionSeconds }: QueueSettings, { message }: Held): boolean {
    return message.sent + retentionSeconds * 1000 <= this.now();
  }

  private redriveTarget({ redrive }: QueueSettings, { state }: Held): Queue | undefined {
    if (!redrive || state.receives < redrive.maxReceiveCount) return undefined;
    // Without its dead-letter queue, which this assembly no longer has, the message stays deliverable.
    return this.directory.find(redrive.deadLetterArn);
  }

  private redrive(held: Held, from: Queue, to: Queue): Entry {
    const { message, state } = held;
    this.options.report(
      `queue ${from.name}: message ${message.id} was received ${state.receives} times and is in the dead-letter queue ${to.name} now.`,
    );
    return this.store.move(
      held,
      { ...message, queue: to.name, deadLetterSource: from.arn },
      { ...state, visibleAt: this.now(), receipt: undefined, inEventSource: undefined },
    );
  }

  /** As {@link take}, but waits until there is something, for so long. */
  async receive(
    queue: Queue,
    taking: Taking,
    { waitMs, signal }: { readonly waitMs: number; readonly signal?: AbortSignal | undefined },
  ): Promise<Delivered[]> {
    const deadline = performance.now() + waitMs;
    for (;;) {
      const seen = this.waiting.changes;
      if (signal?.aborted || this.waiting.isClosed) return [];
      const taken = await this.take(queue, taking);
      const left = deadline - performance.now();
      if (taken.length > 0 || left <= 0) return taken;
      await this.pause(queue, { seen, until: this.now() + left, signal });
    }
  }

  /** Grows with every change of any queue; see {@link pause}. */
  get changes(): number {
    return this.waiting.changes;
  }

  /** Resolves when a queue changed since `seen`, when the next message of this one becomes visible, or at `until`. */
  pause(
    queue: Queue,
    pause: { readonly seen: number; readonly until: number; readonly signal?: AbortSignal | undefined },
  ): Promise<void> {
    let { until } = pause;
    for (const { state } of this.store.messages(queue.name).values())
      if (state.visibleAt < until) until = state.visibleAt;
    return this.waiting.pause({ ...pause, until });
  }

  /**
   * Deletes deliveries. A handle of an earlier delivery than the last deletes nothing, and is no error.
   * @throws AwsError ReceiptHandleIsInvalid
   */
  async delete(queue: Queue, receiptHandles: readonly string[]): Promise<void> {
    const held = receiptHandles.map((handle) => this.find(queue, handle));
    await this.store.append(held.flatMap((found) => (found ? [this.store.remove(found)] : [])));
  }

  /** @throws AwsError ReceiptHandleIsInvalid, InvalidParameterValue */
  async changeVisibility(queue: Queue, receiptHandle: string, seconds: number): Promise<void> {
    const held = this.find(queue, receiptHandle);
    const now = this.now();
    if (!held || held.state.visibleAt <= now)
      throw new AwsError(
        'InvalidParameterValue',
        `Value ${receiptHandle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`,
      );
    await this.store.append([
      this.store.change(held, { ...held.state, visibleAt: now + seconds * 1000, inEventSource: undefined }),
    ]);
    this.waiting.wake();
  }

  /** The message of a handle; undefined when it is gone, or was delivered again since. */
  private find(queue: Queue, receiptHandle: string): Held | undefined {
    const handle = readHandle(receiptHandle);
    if (handle?.queue !== queue.name) throw invalidHandle(receiptHandle);
    const held = this.store.messages(queue.name).get(handle.id);
    return held?.state.receipt === handle.receipt ? held : undefined;
  }

  async purge(queue: Queue): Promise<void> {
    await this.remove([...this.store.messages(queue.name).values()]);
  }

  async remove(messages: readonly Held[]): Promise<void> {
    await this.store.append(messages.map((held) => this.store.remove(held)));
  }

  /** Messages that are not past their retention, oldest first. */
  messages(queue: Queue): Held[] {
    return [...this.store.messages(queue.name).values()].filter((held) => !this.isExpired(queue, held));
  }

  counts(queue: Queue): QueueCounts {
    const now = this.now();
    const counts = { waiting: 0, inFlight: 0, delayed: 0 };
    for (const { state } of this.messages(queue)) {
      if (state.visibleAt <= now) counts.waiting += 1;
      else if (state.receives === 0) counts.delayed += 1;
      else counts.inFlight += 1;
    }
    return counts;
  }

  /** Ends what waits. Messages are durable already. */
  close(): void {
    this.waiting.close();
  }
}
