import { CfnCondition, CfnMapping, CfnOutput, Fn, Stack } from 'aws-cdk-lib';
import { CfnAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnRole } from 'aws-cdk-lib/aws-iam';
import { readAssembly, type Template } from '../../../scripts/local/assembly';
import { deploy } from '../../../scripts/local/deployment';
import { localAccountId, referencedIds, resolve, type Scope } from '../../../scripts/local/intrinsics';
import { nothingDeclared } from '../../../scripts/local/system';
import { removeTemporaryDirectories, synthesizeApp } from './deployed-app';

afterAll(removeTemporaryDirectories);

function scope(template: Template = {}): Scope {
  return {
    stackName: 'example',
    region: 'eu-west-1',
    template,
    reference: (id) => `ref-of-${id}`,
    attribute: (id, name) => `${name}-of-${id}`,
    exportedValue: (name) => `export-${name}`,
    stackOutput: (stack, output) => `${output}-of-${stack}`,
  };
}

describe('resolve', () => {
  test.each([
    [{ Ref: 'Bucket' }, 'ref-of-Bucket'],
    [{ 'Fn::GetAtt': ['Db', 'Endpoint.Address'] }, 'Endpoint.Address-of-Db'],
    [{ 'Fn::GetAtt': 'Db.Endpoint.Port' }, 'Endpoint.Port-of-Db'],
    [{ 'Fn::Join': ['-', ['a', { Ref: 'B' }, 3]] }, 'a-ref-of-B-3'],
    [
      // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's notation
      { 'Fn::Sub': 'x-${Bucket}-${Db.Arn}-${!Literal}-${AWS::AccountId}' },
      `x-ref-of-Bucket-Arn-of-Db-\${Literal}-${localAccountId}`,
    ],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's notation
    [{ 'Fn::Sub': ['${Word} ${Other}', { Word: { Ref: 'A' } }] }, 'ref-of-A ref-of-Other'],
    [{ 'Fn::Select': [1, { 'Fn::Split': [':', 'a:b:c'] }] }, 'b'],
    [{ 'Fn::Select': ['0', { 'Fn::GetAZs': '' }] }, 'eu-west-1a'],
    [{ 'Fn::ImportValue': { 'Fn::Join': [':', ['a', 'b']] } }, 'export-a:b'],
    [
      { 'Fn::GetStackOutput': { StackName: 'other', OutputName: 'Name', Region: 'us-east-1' } },
      'Name-of-other',
    ],
    [{ 'Fn::Base64': 'hello' }, 'aGVsbG8='],
    [{ Ref: 'AWS::Region' }, 'eu-west-1'],
    [{ Ref: 'AWS::Partition' }, 'aws'],
    [{ Ref: 'AWS::URLSuffix' }, 'amazonaws.com'],
    [{ Ref: 'AWS::StackName' }, 'example'],
  ])('%j is %j', (value, expected) => {
    expect(resolve(value, scope())).toBe(expected);
  });

  test('removes properties and list items whose value is AWS::NoValue', () => {
    const value = { Kept: 1, Gone: { Ref: 'AWS::NoValue' }, List: ['a', { Ref: 'AWS::NoValue' }] };
    expect(resolve(value, scope())).toEqual({ Kept: 1, List: ['a'] });
  });

  test('leaves a Condition of an IAM statement alone', () => {
    const statement = { Condition: { Bool: { 'aws:SecureTransport': 'false' } } };
    expect(resolve(statement, scope())).toEqual(statement);
  });

  test('follows conditions, and or not included', () => {
    const template = {
      Conditions: {
        Yes: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'eu-west-1'] },
        No: { 'Fn::Not': [{ Condition: 'Yes' }] },
        Both: {
          'Fn::And': [{ Condition: 'Yes' }, { 'Fn::Or': [{ Condition: 'No' }, { Condition: 'Yes' }] }],
        },
      },
    };
    expect(resolve({ 'Fn::If': ['Both', 'a', 'b'] }, scope(template))).toBe('a');
    expect(resolve({ 'Fn::If': ['No', 'a', 'b'] }, scope(template))).toBe('b');
    expect(() => resolve({ 'Fn::If': ['Absent', 'a', 'b'] }, scope(template))).toThrow('condition Absent');
  });

  test('takes a parameter by its default, and refuses one without', () => {
    const template = { Parameters: { Known: { Type: 'String', Default: 'v' }, Unknown: { Type: 'String' } } };
    expect(resolve({ Ref: 'Known' }, scope(template))).toBe('v');
    expect(() => resolve({ Ref: 'Unknown' }, scope(template))).toThrow('parameter Unknown has no default');
  });

  test('an unknown intrinsic function is an error that names it', () => {
    expect(() => resolve({ a: [{ 'Fn::Cidr': ['10.0.0.0/16', 2] }] }, scope())).toThrow(
      'example: intrinsic function Fn::Cidr is not supported',
    );
  });

  test('a lookup that finds nothing is an error, never an undefined value', () => {
    expect(() => resolve({ 'Fn::FindInMap': ['M', 'a', 'b'] }, scope())).toThrow('M.a.b');
    expect(() => resolve({ 'Fn::Select': [5, ['a']] }, scope())).toThrow('Fn::Select 5');
  });
});

