import { setMaxListeners } from 'node:events';
import { concurrently } from '../../../scripts/migrate/concurrently';
import { Interrupted, Pace, sleep } from '../../../scripts/migrate/pace';
import { retry } from '../../../scripts/migrate/retry';

const never = new AbortController().signal;
setMaxListeners(0, never);

describe('a pace', () => {
  test('never gives more turns in any second than it was told', async () => {
    const pace = new Pace(100);
    const turns = await Promise.all(
      Array.from({ length: 60 }, async () => {
        await pace.turn();
        return performance.now();
      }),
    );
    const span = (turns.at(-1) as number) - (turns[0] as number);
    // 59 intervals of 10 ms; timers may be early by one.
    expect(span).toBeGreaterThan(580);
  });

  test('makes everybody wait when the other side has asked for less', async () => {
    const pace = new Pace(1000);
    pace.pause(150);
    const started = performance.now();
    await pace.turn();
    expect(performance.now() - started).toBeGreaterThan(145);
  });

  test('gives no turn after an interruption, but to those who must finish', async () => {
    const interruption = new AbortController();
    const pace = new Pace(1);
    await pace.turn();
    const waiting = pace.turn(interruption.signal);
    interruption.abort();
    await expect(waiting).rejects.toThrow(Interrupted);
    await expect(pace.turn(interruption.signal)).rejects.toThrow(Interrupted);
    const quick = new Pace(1000);
    await quick.turn();
    await expect(quick.turn()).resolves.toBeUndefined();
  });
});

describe('a retry', () => {
  const failing = (times: number) => {
    let calls = 0;
    return async () => {
      if (++calls <= times) throw new Error(`attempt ${calls}`);
      return calls;
    };
  };

  test('goes on until it works, within its attempts', async () => {
    const options = { retryable: () => true, interrupted: never, baseMs: 1, attempts: 3 };
    await expect(retry(failing(2), options)).resolves.toBe(3);
    await expect(retry(failing(3), options)).rejects.toThrow('attempt 3');
  });

  test('does not repeat what repeating cannot help', async () => {
    const options = { retryable: () => false, interrupted: never };
    await expect(retry(failing(1), options)).rejects.toThrow('attempt 1');
  });

  test('waits longer each time, with jitter, and at least as long as the other side asks', async () => {
    const waits: number[] = [];
    const options = {
      retryable: () => true,
      interrupted: never,
      baseMs: 1,
      attempts: 6,
      onRetry: (_: unknown, waitMs: number) => void waits.push(waitMs),
    };
    await retry(failing(5), options);
    for (const [index, wait] of waits.entries()) expect(wait).toBeLessThan(2 ** (index + 1));
    expect(new Set(waits).size).toBe(5);
    waits.length = 0;
    await retry(failing(1), { ...options, atLeastMs: () => 20 });
    expect(waits).toEqual([20]);
  });

  test('stops waiting when interrupted', async () => {
    const interruption = new AbortController();
    const running = retry(failing(1), {
      retryable: () => true,
      interrupted: interruption.signal,
      baseMs: 60_000,
    });
    interruption.abort();
    await expect(running).rejects.toThrow(Interrupted);
  });
});

describe('concurrent work', () => {
  test('has never more in flight than allowed, and does everything', async () => {
    let [inFlight, most] = [0, 0];
    const items = Array.from({ length: 50 }, (_, index) => index);
    const { results, failure } = await concurrently(items, { limit: 4, interrupted: never }, async (item) => {
      most = Math.max(most, ++inFlight);
      await sleep(1, never);
      inFlight--;
      return item * 2;
    });
    expect({ most, failure }).toEqual({ most: 4, failure: undefined });
    expect(new Map(results)).toEqual(new Map(items.map((item) => [item, item * 2])));
  });

  test('after a failure waits for what is in flight, begins nothing, and tells both', async () => {
    const { results, failure } = await concurrently(
      [1, 2, 3, 4, 5, 6],
      { limit: 2, interrupted: never },
      async (item) => {
        if (item === 2) throw new Error('no permission');
        await sleep(20, never);
        return item;
      },
    );
    expect(results).toEqual([[1, 1]]);
    expect(failure).toEqual(new Error('no permission'));
  });

  test('after an interruption waits for what is in flight, and begins nothing', async () => {
    const interruption = new AbortController();
    const { results, failure } = await concurrently(
      [1, 2, 3, 4],
      { limit: 2, interrupted: interruption.signal },
      async (item) => {
        if (item === 2) interruption.abort();
        await sleep(20, never);
        return item;
      },
    );
    expect(results.map(([item]) => item).sort()).toEqual([1, 2]);
    expect(failure).toBeUndefined();
  });
});
