/** Templates with one thing in them that a rule about policies may object to, and which rules do. */
import { checkPolicies } from '../../lib/guardrails/rules';

/** Names of the rules that object, each once. */
export const rulesAgainst = (templates: unknown, account?: string): string[] => [
  ...new Set(checkPolicies(templates as never, account).map(({ rule }) => rule)),
];

export const identity = (statement: object) => [
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
export const trust = (statement: object) => [
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
export const topic = (statement: object) => [
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
export const table = (statement: object) => [
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
export const permission = (properties: object) => [
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
export const role = (inline: object, attached: object) => {
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
export const roleArn = 'arn:aws:iam::111122223333:role/x';
export const passToLambda = {
  Action: 'iam:PassRole',
  Condition: { StringEquals: { 'iam:PassedToService': 'lambda.amazonaws.com' } },
};
export const arn = 'arn:aws:s3:::bucket/users/*';
const topicArn = 'arn:aws:sns:us-east-1:111122223333:alarms';
export const here = { Condition: { StringEquals: { 'aws:SourceAccount': '111122223333' } } };
export const account = { Ref: 'AWS::AccountId' };
export const resource = (Type: string, Properties: object) => [
  { stack: { Resources: { Resource: { Type, Properties } } } },
];
export const fn = (Variables: object) => resource('AWS::Lambda::Function', { Environment: { Variables } });
