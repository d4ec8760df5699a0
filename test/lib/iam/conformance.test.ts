import { decide, PolicyError } from '../../../lib/iam/evaluate';
import type { Case, Expected } from './conformance/case';
import { groups as conditions } from './conformance/conditions';
import { groups as evaluation } from './conformance/evaluation';
import { groups as services } from './conformance/services';
import { groups as statements } from './conformance/statements';

const groups = [...evaluation, ...statements, ...conditions, ...services];
const cases = groups.flatMap((group) => group.cases);

function outcome({ request, policies }: Case): Expected {
  try {
    const decision = decide(request, policies);
    if (decision.effect === 'allow') return 'allow';
    return decision.reason === 'explicit' ? 'explicit deny' : `no ${decision.missing}`;
  } catch (error) {
    if (error instanceof PolicyError) return 'error';
    throw error;
  }
}

describe('the decisions that AWS documents', () => {
  for (const group of groups) {
    describe(group.name, () => {
      test.each(group.cases.map((one) => [one.name, one] as const))('%s', (_, one) => {
        expect(outcome(one)).toBe(one.expected);
      });
    });
  }
});

describe('the table of decisions', () => {
  test('has 150 cases or more', () => {
    expect(cases.length).toBeGreaterThanOrEqual(150);
  });

  test('names every case once', () => {
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  });

  test('cites a page of AWS for every case, and says when it was read', () => {
    for (const { source } of cases) expect(source).toMatch(/^https:\/\/docs\.aws\.amazon\.com\/.+\.html$/);
    for (const { read } of groups) expect(read).toMatch(/^20\d\d-\d\d-\d\d$/);
  });

  test('has every group', () => {
    expect(groups.map(({ name }) => name)).toEqual([
      'one account',
      'across accounts',
      'resource policies',
      'boundaries',
      'NotAction, NotResource, NotPrincipal',
      'wildcards',
      'variables',
      'text',
      'numbers',
      'dates',
      'booleans and bytes',
      'addresses',
      'ARNs',
      'presence',
      'several values',
      'what cannot be evaluated',
      'keys of KMS',
      'buckets',
      'services as callers',
      'functions',
      'databases and APIs',
      'trust of roles',
    ]);
  });

  test.each(groups)('$name has what is allowed and what is not', ({ cases: own }) => {
    const expected = new Set(own.map((one) => (one.expected === 'allow' ? 'allow' : 'not')));
    expect(expected).toEqual(new Set(['allow', 'not']));
  });
});
