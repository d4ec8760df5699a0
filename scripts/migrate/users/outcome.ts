/** What became of a user, or would. */
export const planned = ['create', 'lazy', 'undecided', 'skipped'] as const;
export const checked = ['create', 'existing', 'lazy', 'undecided', 'skipped', 'failed'] as const;
export const executed = ['created', 'existing', 'lazy', 'skipped', 'failed'] as const;

export type Outcome = (typeof checked)[number] | (typeof executed)[number];

export interface UserOutcome {
  readonly id: string;
  readonly email: string | undefined;
  readonly outcome: Outcome;
  /** Why, where the outcome alone does not say it. */
  readonly reason?: string | undefined;
}

/** Counts of outcomes, each with its reasons. */
export class Tally {
  readonly #counts = new Map<Outcome, { count: number; readonly reasons: Map<string, number> }>();
  #total = 0;

  add({ outcome, reason }: Pick<UserOutcome, 'outcome' | 'reason'>): void {
    const entry = this.#counts.get(outcome) ?? { count: 0, reasons: new Map<string, number>() };
    entry.count++;
    this.#total++;
    if (reason !== undefined) entry.reasons.set(reason, (entry.reasons.get(reason) ?? 0) + 1);
    this.#counts.set(outcome, entry);
  }

  get total(): number {
    return this.#total;
  }

  count(outcome: Outcome): number {
    return this.#counts.get(outcome)?.count ?? 0;
  }

  /** The most frequent first. */
  reasons(outcome: Outcome): readonly (readonly [reason: string, count: number])[] {
    return [...(this.#counts.get(outcome)?.reasons ?? [])].sort(([, a], [, b]) => b - a);
  }
}
