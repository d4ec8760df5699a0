/** Consumers that wait for a message: woken by every change, by the engine's clock, or by their own end. */

/** Longest delay of a Node.js timer is 24 days; nobody minds to look again after an hour. */
const MAX_DELAY = 3_600_000;

export interface Pause {
  /** Value of {@link Waiting.changes} when the caller last looked: what changed since then ends the pause at once. */
  readonly seen: number;
  /** By the clock, milliseconds since 1970. */
  readonly until: number;
  readonly signal?: AbortSignal | undefined;
}

export class Waiting {
  /** Grows with every change. */
  changes = 0;
  private readonly wakers = new Set<() => void>();
  private closed = false;

  constructor(private readonly now: () => number) {}

  wake(): void {
    this.changes += 1;
    for (const waker of [...this.wakers]) waker();
  }

  close(): void {
    this.closed = true;
    this.wake();
  }

  get isClosed(): boolean {
    return this.closed;
  }

  pause({ seen, until, signal }: Pause): Promise<void> {
    const left = until - this.now();
    if (this.changes !== seen || left <= 0 || signal?.aborted || this.closed) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.wakers.delete(done);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, Math.min(left, MAX_DELAY));
      this.wakers.add(done);
      signal?.addEventListener('abort', done, { once: true });
    });
  }
}
