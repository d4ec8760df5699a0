import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import {
  replacedBy,
  type StatefulInventory,
  type StatefulResource,
  statefulInventory,
} from '../../../lib/guardrails/stateful';
import { describeStatefulChanges } from '../../../lib/guardrails/stateful-changes';
import { templatesOf } from '../../support/assembly';
import { expectGolden } from '../../support/golden';
import { allVariants } from '../../support/variants';

test.each(allVariants())('a deployment of $name keeps every stateful resource it has', ({ name }) => {
  expectGolden(
    path.join(__dirname, 'stateful', `${name}.golden.json`),
    statefulInventory(templatesOf(name)),
    'Deploying this change would touch resources that hold data:',
    (before, after) => describeStatefulChanges(before as StatefulInventory, after as StatefulInventory),
  );
});

const inventory = (change: (database: Record<string, unknown>) => void): StatefulInventory => {
  const templates = structuredClone(templatesOf('prod-platform'));
  const database = templates['landfall-prod-database']?.Resources ?? {};
  const [id] = Object.entries(database).find(([, { Type }]) => Type === 'AWS::RDS::DBInstance') ?? [];
  change(database[id as string] as unknown as Record<string, unknown>);
  return statefulInventory(templates);
};
const before = () => statefulInventory(templatesOf('prod-platform'));

test('another owner name is reported as a replacement of the database', () => {
  const after = inventory((database) => {
    (database.Properties as Record<string, unknown>).MasterUsername = 'somebody';
  });
  expect(describeStatefulChanges(before(), after)).toEqual([
    expect.stringMatching(
      /AWS::RDS::DBInstance\): MasterUsername was .* and is "somebody".*creates a new, empty/,
    ),
  ]);
});

describe('the golden file', () => {
  const agreed = `${JSON.stringify(before(), null, 2)}\n`;
  const after = inventory((database) => {
    (database.Properties as Record<string, unknown>).StorageEncrypted = false;
  });
  let file: string;
  beforeEach(() => {
    file = path.join(mkdtempSync(path.join(tmpdir(), 'landfall-golden-')), 'prod.golden.json');
    writeFileSync(file, agreed);
  });
  afterEach(() => rmSync(path.dirname(file), { recursive: true }));

  const compare = (rewrite: boolean) =>
    expectGolden(
      file,
      after,
      'Data is at stake:',
      (old, now) => describeStatefulChanges(old as StatefulInventory, now as StatefulInventory),
      rewrite,
    );

  test('refuses it, says what would happen, and what to run if it is meant', () => {
    expect(() => compare(false)).toThrow(
      /StorageEncrypted was true and is false.*the old one stays[\s\S]*npm run golden/,
    );
    expect(readFileSync(file, 'utf8')).toBe(agreed);
  });

  test('is written by npm run golden, which says what would happen as well', () => {
    const print = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    compare(true);
    expect(print.mock.calls.join()).toMatch(/StorageEncrypted was true and is false.*the old one stays/);
    print.mockRestore();
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(after)));
    expect(() => compare(false)).not.toThrow();
  });
});

test('a property that changes in place is not reported', () => {
  const after = inventory((database) => {
    (database.Properties as Record<string, unknown>).AllocatedStorage = '500';
  });
  expect(describeStatefulChanges(before(), after)).toEqual([]);
});

test('a renamed construct is reported as one resource gone and one new', () => {
  const now = before();
  const [[id, bucket], ...others] = Object.entries(now['landfall-prod-storage'] ?? {}) as [
    [string, StatefulResource],
    ...[string, StatefulResource][],
  ];
  const storage = { ...Object.fromEntries(others), [`${id}Renamed`]: bucket };
  expect(describeStatefulChanges(now, { ...now, 'landfall-prod-storage': storage })).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/Renamed \(AWS::.*is new/),
      expect.stringContaining('gone or renamed: the old one stays in the account'),
    ]),
  );
});

test('a weaker policy is reported with what it means', () => {
  const after = inventory((database) => {
    database.UpdateReplacePolicy = 'Delete';
  });
  expect(describeStatefulChanges(before(), after)).toEqual([
    expect.stringContaining('from now on its data goes with it'),
  ]);
});

test('the properties that force a replacement are those of the resource specification of the CDK', () => {
  const file = path.join(path.dirname(require.resolve('aws-cdk/package.json')), 'db.json.gz');
  const specification = JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')) as {
    schema: { resource: { entities: Record<string, SpecifiedResource> } };
  };
  const missing = Object.values(specification.schema.resource.entities).flatMap(
    ({ cloudFormationType, properties }) => {
      const listed = replacedBy[cloudFormationType];
      if (!listed) return [];
      return Object.entries(properties)
        .filter(([name, { causesReplacement }]) => causesReplacement === 'yes' && !listed.includes(name))
        .map(([name]) => `${cloudFormationType}.${name}`);
    },
  );
  expect(missing).toEqual([]);
});

interface SpecifiedResource {
  readonly cloudFormationType: string;
  readonly properties: Record<string, { readonly causesReplacement?: 'yes' | 'no' | 'maybe' }>;
}
