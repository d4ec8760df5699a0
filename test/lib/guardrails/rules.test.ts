import { checkPolicies, policyRules } from '../../../lib/guardrails/rules';
import { statementsOf } from '../../../lib/iam/policy';
import { resourcesOf, templatesOf } from '../../support/assembly';
import {
  account,
  arn,
  here,
  identity,
  permission,
  resource,
  roleArn,
  rulesAgainst,
  table,
  topic,
  trust,
} from '../../support/policy-templates';
import { allVariants } from '../../support/variants';

test.each([
  [
    'every action of a service',
    'full-access',
    identity({ Action: 'ses:*', Resource: 'arn:aws:ses:us-east-1:1:identity/x' }),
  ],
  ['an action on all resources', 'any-resource', identity({ Action: 's3:GetObject', Resource: '*' })],
  [
    'an action on all keys',
    'any-resource',
    identity({ Action: 'kms:Decrypt', Resource: 'arn:aws:kms:*:1:key/*' }),
  ],
  ['passing any role to any service', 'pass-role', identity({ Action: 'iam:PassRole', Resource: roleArn })],
  ['passing by a wildcard', 'pass-role', identity({ Action: 'iam:P*Role', Resource: roleArn })],
  [
    'passing to every service but one',
    'pass-role',
    identity({
      Action: 'iam:PassRole',
      Resource: roleArn,
      Condition: { StringNotEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } },
    }),
  ],
  [
    'a service of another account to assume a role',
    'confused-deputy',
    trust({ Principal: { Service: 'scheduler.amazonaws.com' } }),
  ],
  [
    'one of two services of another account',
    'confused-deputy',
    trust({ Principal: { Service: ['lambda.amazonaws.com', 'scheduler.amazonaws.com'] } }),
  ],
  [
    'a service of every account of a pattern',
    'confused-deputy',
    trust({
      Principal: { Service: 'scheduler.amazonaws.com' },
      Condition: { StringLike: { 'aws:SourceAccount': '*' } },
    }),
  ],
  [
    'a service of every account in an ARN',
    'confused-deputy',
    trust({
      Principal: { Service: 'scheduler.amazonaws.com' },
      Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:scheduler:us-east-1:*:schedule/x' } },
    }),
  ],
  [
    'a service of every account but one',
    'confused-deputy',
    trust({
      Principal: { Service: 'scheduler.amazonaws.com' },
      Condition: { StringNotEquals: { 'aws:SourceAccount': '111122223333' } },
    }),
  ],
  [
    'a service that names no account at all',
    'confused-deputy',
    trust({
      Principal: { Service: 'scheduler.amazonaws.com' },
      Condition: { 'ForAllValues:StringEquals': { 'aws:SourceAccount': '111122223333' } },
    }),
  ],
  [
    'Lambda, which sends no source only when it assumes roles, to publish',
    'confused-deputy',
    topic({ Principal: { Service: 'lambda.amazonaws.com' } }),
  ],
  [
    'a service of another account to publish',
    'confused-deputy',
    topic({ Principal: { Service: 'cloudwatch.amazonaws.com' } }),
  ],
  [
    'a service of another account to call',
    'confused-deputy',
    permission({ Principal: 'events.amazonaws.com' }),
  ],
  [
    'any bucket of a name to call',
    'confused-deputy',
    permission({ Principal: 's3.amazonaws.com', SourceArn: 'arn:aws:s3:::bucket' }),
  ],
  ['anybody to assume a role', 'foreign-principal', trust({ Principal: { AWS: '*' } })],
  [
    'another account to assume a role',
    'foreign-principal',
    trust({ Principal: { AWS: ['arn:aws:iam::999999999999:role/x'] } }),
  ],
  ['anybody to read items', 'foreign-principal', table({ Principal: '*' })],
  ['anybody to publish', 'foreign-principal', topic({ Principal: '*' })],
  [
    'anybody from an address to publish',
    'foreign-principal',
    topic({ Principal: '*', Condition: { IpAddress: { 'aws:SourceIp': '192.0.2.1' } } }),
  ],
  [
    'anybody of no account to publish',
    'foreign-principal',
    topic({ Principal: '*', Condition: { StringEqualsIfExists: here.Condition.StringEquals } }),
  ],
  [
    'an identity of CloudFront to publish',
    'foreign-principal',
    topic({ Principal: { CanonicalUser: 'abcdef' } }),
  ],
  ['anybody to call', 'foreign-principal', permission({ Principal: '*' })],
  ['another account to call', 'foreign-principal', permission({ Principal: '999999999999' })],
  ['everything but what is listed', 'open-ended', topic({ NotPrincipal: { AWS: roleArn } })],
  ['a word that is no action', 'unknown-action', identity({ Action: 's3:GetObjects', Resource: arn })],
  ['words that begin no action', 'unknown-action', identity({ Action: 's3:Fetch*', Resource: arn })],
  ['an action of no service', 'unknown-action', identity({ Action: '../s3:GetObject', Resource: arn })],
  ['an action in the wrong case', 'unknown-action', identity({ Action: 'S3:getobject', Resource: arn })],
  [
    'something under a key that has no name',
    'unknown-condition-key',
    identity({
      Action: 's3:GetObject',
      Resource: arn,
      Condition: { StringEquals: { 's3:ExistingObjectTag/': 'x' } },
    }),
  ],
  [
    'something under a key that only one of its actions knows',
    'unknown-condition-key',
    identity({
      Action: ['s3:GetObject', 'kms:Decrypt'],
      Resource: [arn, 'arn:aws:kms:us-east-1:1:key/1'],
      Condition: { StringEquals: { 'kms:ViaService': 's3.us-east-1.amazonaws.com' } },
    }),
  ],
  [
    'an action on objects for a bucket',
    'mismatched-resource',
    identity({ Action: 's3:PutObject', Resource: { 'Fn::GetAtt': ['Bucket', 'Arn'] } }),
  ],
  [
    'one action on what another one knows',
    'mismatched-resource',
    identity({ Action: ['s3:GetObject', 's3:ListBucket'], Resource: arn }),
  ],
  ['a function with an open address', 'public-function-url', resource('AWS::Lambda::Url', {})],
  [
    'a bucket that blocks half',
    'public-bucket',
    resource('AWS::S3::Bucket', { PublicAccessBlockConfiguration: { BlockPublicAcls: true } }),
  ],
])('a template that allows %s is refused', (_, rule, [templates]) => {
  const { stack } = structuredClone(templates) as unknown as { stack: { Resources: Record<string, object> } };
  // What a few of the policies refer to.
  if (JSON.stringify(stack).includes('"Fn::GetAtt":["Bucket"')) stack.Resources.Bucket = closedBucket;
  expect(rulesAgainst({ stack })).toEqual([rule]);
});

