/** What is wrong, for code that has to tell: the message is for people. */
export type StorageFault =
  | 'not-found'
  /** The path leads out of the storage, or to another one. */
  | 'refused-path'
  /** Options or environment do not fit. */
  | 'configuration'
  | 'no-bucket'
  | 'denied'
  | 'credentials'
  | 'full'
  | 'unavailable';

/** Says what was expected, what was found, and the way out. */
export class StorageError extends Error {
  override readonly name = 'StorageError';

  constructor(
    readonly fault: StorageFault,
    message: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
  }
}
