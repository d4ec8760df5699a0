import type { Fault } from '../fault';
import type { Blueprint, EnvironmentConfig } from '../schema';

export interface Configuration {
  readonly environment: EnvironmentConfig;
  readonly blueprint: Blueprint;
}

/** A condition between fields, which no schema of a single field can state. */
export interface Rule {
  /** The condition as a sentence, also the name of its test. */
  readonly rule: string;
  /**
   * Paths that `check` reads. When the schema already found a fault in one of them, the rule is skipped:
   * it would judge a value that is about to change, or trip over a missing one.
   */
  readonly reads: readonly string[];
  check(configuration: Configuration): readonly Fault[];
}
