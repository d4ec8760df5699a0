/**
 * Each rule against a change of the real templates that somebody could make in a hurry: it is found, and by that rule
 * alone. What the templates have now is fine, so a rule cannot be right by objecting to everything.
 */
import { checkTemplates, ruleIds } from '../../../lib/guardrails/rules';
import { type Resource, type Template, templatesOf } from '../../support/assembly';
import { allVariants } from '../../support/variants';

const retain = { removal: 'retain' } as const;

test.each(allVariants())('no rule objects to $name', ({ name, environment }) => {
  // Who deploys has to be able to do what nobody else may: what is accepted there is for the test of the audit.
  const templates = Object.entries(templatesOf(name)).filter(([stack]) => !stack.endsWith('-deployment'));
  expect(checkTemplates(Object.fromEntries(templates), environment)).toEqual([]);
});

// biome-ignore lint/suspicious/noExplicitAny: templates are JSON, and a mutation may touch everything in them
type Properties = any;
type Templates = Record<string, Template>;

const stackOf = (templates: Templates, stack: string): Template =>
  templates[`landfall-prod-${stack}`] as Template;

/** Properties of the resource of a type whose logical id begins so. */
function resource(templates: Templates, stack: string, type: string, id = ''): Properties {
  const found = Object.entries(stackOf(templates, stack).Resources).find(
    ([logicalId, { Type }]) => Type === type && logicalId.startsWith(id),
  );
  if (!found) throw new Error(`No ${type} ${id}… in ${stack}`);
  return found[1].Properties;
}

const add = (templates: Templates, stack: string, id: string, added: Resource) => {
  (stackOf(templates, stack).Resources as Record<string, Resource>)[id] = added;
};

/** Statements of the documents function of the API. */
const documents = (templates: Templates): Properties[] =>
  resource(templates, 'api', 'AWS::IAM::Policy', 'documentsFunctionRole').PolicyDocument.Statement;
const allow = (templates: Templates, statement: object) =>
  documents(templates).push({ Effect: 'Allow', ...statement });
/** The statement about an action. */
const about = (statements: Properties[], action: string): Properties => {
  const found = statements.find(({ Action }) => [Action].flat().includes(action));
  if (!found) throw new Error(`Nothing is said of ${action}`);
  return found;
};
const trustOf = (templates: Templates, stack: string, id: string): Properties =>
  resource(templates, stack, 'AWS::IAM::Role', id).AssumeRolePolicyDocument.Statement[0];
const variables = (templates: Templates): Properties =>
  resource(templates, 'api', 'AWS::Lambda::Function', 'documentsFunction').Environment.Variables;
const bucketPolicy = (templates: Templates, bucket = 'Documents'): Properties[] =>
  resource(templates, 'storage', 'AWS::S3::BucketPolicy', bucket).PolicyDocument.Statement;

const role = 'arn:aws:iam::111122223333:role/landfall';
const table = 'arn:aws:dynamodb:us-east-1:111122223333:table/links';
const pass = (service: string) => ({
  Action: 'iam:PassRole',
  Resource: role,
  Condition: { StringEquals: { 'iam:PassedToService': service } },
});