const closedBucket = {
  Type: 'AWS::S3::Bucket',
  Properties: {
    PublicAccessBlockConfiguration: {
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    },
  },
};

test.each([
  ['one action on one prefix', identity({ Action: 's3:GetObject', Resource: arn })],
  ['tracing, which has no resources', identity({ Action: 'xray:PutTraceSegments', Resource: '*' })],
  [
    'a service of this account to assume a role',
    trust({ Principal: { Service: 'scheduler.amazonaws.com' }, ...here }),
  ],
  [
    'a service of one resource to assume a role',
    trust({
      Principal: { Service: 'scheduler.amazonaws.com' },
      Condition: {
        ArnEquals: {
          // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation fills it in
          'AWS:sourcearn': { 'Fn::Sub': 'arn:aws:scheduler:us-east-1:${AWS::AccountId}:schedule/*' },
        },
      },
    }),
  ],
  [
    'Lambda, which sends no source, to assume a role',
    trust({ Principal: { Service: 'lambda.amazonaws.com' } }),
  ],
  [
    'this account to assume a role',
    trust({ Principal: { AWS: { 'Fn::Join': ['', ['arn:aws:iam::', account, ':root']] } } }),
  ],
  [
    'API Gateway to call for one API',
    permission({
      Principal: 'apigateway.amazonaws.com',
      SourceArn: 'arn:aws:execute-api:us-east-1:111122223333:api/*',
    }),
  ],
  ['everybody of an organization to call', permission({ Principal: '*', PrincipalOrgID: 'o-example' })],
  [
    'a bucket of this account to call',
    permission({ Principal: 's3.amazonaws.com', SourceArn: 'arn:aws:s3:::bucket', SourceAccount: account }),
  ],
  [
    'a service of this account to publish',
    topic({ Principal: { Service: 'cloudwatch.amazonaws.com' }, ...here }),
  ],
  [
    'everybody of this account to publish',
    topic({ Principal: '*', Condition: { StringEquals: { 'aws:PrincipalAccount': account } } }),
  ],
  ['a Deny for everybody', topic({ Effect: 'Deny', Principal: '*' })],
  [
    'a bucket and its objects together',
    identity({ Action: ['s3:GetObject', 's3:ListBucket'], Resource: ['arn:aws:s3:::bucket', arn] }),
  ],
  [
    'objects of whoever calls',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: IAM fills it in
    identity({ Action: 's3:GetObject', Resource: 'arn:aws:s3:::bucket/${aws:PrincipalTag/user}/*' }),
  ],
  [
    'a parameterised key',
    identity({
      Action: 's3:GetObject',
      Resource: arn,
      Condition: { StringEquals: { 's3:ExistingObjectTag/state': 'clean' } },
    }),
  ],
  [
    'a tag of the caller',
    identity({
      Action: 's3:GetObject',
      Resource: arn,
      Condition: { StringEquals: { 'aws:PrincipalTag/team': 'x' } },
    }),
  ],
  [
    'one branch of one repository to assume a role',
    trust({
      Action: 'sts:AssumeRoleWithWebIdentity',
      Principal: { Federated: 'arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com' },
      Condition: {
        StringEquals: {
          'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
          'token.actions.githubusercontent.com:sub': 'repo:owner/name:environment:prod',
        },
      },
    }),
  ],
  ['a function with an address for IAM', resource('AWS::Lambda::Url', { AuthType: 'AWS_IAM' })],
])('a template that allows %s is fine', (_, [templates]) => {
  expect(rulesAgainst(templates)).toEqual([]);
});

