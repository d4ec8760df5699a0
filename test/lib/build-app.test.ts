import path from 'node:path';
import { environments } from '../../lib/config/environments';
import { outputs } from '../../lib/outputs';
import { assemblyDirectory, readJson, stackNames, templatesOf } from '../support/assembly';
import { allVariants } from '../support/variants';

const shipped = allVariants().filter(({ environment }) => environment.name in environments);

interface Manifest {
  readonly artifacts: Record<
    string,
    {
      readonly type: string;
      readonly environment?: string;
      readonly dependencies?: string[];
      readonly properties?: {
        readonly tags?: Record<string, string>;
        readonly terminationProtection?: boolean;
      };
    }
  >;
}

const stacksOf = (variant: string) =>
  Object.entries(readJson<Manifest>(path.join(assemblyDirectory(variant), 'manifest.json')).artifacts).filter(
    ([, artifact]) => artifact.type === 'aws:cloudformation:stack',
  );

test('the platform consists of nine stacks, and of one more with keys of our own', () => {
  const names = [
    'api',
    'auth',
    'cache',
    'database',
    'jobs',
    'monitoring',
    'network',
    'processing',
    'storage',
  ];
  expect(stackNames('dev-platform')).toEqual(names.map((name) => `landfall-dev-${name}`));
  expect(stackNames('prod-platform')).toEqual(
    [...names, 'encryption'].sort().map((name) => `landfall-prod-${name}`),
  );
});

test('a blueprint leaves out the stacks whose providers stay elsewhere', () => {
  expect(stackNames('dev-documents')).toEqual(
    ['api', 'database', 'jobs', 'monitoring', 'network', 'processing', 'storage'].map(
      (name) => `landfall-dev-${name}`,
    ),
  );
});

test.each(shipped)(
  'every stack of $name carries the cost-allocation tags',
  ({ name, environment, blueprint }) => {
    for (const [stack, { properties }] of stacksOf(name)) {
      expect(properties?.tags).toEqual({
        ...environment.tags,
        environment: environment.name,
        blueprint: blueprint.name,
        deployment: `landfall-${environment.name}`,
        stack,
      });
    }
  },
);

test.each(shipped)(
  'stacks of $name cannot be deleted by mistake where the configuration says so',
  ({ name, environment }) => {
    for (const [, { properties }] of stacksOf(name)) {
      expect(properties?.terminationProtection ?? false).toBe(environment.terminationProtection);
    }
  },
);

test('no template names an account that the configuration does not name', () => {
  for (const { name } of shipped) {
    expect(stacksOf(name).map(([, { environment }]) => environment)).toEqual(
      stacksOf(name).map(() => 'aws://unknown-account/us-east-1'),
    );
    expect(JSON.stringify(templatesOf(name))).not.toMatch(/"[^"]*\b\d{12}\b[^"]*:(iam|s3|lambda)/);
  }
});

test('outputs for people and applications are the ones listed, once per deployment', () => {
  const listed = new Set<string>(Object.values(outputs));
  for (const { name } of allVariants()) {
    const found = Object.entries(templatesOf(name)).flatMap(([stack, { Outputs = {} }]) =>
      Object.keys(Outputs)
        .filter((output) => !/^(Publish|Exports)Output/.test(output))
        .map((output) => ({ stack, output })),
    );
    for (const { output } of found) expect(listed).toContain(output);
    // The alarm topics of a second region are the one thing that exists twice.
    const names = found.filter(({ stack }) => !stack.endsWith('-global')).map(({ output }) => output);
    expect(names).toEqual([...new Set(names)]);
  }
});

test('outside us-east-1, alarms on CloudFront live in a stack of their own in us-east-1', () => {
  const manifest = stacksOf('other-region');
  const regions = Object.fromEntries(manifest.map(([name, { environment }]) => [name, environment]));
  expect(regions['landfall-europe-monitoring-global']).toBe('aws://unknown-account/us-east-1');
  expect(regions['landfall-europe-monitoring']).toBe('aws://unknown-account/eu-central-1');

  const templates = templatesOf('other-region');
  const namespaces = (stack: string) =>
    Object.values(templates[stack]?.Resources ?? {})
      .filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm')
      .map(({ Properties }) => JSON.stringify(Properties).match(/AWS\/\w+/)?.[0]);
  expect(new Set(namespaces('landfall-europe-monitoring-global'))).toEqual(new Set(['AWS/CloudFront']));
  expect(namespaces('landfall-europe-monitoring')).not.toContain('AWS/CloudFront');
});
