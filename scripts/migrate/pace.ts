/** The person stopped the run while something was waiting. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** @throws {Interrupted} as soon as the signal is aborted */
export function sleep(ms: number, interrupted?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (interrupted?.aborted) {
      reject(new Interrupted());
      return;
    }
    const stop = () => {
      clearTimeout(timer);
      reject(new Interrupted());
    };
    const timer = setTimeout(() => {
      interrupted?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    interrupted?.addEventListener('abort', stop, { once: true });
  });
}

/** Hands out at most so many turns a second, evenly spaced, so that a quota per second is never met in bursts. */
export class Pace {
  readonly #intervalMs: number;
  #next = 0;
  #queue: Promise<void> = Promise.resolve();

  constructor(perSecond: number) {
    this.#intervalMs = 1000 / perSecond;
  }

  /** Resolves when it is the caller's turn. @throws {Interrupted} */
  turn(interrupted?: AbortSignal): Promise<void> {
    // One after the other: a turn that comes late, on a busy machine, moves all that follow, and none catches up.
    const turn = this.#queue.then(() => this.#wait(interrupted));
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  async #wait(interrupted?: AbortSignal): Promise<void> {
    for (let ms = this.#ahead(); ms >= 1 || interrupted?.aborted; ms = this.#ahead())
      await sleep(ms, interrupted);
    this.#next = Math.max(this.#next, performance.now()) + this.#intervalMs;
  }

  #ahead(): number {
    return this.#next - performance.now();
  }

  /** Nobody's turn comes before this time is over: the other side has asked for less. */
  pause(ms: number): void {
    this.#next = Math.max(this.#next, performance.now() + ms);
  }
}
