import { Interrupted } from './pace';

export interface Concurrent<T, R> {
  /** Of the items whose work came to an end, in any order. */
  readonly results: readonly (readonly [item: T, result: R])[];
  /** What stopped the rest; the items in flight were waited for. */
  readonly failure: unknown;
}

/**
 * Works on so many items at a time. After a failure, or once interrupted, no further item is begun, and those in
 * flight are finished: nobody is left half-way without need.
 */
export async function concurrently<T, R>(
  items: readonly T[],
  { limit, interrupted }: { readonly limit: number; readonly interrupted: AbortSignal },
  work: (item: T) => Promise<R>,
): Promise<Concurrent<T, R>> {
  const results: [T, R][] = [];
  let failure: unknown;
  let next = 0;
  const worker = async () => {
    while (next < items.length && failure === undefined && !interrupted.aborted) {
      const item = items[next++] as T;
      try {
        results.push([item, await work(item)]);
      } catch (error) {
        if (!(error instanceof Interrupted)) failure ??= error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return { results, failure };
}
