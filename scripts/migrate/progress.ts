import type { Output } from './command';

export interface ProgressOptions {
  readonly out: Output;
  /** What is counted, for example `users`. */
  readonly unit: string;
  /** How many there will be. */
  readonly total: number;
  /** Milliseconds since 1970. @default Date.now */
  readonly clock?: () => number;
}

/** On a terminal a line that is rewritten; elsewhere, as in a CI log, a line each 5 s. */
const terminalMs = 200;
const logMs = 5_000;

/** Says how far a long run is, how fast, and how long it will still take. */
export class Progress {
  readonly #options: Required<ProgressOptions>;
  readonly #started: number;
  #shown: number;
  #done = 0;
  #skipped = 0;

  constructor(options: ProgressOptions) {
    this.#options = { clock: Date.now, ...options };
    this.#started = this.#options.clock();
    this.#shown = this.#started;
  }

  /** @param counts false for what took no time, such as what an earlier run has done: it says nothing about the rate */
  advance(count = 1, counts = true): void {
    if (counts) this.#done += count;
    else this.#skipped += count;
    const now = this.#options.clock();
    if (now - this.#shown < (this.#options.out.isTTY ? terminalMs : logMs)) return;
    this.#shown = now;
    this.#show(now);
  }

  /** Leaves the last state on the screen and moves on to the next line. */
  finish(): void {
    if (!this.#options.out.isTTY) return;
    this.#show(this.#options.clock());
    this.#options.out.write('\n');
  }

  #show(now: number): void {
    const { out, unit, total } = this.#options;
    const position = this.#done + this.#skipped;
    const perSecond = this.#done / Math.max((now - this.#started) / 1000, 0.001);
    const left = perSecond > 0 ? `, ${duration((total - position) / perSecond)} left` : '';
    const text = `${position} of ${total} ${unit}, ${perSecond.toFixed(perSecond < 10 ? 1 : 0)}/s${left}`;
    out.write(out.isTTY ? `\r\u001b[K${text}` : `${text}\n`);
  }
}

/** @param seconds from 0 */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.ceil(whole / 60)} min`;
  return `${Math.floor(whole / 3600)} h ${Math.ceil((whole % 3600) / 60)} min`;
}
