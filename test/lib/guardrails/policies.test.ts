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
const table = (statement: object) => [
  {
    stack: {
      Resources: {
        Table: {
          Type: 'AWS::DynamoDB::Table',
          Properties: {
            ResourcePolicy: {
              PolicyDocument: {
                Statement: [{ Effect: 'Allow', Action: 'dynamodb:GetItem', Resource: '*', ...statement }],
              },
            },
          },
        },
      },
    },
  },
];
const permission = (properties: object) => [
  {
    stack: {
      Resources: {
        Permission: {
          Type: 'AWS::Lambda::Permission',
          Properties: { Action: 'lambda:InvokeFunction', ...properties },
        },
      },
    },
  },
];
/** A role whose rights are in two policies. */
const role = (inline: object, attached: object) => {
  const policy = (statement: object) => ({
    PolicyDocument: { Statement: [{ Effect: 'Allow', Resource: roleArn, ...statement }] },
  });
  return [
    {
      stack: {
        Resources: {
          Role: { Type: 'AWS::IAM::Role', Properties: { Policies: [policy(inline)] } },
          Policy: { Type: 'AWS::IAM::Policy', Properties: { Roles: [{ Ref: 'Role' }], ...policy(attached) } },
        },
      },
    },
  ];
};
const roleArn = 'arn:aws:iam::111122223333:role/x';
const passToLambda = {
  Action: 'iam:PassRole',
  Condition: { StringEquals: { 'iam:PassedToService': 'lambda.amazonaws.com' } },
};
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
    'a service of another account to assume a role',
    trust({ Principal: { Service: 'scheduler.amazonaws.com' } }),
  ],
  ['anybody to assume a role', trust({ Principal: { AWS: '*' } })],
  ['anybody to read items', table({ Principal: '*' })],
  ['anybody to publish', topic({ Principal: '*' })],
  ['a service of another account to publish', topic({ Principal: { Service: 'cloudwatch.amazonaws.com' } })],
  ['a service of another account to call', permission({ Principal: 'events.amazonaws.com' })],
  ['anybody to call', permission({ Principal: '*' })],
  ['a word that is no action', identity({ Action: 's3:GetObjects', Resource: arn })],
  ['words that begin no action', identity({ Action: 's3:Fetch*', Resource: arn })],
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
  ['API Gateway to call for one API', permission({ Principal: 'apigateway.amazonaws.com', SourceArn: arn })],
  [
    'a service of this account to publish',
    topic({ Principal: { Service: 'cloudwatch.amazonaws.com' }, ...here }),
  ],
])('a policy that allows %s is fine', (_, [templates]) => {
  expect(checkPolicies(templates as never)).toEqual([]);
});

test.each([
  ['give itself a policy', role({ Action: 'iam:AttachRolePolicy' }, { Action: 'lambda:InvokeFunction' })],
  ['become a role it hands to code of its own', role(passToLambda, { Action: 'lambda:CreateFunction' })],
  ['become a role it hands to changed code', role({ Action: 'lambda:UpdateFunctionCode' }, passToLambda)],
  ['become any user', role({ Action: 'cognito-idp:AdminSetUserPassword' }, { Action: 's3:GetObject' })],
  ['become any user by a token of its own', role({ Action: 'kms:GenerateMac' }, { Action: 'kms:VerifyMac' })],
])('a role whose policies together let it %s is refused', (_, [templates]) => {
  const findings = checkPolicies(templates as never).filter(
    ({ description }) => !/no known/.test(description),
  );
  expect(findings).toMatchObject([
    { logicalId: 'Role', description: expect.stringMatching(/give itself|become/) },
  ]);
});

test('a managed policy counts for the roles that name it', () => {
  const [{ stack }] = role(passToLambda, { Action: 'lambda:CreateFunction' }) as [
    { stack: { Resources: object } },
  ];
  const { Role, Policy } = structuredClone(stack.Resources) as Record<
    'Role' | 'Policy',
    { Properties: Record<string, unknown> }
  >;
  const managed = { Type: 'AWS::IAM::ManagedPolicy', Properties: { ...Policy.Properties, Roles: undefined } };
  Role.Properties.ManagedPolicyArns = [{ Ref: 'Managed' }, 'arn:aws:iam::aws:policy/Some'];
  const found = checkPolicies({ stack: { Resources: { Role, Managed: managed } } } as never);
  expect(found.filter(({ description }) => /become/.test(description))).toMatchObject([
    { logicalId: 'Role' },
  ]);
});

test('two roles may share what one may not have', () => {
  const [{ stack }] = role(passToLambda, { Action: 'lambda:CreateFunction' }) as [
    { stack: { Resources: object } },
  ];
  const resources = structuredClone(stack.Resources) as { Policy: { Properties: { Roles: object[] } } };
  resources.Policy.Properties.Roles = [{ Ref: 'Other' }];
  const found = checkPolicies({ stack: { Resources: resources } } as never);
  expect(found.filter(({ description }) => /become/.test(description))).toEqual([]);
});

test('a misspelled word in a deny is refused as well: it would forbid nothing', () => {
  const [templates] = topic({ Effect: 'Deny', Principal: '*', Action: 'sns:Publsh' }) as [never];
  expect(checkPolicies(templates)).toMatchObject([
    { description: expect.stringContaining('sns:Publsh is no known action') },
  ]);
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
