import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  all,
  emptyBundles,
  environmentWith,
  freshStacks,
  statefulStacks,
  templateOf,
} from '../../support/stateful-stacks';

const template = (name = 'dev') => templateOf(statefulStacks(environmentWith(name)).database);
const version = (assetsDirectory: string) =>
  all(
    templateOf(freshStacks(environmentWith('dev'), 'rds', { assetsDirectory }).database),
    'Custom::Trigger',
  )[0]?.HandlerArn.Ref;

test('run after the instance and the rules that let them in', () => {
  const [trigger] = Object.values(template().findResources('Custom::Trigger'));
  const dependencies: string[] = trigger?.DependsOn;
  expect(dependencies).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^DatabaseInstance[0-9A-F]{8}$/),
      expect.stringMatching(/^DatabaseSecurityGroupfrom.*Migrations/),
      expect.stringMatching(/^MigrationsFunctionSecurityGroupto/),
    ]),
  );
});

test('run again when their code or SQL changes, and only then', () => {
  const before = emptyBundles();
  const after = emptyBundles();
  expect(version(after)).toBe(version(before));
  mkdirSync(join(after, 'migrations', 'sql'));
  writeFileSync(join(after, 'migrations', 'sql', '000002-more.sql'), 'select 1;');
  expect(version(after)).not.toBe(version(before));
});

test('are awaited, so that a failed migration fails the deployment', () => {
  template().hasResourceProperties('Custom::Trigger', { InvocationType: 'RequestResponse' });
});

test('read the owner secret and no other', () => {
  const statements = all(template(), 'AWS::IAM::Policy')
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    .filter(({ Action }) => JSON.stringify(Action).includes('secretsmanager:'));
  expect(statements).toHaveLength(1);
  expect(statements[0].Resource).toEqual({
    'Fn::GetAtt': [expect.stringMatching('^DatabaseInstance'), 'MasterUserSecret.SecretArn'],
  });
});

test('sign in as the owner by token as well, to the instance and not to the proxy', () => {
  const statements = all(template('staging'), 'AWS::IAM::Policy')
    .filter(({ PolicyName }) => PolicyName.startsWith('MigrationsFunction'))
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    .filter(({ Action }) => Action === 'rds-db:connect');
  expect(statements).toHaveLength(1);
  const resource = JSON.stringify(statements[0].Resource);
  expect(resource).toContain('DbiResourceId');
  expect(resource).toMatch(/\/landfall"/);
});

test('decrypt the secret with our own key only through Secrets Manager', () => {
  const statement = all(template('prod'), 'AWS::IAM::Policy')
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    .find(({ Action }) => Action === 'kms:Decrypt');
  expect(statement?.Condition).toEqual({
    StringEquals: { 'kms:ViaService': 'secretsmanager.us-east-1.amazonaws.com' },
  });
});

test('end before the trigger stops listening', () => {
  const built = template();
  const timeout = Number(all(built, 'Custom::Trigger')[0]?.Timeout) / 1000;
  const [handler] = all(built, 'AWS::Lambda::Function').filter(({ Description }) =>
    Description?.includes('migrations'),
  );
  expect(handler?.Timeout).toBeLessThan(timeout);
  expect(timeout).toBeLessThan(900);
});

test('run in two zones, so that the loss of one does not stop a deployment', () => {
  const [handler] = all(template(), 'AWS::Lambda::Function').filter(({ Description }) =>
    Description?.includes('migrations'),
  );
  expect(handler?.VpcConfig.SubnetIds).toHaveLength(2);
});