const mutations: [rule: string, change: string, mutate: (templates: Templates) => void][] = [
  [
    'removal-policy',
    'a bucket goes with its stack',
    (t) => {
      const buckets = Object.values(stackOf(t, 'storage').Resources).filter(
        ({ Type }) => Type === 'AWS::S3::Bucket',
      );
      Object.assign(buckets[0] as object, { DeletionPolicy: 'Delete' });
    },
  ],
  [
    'reference-strength',
    'a stack refers weakly to a bucket',
    (t) => {
      const { Outputs = {} } = stackOf(t, 'storage');
      const [OutputName] = Object.entries(Outputs).find(
        ([, { Export, Value }]) => Export && JSON.stringify(Value).includes('Documents'),
      ) as [string, unknown];
      variables(t).ANOTHER_BUCKET = {
        'Fn::GetStackOutput': { StackName: 'landfall-prod-storage', OutputName },
      };
    },
  ],

  [
    'unknown-action',
    'an action is misspelled',
    (t) => allow(t, { Action: 's3:GetObjects', Resource: 'arn:aws:s3:::b/*' }),
  ],
  [
    'unknown-action',
    'a service is misspelled',
    (t) => allow(t, { Action: 'dynamo:GetItem', Resource: table }),
  ],
  ['unknown-action', 'no action begins so', (t) => allow(t, { Action: 'dynamodb:Fetch*', Resource: table })],
  [
    'unknown-action',
    'an action is spelled in lower case',
    (t) => allow(t, { Action: 'dynamodb:getItem', Resource: table }),
  ],
  [
    'unknown-action',
    'a Deny is misspelled, and forbids nothing',
    (t) => {
      bucketPolicy(t).push({
        Effect: 'Deny',
        Principal: { AWS: '*' },
        Action: 's3:DeleteObjekt',
        Resource: 'arn:aws:s3:::b/*',
      });
    },
  ],

  [
    'unknown-condition-key',
    'a key is misspelled',
    (t) => {
      about(documents(t), 'kms:Decrypt').Condition = {
        StringEquals: { 'kms:ViaServices': 's3.us-east-1.amazonaws.com' },
      };
    },
  ],
  [
    'unknown-condition-key',
    'a global key is misspelled in a Deny',
    (t) => {
      const deny = bucketPolicy(t).find(({ Effect, Condition }) => Effect === 'Deny' && Condition.Bool);
      deny.Condition = { Bool: { 'aws:SecureTransports': 'false' } };
    },
  ],
  [
    'unknown-condition-key',
    'a key belongs to another action',
    (t) =>
      allow(t, {
        Action: 'dynamodb:GetItem',
        Resource: table,
        Condition: { StringEquals: { 's3:prefix': 'users/' } },
      }),
  ],

  [
    'mismatched-resource',
    'an action on objects names the bucket',
    (t) => allow(t, { Action: 's3:GetObject', Resource: 'arn:aws:s3:::landfall-documents' }),
  ],
  [
    'mismatched-resource',
    'an action on the bucket names objects',
    (t) => allow(t, { Action: 's3:ListBucket', Resource: 'arn:aws:s3:::landfall-documents/users/*' }),
  ],
  [
    'mismatched-resource',
    'an ARN is of another service',
    (t) => {
      const statement = documents(t).find(({ Action }) => JSON.stringify(Action).includes('s3:'));
      statement.Resource = [statement.Resource, table].flat();
    },
  ],

  [
    'full-access',
    'everything of a service',
    (t) =>
      allow(t, { Action: 'dynamodb:*', Resource: table }) &&
      allow(t, { Effect: 'Deny', Action: 'dynamodb:PutResourcePolicy', Resource: '*' }),
  ],

  [
    'any-resource',
    'a statement is about all resources',
    (t) => {
      documents(t)[0].Resource = '*';
    },
  ],
  [
    'any-resource',
    'a statement is about all tables',
    (t) =>
      allow(t, { Action: 'dynamodb:GetItem', Resource: 'arn:aws:dynamodb:us-east-1:111122223333:table/*' }),
  ],
  [
    'any-resource',
    'a statement is about all buckets',
    (t) => allow(t, { Action: 's3:GetObject', Resource: 'arn:aws:s3:::*' }),
  ],

  [
    'open-ended',
    'all resources but one',
    (t) => allow(t, { Action: 'dynamodb:GetItem', NotResource: table }),
  ],
  [
    'open-ended',
    'all actions but some',
    (t) => {
      allow(t, { NotAction: ['iam:*', 'sts:*'], Resource: table });
      allow(t, { Effect: 'Deny', NotAction: 'dynamodb:GetItem', Resource: '*' });
    },
  ],
  [
    'open-ended',
    'everybody but one',
    (t) => {
      bucketPolicy(t).push({
        Effect: 'Allow',
        NotPrincipal: { AWS: role },
        Action: 's3:GetObject',
        Resource: 'arn:aws:s3:::b/*',
      });
    },
  ],

  [
    'pass-role',
    'a role is passed to any service',
    (t) => allow(t, { Action: 'iam:PassRole', Resource: role }),
  ],
  ['pass-role', 'the service is a wildcard', (t) => allow(t, pass('*.amazonaws.com'))],
  [
    'pass-role',
    'the service may be absent',
    (t) =>
      allow(t, {
        ...pass(''),
        Condition: { StringEqualsIfExists: { 'iam:PassedToService': 'lambda.amazonaws.com' } },
      }),
  ],
  ['pass-role', 'a wildcard includes it', (t) => allow(t, { Action: 'iam:Pass*', Resource: role })],

  [
    'escalation',
    'a function may change its own policy',
    (t) => allow(t, { Action: 'iam:PutRolePolicy', Resource: role }),
  ],
  [
    'escalation',
    'a function may hand a role to a function of its own',
    (t) => {
      allow(t, pass('lambda.amazonaws.com'));
      allow(t, { Action: 'lambda:Create*', Resource: 'arn:aws:lambda:us-east-1:111122223333:function:mine' });
    },
  ],
  [
    'escalation',
    'who checks links may make them',
    (t) => {
      const [, policy] = Object.entries(stackOf(t, 'auth').Resources).find(
        ([, { Type, Properties }]) =>
          Type === 'AWS::IAM::Policy' && JSON.stringify(Properties).includes('kms:VerifyMac'),
      ) as [string, Properties];
      about(policy.Properties.PolicyDocument.Statement, 'kms:VerifyMac').Action = [
        'kms:VerifyMac',
        'kms:GenerateMac',
      ];
    },
  ],
  [
    'escalation',
    'a function may set passwords',
    (t) =>
      allow(t, {
        Action: 'cognito-idp:AdminSetUserPassword',
        Resource: 'arn:aws:cognito-idp:us-east-1:111122223333:userpool/x',
      }),
  ],

  [
    'confused-deputy',
    'monitoring may come from any account',
    (t) => {
      delete trustOf(t, 'database', 'DatabaseInstanceMonitoringRole').Condition;
    },
  ],
  [
    'confused-deputy',
    'a scheduler may come from any account',
    (t) => {
      delete resource(t, 'jobs', 'AWS::IAM::Role', 'FilesSweepRole').AssumeRolePolicyDocument.Statement[0]
        .Condition;
    },
  ],
  [
    'confused-deputy',
    'the account may be absent',
    (t) => {
      const trust = trustOf(t, 'database', 'DatabaseInstanceMonitoringRole');
      trust.Condition = { StringEqualsIfExists: trust.Condition.StringEquals };
    },
  ],
  [
    'confused-deputy',
    'the source is a bucket, whose ARN has no account',
    (t) => {
      const trust = trustOf(t, 'database', 'DatabaseInstanceMonitoringRole');
      trust.Condition = { ArnLike: { 'aws:SourceArn': 'arn:aws:s3:::landfall-documents' } };
    },
  ],
  [
    'confused-deputy',
    'CloudWatch may publish for any account',
    (t) => {
      const { Statement } = resource(t, 'monitoring', 'AWS::SNS::TopicPolicy').PolicyDocument;
      delete about(
        Statement.filter(({ Effect }: Properties) => Effect === 'Allow'),
        'sns:Publish',
      ).Condition;
    },
  ],
  [
    'confused-deputy',
    'any API may call a function',
    (t) => {
      delete resource(t, 'api', 'AWS::Lambda::Permission').SourceArn;
    },
  ],

  [
    'foreign-principal',
    'a bucket is open to another account',
    (t) => {
      const statement = bucketPolicy(t, 'AccessLogs').find(({ Effect }) => Effect === 'Allow');
      statement.Principal = { AWS: 'arn:aws:iam::999999999999:root' };
    },
  ],
  [
    'foreign-principal',
    'a bucket is open to everybody',
    (t) => {
      const statement = bucketPolicy(t, 'AccessLogs').find(({ Effect }) => Effect === 'Allow');
      statement.Principal = '*';
      delete statement.Condition;
    },
  ],
  [
    'foreign-principal',
    'a topic is open to every account of a pattern',
    (t) => {
      const { Statement } = resource(t, 'monitoring', 'AWS::SNS::TopicPolicy').PolicyDocument;
      const statement = about(
        Statement.filter(({ Effect }: Properties) => Effect === 'Allow'),
        'sns:Publish',
      );
      statement.Principal = { AWS: '*' };
      statement.Condition = { StringLike: { 'aws:SourceAccount': '1111*' } };
    },
  ],
  [
    'foreign-principal',
    'another account may assume a role',
    (t) => {
      const trust = trustOf(t, 'database', 'DatabaseInstanceMonitoringRole');
      trust.Principal = { AWS: '999999999999' };
    },
  ],
  [
    'foreign-principal',
    'anybody may call a function',
    (t) => {
      resource(t, 'api', 'AWS::Lambda::Permission').Principal = '*';
    },
  ],

  [
    'federated-trust',
    'any repository of GitHub may assume a role',
    (t) => {
      const trust = trustOf(t, 'database', 'DatabaseInstanceMonitoringRole');
      trust.Action = 'sts:AssumeRoleWithWebIdentity';
      trust.Principal = {
        Federated: {
          'Fn::Join': [
            '',
            [
              'arn:aws:iam::',
              { Ref: 'AWS::AccountId' },
              ':oidc-provider/token.actions.githubusercontent.com',
            ],
          ],
        },
      };
      trust.Condition = { StringEquals: { 'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com' } };
    },
  ],

  [
    'plain-secret',
    'a variable is a secret’s value',
    (t) => {
      variables(t).DATABASE = '{{resolve:secretsmanager:landfall/database-url:SecretString}}';
    },
  ],
  [
    'plain-secret',
    'a variable has a password',
    (t) => {
      variables(t).DATABASE_PASSWORD = 'swordfish';
    },
  ],
  [
    'plain-secret',
    'a variable has an access key',
    (t) => {
      variables(t).NOTE = 'AKIAIOSFODNN7EXAMPLE';
    },
  ],
  [
    'plain-secret',
    'a variable is random',
    (t) => {
      variables(t).PEPPER = 'wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY';
    },
  ],
  [
    'plain-secret',
    'an address has a password',
    (t) => {
      variables(t).DATABASE_URL = 'postgres://app:swordfish@db.example.com/landfall';
    },
  ],
  [
    'plain-secret',
    'an output is a secret’s value',
    (t) => {
      Object.assign(stackOf(t, 'database').Outputs as object, {
        Password: { Value: '{{resolve:secretsmanager:landfall/database-url}}' },
      });
    },
  ],
  [
    'plain-secret',
    'user data has a private key',
    (t) => {
      const relay = resource(t, 'database', 'AWS::EC2::Instance', 'Relay');
      relay.UserData = { 'Fn::Base64': '#!/bin/sh\necho "-----BEGIN RSA PRIVATE KEY-----" > key' };
    },
  ],
  [
    'plain-secret',
    'a parameter has a token',
    (t) =>
      add(t, 'api', 'Parameter', {
        Type: 'AWS::SSM::Parameter',
        Properties: { Type: 'String', Name: '/landfall/api-token', Value: 'let-me-in' },
      }),
  ],
  [
    'plain-secret',
    'metadata has a key',
    (t) => {
      Object.assign(Object.values(stackOf(t, 'api').Resources)[0] as object, {
        Metadata: { apiKey: 'let-me-in' },
      });
    },
  ],

  [
    'public-bucket',
    'a bucket blocks nothing',
    (t) => {
      delete resource(t, 'storage', 'AWS::S3::Bucket', 'Documents').PublicAccessBlockConfiguration;
    },
  ],
  [
    'public-bucket',
    'a bucket becomes a website',
    (t) => {
      resource(t, 'storage', 'AWS::S3::Bucket', 'Public').WebsiteConfiguration = {
        IndexDocument: 'index.html',
      };
    },
  ],
  [
    'public-function-url',
    'a function gets an open address',
    (t) =>
      add(t, 'api', 'Url', {
        Type: 'AWS::Lambda::Url',
        Properties: { AuthType: 'NONE', TargetFunctionArn: { Ref: 'documentsFunction' } },
      }),
  ],

  [
    'policy-size',
    'a role names a thousand objects',
    (t) =>
      allow(t, {
        Action: 's3:GetObject',
        Resource: Array.from({ length: 1000 }, (_, index) => `arn:aws:s3:::landfall/${index}`),
      }),
  ],
  [
    'policy-size',
    'a managed policy outgrows its limit',
    (t) => {
      const { Statement } = resource(t, 'api', 'AWS::IAM::ManagedPolicy').PolicyDocument;
      Statement.push({
        Effect: 'Allow',
        Action: 's3:GetObject',
        Resource: Array.from({ length: 250 }, (_, index) => `arn:aws:s3:::landfall/${index}`),
      });
    },
  ],
  [
    'duplicate-statement',
    'a statement is there twice, by another name',
    (t) => {
      const [first] = documents(t);
      const { Effect, Sid, ...rest } = first;
      allow(t, { Sid: 'Again', ...rest });
    },
  ],
];

test.each(mutations)('%s: %s', (rule, _, mutate) => {
  const templates = structuredClone(templatesOf('prod-platform'));
  mutate(templates);
  const found = checkTemplates(templates, retain);
  expect({ rules: [...new Set(found.map((finding) => finding.rule))], found }).toEqual({
    rules: [rule],
    found,
  });
});

test('every rule has a change that it finds', () => {
  expect(new Set(mutations.map(([rule]) => rule))).toEqual(new Set(ruleIds));
});
