/** Runs what the templates' schedules start, on their rate. */
import type { Functions } from './lambda/functions';
import type { InvocationResult } from './lambda/worker';
import type { Log } from './log';
import type { Schedule } from './system';

/** Wait before a failed run is tried again; Scheduler's own backoff is longer. */
const retryDelayMs = 5_000;

export class Schedules {
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(
    private readonly schedules: readonly Schedule[],
    private readonly functions: Functions,
    private readonly log: Log,
  ) {}

  get names(): string[] {
    return this.schedules.map(({ name }) => name);
  }

  start(): void {
    for (const schedule of this.schedules) {
      if (!Number.isFinite(schedule.everyMs)) continue;
      this.#timers.add(setInterval(() => void this.#attempt(schedule, schedule.retries), schedule.everyMs));
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

  async #attempt(schedule: Schedule, retries: number): Promise<void> {
    const result = await this.#invoke(schedule);
    if (result.ok) return;
    if (retries === 0) {
      this.log.say(
        'schedule',
        `${schedule.name} failed for good; on AWS its event would be in the dead-letter queue.`,
      );
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void this.#attempt(schedule, retries - 1);
    }, retryDelayMs);
    this.#timers.add(timer);
  }

  async #invoke({ name, targetArn, input }: Schedule): Promise<InvocationResult> {
    const started = Date.now();
    const result = await this.functions.invoke(targetArn, input);
    const outcome = result.ok ? 'ok' : `failed: ${result.error.errorMessage}`;
    this.log.say('schedule', `schedule ${name} ${outcome} (${Date.now() - started} ms)`);
    return result;
  }
}
