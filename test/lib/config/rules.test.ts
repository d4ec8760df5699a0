import type { Configuration } from '../../../lib/config/load';
import { rules } from '../../../lib/config/rules';
import { addressesNeeded } from '../../../lib/config/rules/addresses';
import { type Change, changed, errorOf } from './configurations';
import { type RuleCase, ruleCases } from './rule-cases';

const configurationOf = ({ from = 'dev' }: RuleCase, change: Change) => changed(from, 'platform', change);

test('every rule has a case here, and every case a rule', () => {
  expect(Object.keys(ruleCases).sort()).toEqual(rules.map(({ rule }) => rule).sort());
});

describe.each(rules.map((rule) => [rule.rule, rule] as const))('rule: %s', (sentence, rule) => {
  const example = ruleCases[sentence] as RuleCase;

  test('a broken configuration is refused at the field that breaks it', () => {
    const broken = configurationOf(example, example.broken);
    const found = rule.check(broken);
    expect(found.map((fault) => fault.path)).toEqual(example.faults);
    // Nothing on the way to the user swallows what the rule found.
    expect(errorOf(broken)?.faults).toEqual(expect.arrayContaining([...found]));
    for (const fault of found)
      expect([fault.found, fault.expected, fault.fix].filter((text) => text.length < 3)).toEqual([]);
  });

  test('the nearest good configuration passes every rule', () => {
    expect(errorOf(configurationOf(example, example.good))?.message).toBeUndefined();
  });

  test('it reads only what it declares', () => {
    for (const change of [example.broken, example.good]) {
      const seen = readPaths(configurationOf(example, change), (configuration) => rule.check(configuration));
      expect(
        seen.filter((path) => !rule.reads.some((declared) => path === declared || inside(path, declared))),
      ).toEqual([]);
    }
  });
});

test('a rule is skipped while a field it reads is wrong by itself, and runs again once that is right', () => {
  const twoFaults = changed('dev', 'platform', ({ environment: { network } }) => {
    network.cidr = '10.0.0.0/33';
    network.privateSubnets[0] = '10.0.1.0/24';
  });
  // The first fault is the only one about the VPC; the overlap needs no VPC range to be seen.
  expect(errorOf(twoFaults)?.faults.map((fault) => fault.path)).toEqual([
    'environment.network.cidr',
    'environment.network.privateSubnets[0]',
  ]);
});

test('the private subnets of the shipped production could shrink to /26, and its needs are counted', () => {
  // 5 reserved by AWS, 30 for 15 functions, 2 instance, 10 proxy, 2 cache nodes, 1 endpoint, 2 for people.
  expect(addressesNeeded(changed('prod', 'platform', () => undefined))).toBe(52);
});

/** Leaf paths of a configuration that `work` reads. */
function readPaths(configuration: Configuration, work: (configuration: Configuration) => void): string[] {
  const leaves: string[] = [];
  const watch = <T extends object>(target: T, path: string): T =>
    new Proxy(target, {
      get(object, key) {
        const value = Reflect.get(object, key);
        if (typeof key === 'symbol' || !Object.hasOwn(object, key) || key === 'length') return value;
        const here = path ? `${path}.${key}` : key;
        if (Array.isArray(value) || typeof value !== 'object' || value === null) leaves.push(here);
        else return watch(value, here);
        return value;
      },
    });
  work(watch(configuration, ''));
  return leaves;
}

const inside = (path: string, declared: string) => path.startsWith(`${declared}.`);
