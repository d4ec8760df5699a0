import { divideConnections } from '../../../lib/constructs/connection-budget';

test('connections are divided by weight, and never more than there are', () => {
  const shares = divideConnections(89, [
    { name: 'documents', weight: 7 },
    { name: 'health', weight: 1 },
  ]);
  expect(Object.fromEntries(shares)).toEqual({ documents: 77, health: 12 });
});

test('a light function is never rounded down to nothing', () => {
  const shares = divideConnections(3, [
    { name: 'heavy', weight: 1000 },
    { name: 'light', weight: 1 },
    { name: 'idle', weight: 0 },
  ]);
  expect([...shares.values()]).toEqual([1, 1, 1]);
});

test.each([1, 2, 7, 50, 333, 4999])('of %i connections all are handed out, and no more', (connections) => {
  const names = ['a', 'b', 'c'].slice(0, Math.min(3, connections));
  const shares = divideConnections(
    connections,
    names.map((name, index) => ({ name, weight: index * 3 + 1 })),
  );
  expect([...shares.values()].reduce((sum, share) => sum + share, 0)).toBe(connections);
});

test('too few connections are an error that names the functions and the way out', () => {
  expect(() =>
    divideConnections(1, [
      { name: 'documents', weight: 7 },
      { name: 'health', weight: 1 },
    ]),
  ).toThrow(/1 connections for 2 functions \(documents, health\).*database\.instanceClass/);
});

test('what somebody cannot do without comes before every weight', () => {
  const shares = divideConnections(4, [
    { name: 'route', weight: 1000 },
    { name: 'worker', weight: 1, least: 3 },
  ]);
  expect(Object.fromEntries(shares)).toEqual({ route: 1, worker: 3 });
  expect(() => divideConnections(3, [{ name: 'worker', weight: 1, least: 4 }])).toThrow(
    /expected at least 4/,
  );
});
