import { checkPolicies } from '../../../lib/guardrails/policies';
import { resourcesOf, templatesOf } from '../../support/assembly';
import { allVariants } from '../../support/variants';

test.each(allVariants())('no policy in $name allows more than it names', ({ name }) => {
  expect(checkPolicies(templatesOf(name))).toEqual([]);
});

const identity = (statement: object) => [
  {
    stack: {
      Resources: {
        Policy: {
          Type: 'AWS::IAM::Policy',
          Properties: { PolicyDocument: { Statement: [{ Effect: 'Allow', ...statement }] } },
        },
      },
    },
  },
];
const trust = (statement: object) => [
  {
    stack: {
      Resources: {
        Role: {
          Type: 'AWS::IAM::Role',
          Properties: {
            AssumeRolePolicyDocument: {
              Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', ...statement }],
            },
          },
        },
      },
    },
  },
];
const topic = (statement: object) => [
  {
    stack: {
      Resources: {
        Policy: {
          Type: 'AWS::SNS::TopicPolicy',
          Properties: {
            PolicyDocument: {
              Statement: [{ Effect: 'Allow', Action: 'sns:Publish', Resource: 'arn', ...statement }],
            },
          },
        },
      },
    },
  },
];
const arn = 'arn:aws:s3:::bucket/users/*';
const here = { Condition: { StringEquals: { 'aws:SourceAccount': '111122223333' } } };

test.each([
  ['every action of a service', identity({ Action: 's3:*', Resource: arn })],
  ['every action there is', identity({ Action: '*', Resource: arn })],
  ['everything but what is listed', identity({ NotAction: 'iam:*', Resource: arn })],
  ['an action on all resources', identity({ Action: 's3:GetObject', Resource: '*' })],
  [
    'passing any role to any service',
    identity({ Action: 'iam:PassRole', Resource: 'arn:aws:iam::1:role/x' }),
  ],
  [
    'passing a role to code of its own',
    identity({
      Action: ['iam:PassRole', 'lambda:CreateFunction'],
      Resource: 'arn:aws:iam::1:role/x',
      Condition: { StringEquals: { 'iam:PassedToService': 'lambda.amazonaws.com' } },
    }),
  ],
  [
    'a service of another account to assume a role',
    trust({ Principal: { Service: 'scheduler.amazonaws.com' } }),
  ],
  ['anybody to assume a role', trust({ Principal: { AWS: '*' } })],
  ['anybody to publish', topic({ Principal: '*' })],
  ['a service of another account to publish', topic({ Principal: { Service: 'cloudwatch.amazonaws.com' } })],
])('a policy that allows %s is refused', (_, [templates]) => {
  expect(checkPolicies(templates as never).map(({ rule }) => rule)).toEqual(['policy']);
});

test.each([
  ['one action on one prefix', identity({ Action: 's3:GetObject', Resource: arn })],
  ['tracing, which has no resources', identity({ Action: 'xray:PutTraceSegments', Resource: '*' })],
  [
    'a service of this account to assume a role',
    trust({ Principal: { Service: 'scheduler.amazonaws.com' }, ...here }),
  ],
  [
    'Lambda, which sends no source, to assume a role',
    trust({ Principal: { Service: 'lambda.amazonaws.com' } }),
  ],
  [
    'a service of this account to publish',
    topic({ Principal: { Service: 'cloudwatch.amazonaws.com' }, ...here }),
  ],
])('a policy that allows %s is fine', (_, [templates]) => {
  expect(checkPolicies(templates as never)).toEqual([]);
});

test('a deny may name anybody', () => {
  const [templates] = topic({ Effect: 'Deny', Principal: '*' }) as [never];
  expect(checkPolicies(templates)).toEqual([]);
});

test('the rules do see the policies of this system: a widened one is found', () => {
  const templates = structuredClone(templatesOf('prod-platform'));
  const policies = resourcesOf(templates['landfall-prod-api'] as never, 'AWS::IAM::Policy');
  expect(policies.length).toBeGreaterThan(0);
  for (const [, { Properties }] of policies) Properties.PolicyDocument.Statement[0].Resource = '*';
  expect(checkPolicies(templates)).toHaveLength(policies.length);
});
