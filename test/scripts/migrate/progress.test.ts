import { duration, Progress } from '../../../scripts/migrate/progress';

function watch(isTTY: boolean) {
  let now = 0;
  const written: string[] = [];
  const out = { isTTY, write: (text: string) => void written.push(text) };
  const progress = new Progress({ out, unit: 'users', total: 100, clock: () => now });
  return { progress, written, at: (ms: number) => (now = ms) };
}

test('in a log it writes a line each 5 s, with rate and time left', () => {
  const { progress, written, at } = watch(false);
  at(1000);
  progress.advance(5);
  expect(written).toEqual([]);
  at(5000);
  progress.advance(5);
  expect(written).toEqual(['10 of 100 users, 2.0/s, 45 s left\n']);
  progress.finish();
  expect(written).toHaveLength(1);
});

test('on a terminal it rewrites one line and leaves it', () => {
  const { progress, written, at } = watch(true);
  at(1000);
  progress.advance(50);
  progress.finish();
  expect(written.map((text) => text.startsWith('\r'))).toEqual([true, true, false]);
  expect(written.at(-1)).toBe('\n');
});

test('what an earlier run has done counts, and says nothing about the rate', () => {
  const { progress, written, at } = watch(false);
  progress.advance(80, false);
  at(10_000);
  progress.advance(10);
  expect(written).toEqual(['90 of 100 users, 1.0/s, 10 s left\n']);
});

test.each([
  [0, '0 s'],
  [59.2, '1 min'],
  [61, '2 min'],
  [3600, '1 h 0 min'],
  [5000, '1 h 24 min'],
])('%d s is %s', (seconds, text) => expect(duration(seconds)).toBe(text));