test('the account of the deployment may be spelled out', () => {
  const [templates] = topic({ Principal: { AWS: 'arn:aws:iam::111122223333:root' } });
  expect(rulesAgainst(templates)).toEqual(['foreign-principal']);
  expect(rulesAgainst(templates, '111122223333')).toEqual([]);
});

test.each([
  [{ 'sts.example.com:sub': 'x' }, ['any audience']],
  [{ 'sts.example.com:aud': 'x' }, ['any subject']],
  [{ 'sts.example.com:aud': 'x', 'sts.example.com:sub': 'repo:*' }, ['any subject']],
  [{ 'sts.example.com:aud': 'x', 'sts.example.com:sub': 'repo:owner/name:*' }, []],
])('a token that has to have %j is refused for %j', (StringLike, reasons) => {
  const [templates] = trust({
    Action: 'sts:AssumeRoleWithWebIdentity',
    Principal: { Federated: 'arn:aws:iam::1:oidc-provider/sts.example.com' },
    Condition: { StringLike },
  });
  const found = checkPolicies(templates as never);
  expect(found.map(({ rule }) => rule)).toEqual(reasons.map(() => 'federated-trust'));
  expect(reasons.every((reason) => found.some(({ description }) => description.includes(reason)))).toBe(true);
});

test('every policy of the templates is looked at: none is of a type that has no rules', () => {
  const isStatement = (value: object) => 'Effect' in value && ('Action' in value || 'NotAction' in value);
  const count = (value: unknown): number => {
    if (typeof value !== 'object' || value === null) return 0;
    return (isStatement(value) ? 1 : 0) + Object.values(value).reduce((sum, entry) => sum + count(entry), 0);
  };
  for (const { name } of allVariants()) {
    for (const { Resources } of Object.values(templatesOf(name))) {
      for (const [id, resource] of Object.entries(Resources)) {
        expect({ name, id, statements: [...statementsOf(resource)].length }).toEqual({
          name,
          id,
          statements: count(resource),
        });
      }
    }
  }
});

test('the rules do see the policies of this system: widened ones are found, each', () => {
  const templates = structuredClone(templatesOf('prod-platform'));
  const policies = resourcesOf(templates['landfall-prod-api'] as never, 'AWS::IAM::Policy');
  expect(policies.length).toBeGreaterThan(0);
  for (const [, { Properties }] of policies) Properties.PolicyDocument.Statement[0].Resource = '*';
  expect(checkPolicies(templates)).toHaveLength(policies.length);
});

test('every rule says what it refuses', () => {
  expect(policyRules.filter(({ refuses }) => refuses.split(' ').length < 4)).toEqual([]);
});
