import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { platform } from '../../lib/config/blueprints/platform';
import { environments } from '../../lib/config/environments';
import { validate } from '../../lib/config/load';
import type { EnvironmentConfig } from '../../lib/config/schema';
import { outputs } from '../../lib/outputs';
import packageJson from '../../package.json';

const page = readFileSync(join(__dirname, '../../docs/deploying.md'), 'utf8');
const blocks = (language: string) =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\n\`\`\``, 'gs'))].map(([, text]) => text ?? '');

test('every npm script the page names exists', () => {
  const named = [...page.matchAll(/npm run ([\w-]+)/g)].map(([, name]) => name as string);
  expect(named.length).toBeGreaterThan(3);
  expect(named.filter((name) => !(name in packageJson.scripts))).toEqual([]);
});

const configured = blocks('ts').map((text) => text.trim());
const commands = blocks('sh').flatMap((text) => text.split('\n'));

test('what the page writes into an environment is accepted there', () => {
  const filled = configured.map((text) =>
    text.replaceAll('<account>', '123456789012').replaceAll('<name>', 'limits').replace(/,$/, ''),
  );
  const { prod } = environments as Record<string, EnvironmentConfig>;
  for (const line of filled) {
    const [, key, value] = /^(\w+): (.*)$/s.exec(line) as unknown as [string, string, string];
    const parsed: unknown = JSON.parse(value.replaceAll("'", '"').replaceAll(/(\w+): "/g, '"$1": "'));
    expect(() => validate({ ...prod, [key]: parsed } as EnvironmentConfig, platform)).not.toThrow();
  }
  expect(filled.map((line) => line.split(':')[0])).toEqual(['github', 'permissionsBoundaryArn']);
});

test('the administrator bootstraps, deploys one stack, and bootstraps with its policies, in this order', () => {
  expect(
    commands
      .filter((line) => line.startsWith('npx cdk'))
      .map((line) => line.split(' ').slice(2, 4).join(' ')),
  ).toEqual([
    'bootstrap aws://<account>/<region>',
    'deploy landfall-prod-deployment',
    'bootstrap aws://<account>/<region>',
  ]);
  expect(page).toContain(outputs.deployRoleArn);
  expect(page).toContain(`--cloudformation-execution-policies <${outputs.executionPolicyArns}>`);
});

test('the workflow takes the role from the variable that the page names', () => {
  const workflow = readFileSync(join(__dirname, '../../.github/workflows/deploy.yml'), 'utf8');
  expect(workflow).toContain('vars.AWS_DEPLOY_ROLE_ARN');
  expect(page).toContain('`AWS_DEPLOY_ROLE_ARN`');
});
