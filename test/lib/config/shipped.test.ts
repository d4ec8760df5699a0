import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { blueprints } from '../../../lib/config/blueprints';
import { overlap, parseCidr } from '../../../lib/config/cidr';
import { environments } from '../../../lib/config/environments';
import { loadConfig } from '../../../lib/config/load';

const root = join(__dirname, '../../../lib/config');
const pairs = Object.keys(environments).flatMap((environment) =>
  Object.keys(blueprints).map((blueprint) => [environment, blueprint] as const),
);

test.each(pairs)('environment %s accepts blueprint %s', (environment, blueprint) => {
  expect(() => loadConfig(environment, blueprint)).not.toThrow();
});

test.each([
  ['environments', environments],
  ['blueprints', blueprints],
] as const)('every file in %s is registered under its own name', (folder, registered) => {
  const files = readdirSync(join(root, folder)).filter((file) => file !== 'index.ts');
  expect(files.map((file) => file.replace(/\.ts$/, '')).sort()).toEqual(Object.keys(registered).sort());
  for (const [name, value] of Object.entries(registered)) expect(value.name).toBe(name);
});

test('deployed environments can be peered: no two VPCs overlap', () => {
  const ranges = Object.values(environments)
    // local is never deployed, and shares its range with dev so that the documented addresses are what runs.
    .filter(({ name }) => name !== 'local')
    .map(({ name, network }) => ({ name, range: parseCidr(network.cidr) }));
  const clashes = ranges.flatMap((a, index) =>
    ranges.slice(index + 1).flatMap((b) => (overlap(a.range, b.range) ? [`${a.name} and ${b.name}`] : [])),
  );
  expect(clashes).toEqual([]);
});

test('production loses nothing to a deleted stack or a lost zone, and its changes come gradually', () => {
  const { environment } = loadConfig('prod', 'platform');
  expect(environment).toMatchObject({
    removal: 'retain',
    terminationProtection: true,
    audit: 'full',
    encryption: 'customer-managed',
    database: { multiAz: true, deletionProtection: true, proxy: true },
    cache: { replicas: 1 },
    api: { waf: true, canary: 'canary-10-percent-5-minutes' },
  });
});

test('no deployed environment ships a domain prefix, which somebody else would have taken already', () => {
  const shipped = Object.values(environments).filter(({ auth }) => auth.domain);
  expect(shipped.map(({ name }) => name)).toEqual(['local']);
});

test('no environment ships an account: it is the account of whoever deploys', () => {
  expect(Object.values(environments).filter(({ account }) => account !== undefined)).toEqual([]);
});
