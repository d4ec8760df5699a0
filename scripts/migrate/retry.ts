import { sleep } from './pace';

export interface RetryOptions {
  /** Whether trying again may help. */
  readonly retryable: (error: unknown) => boolean;
  readonly interrupted: AbortSignal;
  /** Told before each wait. */
  readonly onRetry?: (error: unknown, waitMs: number) => void;
  /** What the other side asked for, in milliseconds; waits at least as long. */
  readonly atLeastMs?: (error: unknown) => number;
  /** @default 8, about a minute in all */
  readonly attempts?: number;
  /** @default 200 */
  readonly baseMs?: number;
}

const longestWaitMs = 20_000;

/**
 * Tries again with exponentially growing waits. Each is drawn between zero and its bound ("full jitter"), because
 * callers that were refused together must not come back together.
 * @throws the last error; Interrupted while waiting
 */
export async function retry<T>(work: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const { retryable, interrupted, onRetry, atLeastMs, attempts = 8, baseMs = 200 } = options;
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(attempt);
    } catch (error) {
      if (attempt >= attempts || !retryable(error)) throw error;
      const bound = Math.min(longestWaitMs, baseMs * 2 ** attempt);
      const waitMs = Math.max(Math.random() * bound, atLeastMs?.(error) ?? 0);
      onRetry?.(error, waitMs);
      await sleep(waitMs, interrupted);
    }
  }
}