test('referencedIds finds references in every notation', () => {
  const value = {
    a: { Ref: 'A' },
    // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's notation
    b: [{ 'Fn::GetAtt': ['B', 'Arn'] }, { 'Fn::Sub': '${C}-${D.Arn}-${!E}' }],
  };
  expect([...referencedIds(value)].sort()).toEqual(['A', 'B', 'C', 'D']);
});

test('values travel between the stacks of a CDK app, strong and weak, through maps and conditions', async () => {
  const assembly = synthesizeApp((app) => {
    const first = new Stack(app, 'first', { env: { region: 'us-east-1' } });
    const role = new CfnRole(first, 'Role', { assumeRolePolicyDocument: {}, roleName: 'worker' });
    new CfnOutput(first, 'Exported', { value: role.attrArn, exportName: 'role-arn' });
    const map = new CfnMapping(first, 'Map', { mapping: { aws: { word: 'mapped' } } });
    const never = new CfnCondition(first, 'Never', { expression: Fn.conditionEquals('a', 'b') });
    const absent = new CfnAlarm(first, 'Absent', { comparisonOperator: 'x', evaluationPeriods: 1 });
    absent.cfnOptions.condition = never;
    new CfnOutput(first, 'Mapped', { value: map.findInMap(Fn.ref('AWS::Partition'), 'word') });
    new CfnOutput(first, 'Hidden', { value: 'x', condition: never });
    const second = new Stack(app, 'second', { env: { region: 'us-east-1' } });
    new CfnOutput(second, 'Weak', { value: `${role.attrArn}!` });
    new CfnOutput(second, 'Strong', { value: Fn.importValue('role-arn') });
  });
  const { outputs, resources } = await deploy(
    readAssembly(assembly),
    {
      handlers: {
        'AWS::IAM::Role': {
          properties: { RoleName: 'x', AssumeRolePolicyDocument: 'x' },
          create: () => ({ ref: 'worker', attributes: { Arn: 'arn:worker' } }),
        },
      },
      withoutLocalMeaning: { 'AWS::CloudWatch::Alarm': 'Reason.' },
    },
    { declared: nothingDeclared() } as never,
  );
  expect(outputs).toMatchObject({
    first: { Exported: 'arn:worker', Mapped: 'mapped' },
    second: { Weak: 'arn:worker!', Strong: 'arn:worker' },
  });
  expect(outputs.first).not.toHaveProperty('Hidden');
  expect(resources.map(({ logicalId }) => logicalId)).toEqual(['Role']);
});
