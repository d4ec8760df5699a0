/**
 * What guessing costs: from the fifth failed attempt in a row on, a user is locked out for 2^(failures - 5) seconds,
 * at most 15 minutes. Attempts during a lockout do not count. Names nobody has are locked out alike, or the answer
 * would tell which exist. Kept in memory: a restart forgives.
 */
import { AwsError } from '../errors';

const FREE_FAILURES = 5;
const LONGEST_MS = 15 * 60_000;

interface Failures {
  readonly count: number;
  /** Milliseconds since 1970. */
  readonly lockedUntil: number;
  readonly forgottenAt: number;
}

export class Lockouts {
  /** In the order of the last failure. */
  private readonly failures = new Map<string, Failures>();

  constructor(private readonly now: () => number) {}

  /** @throws AwsError NotAuthorizedException while the name is locked out */
  check(name: string): void {
    if ((this.failures.get(name)?.lockedUntil ?? 0) > this.now())
      throw new AwsError('NotAuthorizedException', 'Password attempts exceeded');
  }

  failed(name: string): void {
    const now = this.now();
    for (const [other, { forgottenAt }] of this.failures) {
      if (forgottenAt > now) break;
      this.failures.delete(other);
    }
    const count = (this.failures.get(name)?.count ?? 0) + 1;
    const lockedMs = count < FREE_FAILURES ? 0 : Math.min(LONGEST_MS, 1000 * 2 ** (count - FREE_FAILURES));
    this.failures.delete(name);
    this.failures.set(name, {
      count,
      lockedUntil: now + lockedMs,
      forgottenAt: now + lockedMs + LONGEST_MS,
    });
  }

  succeeded(name: string): void {
    this.failures.delete(name);
  }
}
