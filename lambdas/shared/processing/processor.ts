import type { Query } from '../database';
import type { StoredObject } from '../object-store';

/**
 * A failure that no repetition would cure: the file is encrypted, damaged, too big. The row fails with the code, which
 * the API answers, and the message is done.
 */
export class ProcessingFailure extends Error {
  override readonly name = 'ProcessingFailure';

  constructor(
    /** Lower case and underscores, at most 50. */
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    if (!/^[a-z_]{1,50}$/.test(code))
      throw new TypeError(`expected a code such as "encrypted", found ${code}`);
  }
}

/** A row of a table of files: what every one of them has. The processor's own columns come on top. */
export interface FileRow {
  readonly id: string;
  readonly user_id: string;
  readonly object_key: string;
}

export interface Job<Row> {
  readonly row: Row;
  /** Exactly the version of the file that the row is about. */
  readonly object: StoredObject;
  /** Aborted after `secondsPerFile`. */
  readonly signal: AbortSignal;
  readonly requestId: string;
}

/** What a kind of file has of its own. */
export interface Processor<Row, Result> {
  readonly table: 'documents' | 'candidates' | 'photos' | 'candidate_imports';
  /** What the row needs besides those of `FileRow`. */
  readonly columns: readonly string[];
  /** As in the worker's contract. The signal aborts, and the row fails with code `timeout`. */
  readonly secondsPerFile: number;
  /**
   * The work itself, outside any transaction. Throws ProcessingFailure, or anything else for what another try may cure.
   * May run more than once for a file, even at the same time: what it writes must have deterministic keys.
   */
  process(job: Job<Row & FileRow>): Promise<Result>;
  /** Writes the result in the transaction that makes the row ready: committed once for a version of a file. */
  save(query: Query, row: Row & FileRow, result: Result, now: Date): Promise<void>;
}
