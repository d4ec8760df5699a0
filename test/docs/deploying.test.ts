import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import packageJson from '../../package.json';

const page = readFileSync(join(__dirname, '../../docs/deploying.md'), 'utf8');
const blocks = (language: string) =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\n\`\`\``, 'gs'))].map(([, text]) => text ?? '');

test('every npm script the page names exists', () => {
  const named = [...page.matchAll(/npm run ([\w-]+)/g)].map(([, name]) => name as string);
  expect(named.length).toBeGreaterThan(3);
  expect(named.filter((name) => !(name in packageJson.scripts))).toEqual([]);
});

interface Policy {
  readonly Statement: readonly {
    readonly Action: string;
    readonly Resource?: string | readonly string[];
    readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  }[];
}

const [trust, permissions] = blocks('json').map((text) => JSON.parse(text) as Policy) as [Policy, Policy];

test('the trust policy admits one environment of one repository, compared exactly', () => {
  expect(trust.Statement).toHaveLength(1);
  const [statement] = trust.Statement;
  expect(Object.keys(statement?.Condition ?? {})).toEqual(['StringEquals']);
  expect(Object.values(statement?.Condition?.StringEquals ?? {})).toEqual([
    'sts.amazonaws.com',
    'repo:<owner>/<repository>:environment:dev',
  ]);
  expect(JSON.stringify(trust)).not.toContain('*');
});

test('the role may become the bootstrap roles and read one parameter, nothing else', () => {
  expect(permissions.Statement.map(({ Action }) => Action)).toEqual(['sts:AssumeRole', 'ssm:GetParameter']);
  const resources = permissions.Statement.flatMap(({ Resource }) => Resource ?? []);
  expect(resources.filter((resource) => resource.includes('*') || !resource.includes('hnb659fds'))).toEqual(
    [],
  );
});
