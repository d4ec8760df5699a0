import { escalationPaths } from '../../../lib/guardrails/checks/escalation-paths';
import { checkPolicies, policyRules } from '../../../lib/guardrails/rules';
import { statementsOf } from '../../../lib/iam/policy';
import { actionsMatching } from '../../../lib/iam/service-reference';
import { resourcesOf, templatesOf } from '../../support/assembly';
import { allVariants } from '../../support/variants';

/** Names of the rules that object, each once. */
const rulesAgainst = (templates: unknown, account?: string): string[] => [
  ...new Set(checkPolicies(templates as never, account).map(({ rule }) => rule)),
];

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
              Statement: [{ Effect: 'Allow', Action: 'sns:Publish', Resource: topicArn, ...statement }],
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
const topicArn = 'arn:aws:sns:us-east-1:111122223333:alarms';
const here = { Condition: { StringEquals: { 'aws:SourceAccount': '111122223333' } } };
const account = { Ref: 'AWS::AccountId' };
const resource = (Type: string, Properties: object) => [
  { stack: { Resources: { Resource: { Type, Properties } } } },
];
const fn = (Variables: object) => resource('AWS::Lambda::Function', { Environment: { Variables } });

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

describe('rights that together make a principal another one', () => {
  test.each(escalationPaths.map((path) => [path.actions.join(' with '), path] as const))(
    '%s',
    (_, { actions, passedTo }) => {
      const statement = (action: string) => ({
        Action: action,
        Resource: '*',
        ...(action === 'iam:PassRole' && {
          Condition: { StringEquals: { 'iam:PassedToService': `${passedTo}.amazonaws.com` } },
        }),
      });
      const among = (allowed: readonly string[]) => {
        const Statement = allowed.map((action) => ({ Effect: 'Allow', ...statement(action) }));
        return checkPolicies({
          stack: {
            Resources: {
              Role: { Type: 'AWS::IAM::Role', Properties: { Policies: [{ PolicyDocument: { Statement } }] } },
            },
          },
        } as never)
          .filter(({ rule }) => rule === 'escalation')
          .map(({ description }) => description);
      };
      const combination = actions.join(' with ');
      const finds = (descriptions: string[]) =>
        descriptions.some((text) =>
          text
            .replace(/ (lets|is a way) .*/, '')
            .split(', ')
            .includes(combination),
        );
      expect(finds(among(actions))).toBe(true);
      for (const left of actions)
        expect(finds(among(actions.filter((action) => action !== left)))).toBe(false);
    },
  );

  test('every action of them is one', () => {
    const words = new Set(escalationPaths.flatMap(({ actions }) => actions));
    const unknown = [...words].filter(
      (word) => !actionsMatching(word).some(({ name }) => word.endsWith(`:${name}`)),
    );
    expect(unknown).toEqual([]);
  });

  const found = (templates: unknown) =>
    checkPolicies(templates as never).filter(({ rule }) => rule === 'escalation');

  test.each([
    ['give itself a policy', role({ Action: 'iam:AttachRolePolicy' }, { Action: 'lambda:InvokeFunction' })],
    [
      'give itself a policy by a wildcard',
      role({ Action: 'iam:Attach*' }, { Action: 'lambda:InvokeFunction' }),
    ],
    [
      'give itself a policy by what is not excluded',
      role({ NotAction: 's3:*' }, { Action: 'lambda:InvokeFunction' }),
    ],
    ['become a role it hands to code of its own', role(passToLambda, { Action: 'lambda:CreateFunction' })],
    ['become a role it hands to changed code', role({ Action: 'lambda:UpdateFunctionCode' }, passToLambda)],
    ['become any user', role({ Action: 'cognito-idp:AdminSetUserPassword' }, { Action: 's3:GetObject' })],
    [
      'become any user by a token of its own',
      role({ Action: 'kms:GenerateMac' }, { Action: 'kms:VerifyMac' }),
    ],
  ])('a role whose policies together let it %s is refused', (_, [templates]) => {
    expect(new Set(found(templates).map(({ logicalId }) => logicalId))).toEqual(new Set(['Role']));
  });

  test('a role that can be handed to another service than the one that runs the code is fine', () => {
    const [templates] = role(passToLambda, { Action: 'states:CreateStateMachine' });
    expect(found(templates)).toEqual([]);
  });

  test('what is forbidden on every resource counts for nothing, unless the Deny has a condition', () => {
    const [templates] = role({ Action: 'iam:*' }, { Effect: 'Deny', Action: ['iam:*'], Resource: '*' });
    expect(found(templates)).toEqual([]);
    const [conditional] = role(
      { Action: 'iam:*' },
      { Effect: 'Deny', Action: ['iam:*'], Resource: '*', ...here },
    );
    expect(found(conditional)).not.toEqual([]);
  });

  test('a managed policy counts for the roles that name it', () => {
    const [{ stack }] = role(passToLambda, { Action: 'lambda:CreateFunction' }) as [
      { stack: { Resources: object } },
    ];
    const { Role, Policy } = structuredClone(stack.Resources) as Record<
      'Role' | 'Policy',
      { Properties: Record<string, unknown> }
    >;
    const managed = {
      Type: 'AWS::IAM::ManagedPolicy',
      Properties: { ...Policy.Properties, Roles: undefined },
    };
    Role.Properties.ManagedPolicyArns = [{ Ref: 'Managed' }, 'arn:aws:iam::aws:policy/Some'];
    expect(found({ stack: { Resources: { Role, Managed: managed } } })).toMatchObject([
      { logicalId: 'Role' },
    ]);
  });

  test('two roles may share what one may not have', () => {
    const [{ stack }] = role(passToLambda, { Action: 'lambda:CreateFunction' }) as [
      { stack: { Resources: object } },
    ];
    const resources = structuredClone(stack.Resources) as { Policy: { Properties: { Roles: object[] } } };
    resources.Policy.Properties.Roles = [{ Ref: 'Other' }];
    expect(found({ stack: { Resources: resources } })).toEqual([]);
  });
});

