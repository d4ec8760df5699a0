/**
 * All messages of all queues, in memory and in one journal. One journal, so that a message that moves to its
 * dead-letter queue is one line: whatever kills the process, it is in exactly one of the two.
 */
import { type Entry, Journal } from '../journal';
import type { DeliveryState, Held, Message } from './message';

/** Lines that may be superseded before the file is rewritten. */
const SLACK = 2000;

export class MessageStore {
  private readonly queues = new Map<string, Map<string, Held>>();
  private journal!: Journal;
  private appending = 0;
  private rewriting: Promise<void> | undefined;

  static async open(file: string): Promise<MessageStore> {
    const store = new MessageStore();
    const byId = new Map<string, Held>();
    store.journal = await Journal.open(file, ([kind, id, value]) => {
      if (kind === 'state') {
        const held = byId.get(id);
        if (held) held.state = value as DeliveryState;
        return;
      }
      const earlier = byId.get(id);
      if (earlier) store.forget(earlier);
      byId.delete(id);
      if (value === null) return;
      const held = value as Held;
      byId.set(id, held);
      store.remember(held);
    });
    await store.compact();
    return store;
  }

  private remember(held: Held): void {
    this.messages(held.message.queue).set(held.message.id, held);
  }

  private forget({ message }: Held): void {
    this.queues.get(message.queue)?.delete(message.id);
  }

  /** Of one queue, oldest first. Changes through the methods below only. */
  messages(queue: string): Map<string, Held> {
    const messages = this.queues.get(queue) ?? new Map<string, Held>();
    this.queues.set(queue, messages);
    return messages;
  }

  /** Each of these changes memory at once; the entry it returns makes the change durable by {@link append}. */
  add(message: Message, state: DeliveryState): Entry {
    const held = { message, state };
    this.remember(held);
    return ['message', message.id, held];
  }

  change(held: Held, state: DeliveryState): Entry {
    held.state = state;
    return ['state', held.message.id, state];
  }

  remove(held: Held): Entry {
    this.forget(held);
    return ['message', held.message.id, null];
  }

  /** Into another queue, under the same id. */
  move(held: Held, message: Message, state: DeliveryState): Entry {
    this.forget(held);
    return this.add(message, state);
  }

  /** Resolves when the entries are durable. */
  async append(entries: readonly Entry[]): Promise<void> {
    if (entries.length === 0) return;
    while (this.rewriting) await this.rewriting;
    this.appending += 1;
    try {
      await this.journal.append(...entries);
    } finally {
      this.appending -= 1;
    }
    await this.compact();
  }

  /** A rewrite holds everything in memory, so it must not fall between a change and its entry being written. */
  private async compact(): Promise<void> {
    if (this.appending > 0 || this.rewriting) return;
    let live = 0;
    for (const messages of this.queues.values()) live += messages.size;
    if (this.journal.lines <= 2 * live + SLACK) return;
    this.rewriting = this.journal.rewrite(this.entries()).finally(() => {
      this.rewriting = undefined;
    });
    await this.rewriting;
  }

  private *entries(): Generator<Entry> {
    for (const messages of this.queues.values())
      for (const held of messages.values()) yield ['message', held.message.id, held];
  }
}
