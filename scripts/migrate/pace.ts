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

  constructor(perSecond: number) {
    this.#intervalMs = 1000 / perSecond;
  }

  /** Resolves when it is the caller's turn. @throws {Interrupted} */
  async turn(interrupted?: AbortSignal): Promise<void> {
    const now = performance.now();
    const at = Math.max(now, this.#next);
    this.#next = at + this.#intervalMs;
    if (at > now || interrupted?.aborted) await sleep(at - now, interrupted);
  }

  /** Nobody's turn comes before this time is over: the other side has asked for less. */
  pause(ms: number): void {
    this.#next = Math.max(this.#next, performance.now() + ms);
  }
}