describe('secrets in plain sight', () => {
  test.each([
    ['a value of a secret', { DATABASE: '{{resolve:secretsmanager:x}}' }],
    [
      'a value of a secure parameter',
      { DATABASE: { 'Fn::Join': ['', ['{{resolve:ssm-secure:x:', '1', '}}']] } },
    ],
    ['a password', { DB_PASSWORD: 'swordfish' }],
    ['a key in camel case', { stripeApiKey: 'swordfish' }],
    ['a key of Stripe', { NOTE: `sk_${'live'}_abcdefghijklmnopqrstuvwx` }],
    ['a token of GitHub', { NOTE: `ghp_${'a1B2'.repeat(9)}` }],
    [
      'a token',
      { NOTE: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P' },
    ],
    ['random hexadecimal digits', { SALT: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822c' }],
    ['random base64', { PEPPER: 'q83vEjRWeJq83vEjRWeJ1mXz9LkP0aTs/+8=' }],
  ])('%s is refused', (_, variables) => {
    expect(rulesAgainst(fn(variables)[0])).toEqual(['plain-secret']);
  });

  test.each([
    [
      'the ARN of a secret',
      {
        DATABASE_SECRET: 'arn:aws:secretsmanager:us-east-1:1:secret:x',
        DATABASE_SECRET_ARN: { Ref: 'Secret' },
      },
    ],
    ['a reference', { MAGIC_LINK_KEY: { 'Fn::GetAtt': ['Key', 'Arn'] } }],
    ['an empty value', { API_KEY: '' }],
    [
      'an address',
      {
        ISSUER: 'https://project.supabase.co/auth/v1/.well-known/jwks.json',
        TOKEN: 'https://id.example.com/token',
      },
    ],
    [
      'a list of words',
      { FORMATS: 'pdf,docx,doc,pptx,txt,md', CACHE_USER: 'landfall-identityfull2-cache-application' },
    ],
  ])('%s is fine', (_, variables) => {
    expect(rulesAgainst(fn(variables)[0])).toEqual([]);
  });
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
