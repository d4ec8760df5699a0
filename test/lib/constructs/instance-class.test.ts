import { environments } from '../../../lib/config/environments';
import { maxConnections, memoryGiB } from '../../../lib/constructs/instance-class';

test.each([
  ['t4g.micro', 1],
  ['t4g.small', 2],
  ['t3.2xlarge', 32],
  ['m7g.large', 8],
  ['m6i.4xlarge', 64],
  ['r7g.xlarge', 32],
  ['r6gd.12xlarge', 384],
])('%s has %i GiB', (instanceClass, gib) => {
  expect(memoryGiB(instanceClass)).toBe(gib);
});

test.each(['t4g.huge', 't2.micro', 'x2g.large', 'm7g.metal', 'm4.large'])(
  '%s is refused, with the file that would have to know it',
  (instanceClass) => {
    expect(() => memoryGiB(instanceClass)).toThrow(
      `database.instanceClass: the memory of "${instanceClass}"`,
    );
    expect(() => memoryGiB(instanceClass)).toThrow('lib/constructs/instance-class.ts');
  },
);

test('connections stay below what RDS computes from the nominal memory, and below its limit of 5000', () => {
  expect(maxConnections('t4g.micro')).toBe(84);
  expect(maxConnections('t4g.micro')).toBeLessThan(Math.floor(1024 ** 3 / 9_531_392));
  expect(maxConnections('r7g.16xlarge')).toBe(5000);
});

test('every shipped environment uses a class that is known', () => {
  for (const { database } of Object.values(environments))
    expect(maxConnections(database.instanceClass)).toBeGreaterThan(50);
});
