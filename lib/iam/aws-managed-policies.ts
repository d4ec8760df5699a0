/**
 * Policies that AWS manages and templates attach, with the text that AWS publishes.
 * @see https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html (2026-11-26)
 */
import type { Policy, Statement } from './policy';

interface Managed {
  readonly version: `v${number}`;
  /** When AWS last edited it. */
  readonly edited: string;
  readonly statements: readonly Statement[];
}

const policies: Readonly<Record<string, Managed>> = {
  AmazonAPIGatewayPushToCloudWatchLogs: {
    version: 'v1',
    edited: '2015-11-11',
    statements: [
      {
        Effect: 'Allow',
        Action: [
          'logs:CreateLogGroup',
          'logs:CreateLogStream',
          'logs:DescribeLogGroups',
          'logs:DescribeLogStreams',
          'logs:PutLogEvents',
          'logs:GetLogEvents',
          'logs:FilterLogEvents',
        ],
        Resource: '*',
      },
    ],
  },
  AmazonRDSEnhancedMonitoringRole: {
    version: 'v1',
    edited: '2015-11-11',
    statements: [
      {
        Sid: 'EnableCreationAndManagementOfRDSCloudwatchLogGroups',
        Effect: 'Allow',
        Action: ['logs:CreateLogGroup', 'logs:PutRetentionPolicy'],
        Resource: ['arn:aws:logs:*:*:log-group:RDS*'],
      },
      {
        Sid: 'EnableCreationAndManagementOfRDSCloudwatchLogStreams',
        Effect: 'Allow',
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams', 'logs:GetLogEvents'],
        Resource: ['arn:aws:logs:*:*:log-group:RDS*:log-stream:*'],
      },
    ],
  },
  AWSCodeDeployRoleForLambdaLimited: {
    version: 'v1',
    edited: '2020-08-17',
    statements: [
      {
        Action: [
          'cloudwatch:DescribeAlarms',
          'lambda:UpdateAlias',
          'lambda:GetAlias',
          'lambda:GetProvisionedConcurrencyConfig',
        ],
        Resource: '*',
        Effect: 'Allow',
      },
      {
        Action: ['s3:GetObject', 's3:GetObjectVersion'],
        Resource: 'arn:aws:s3:::*/CodeDeploy/*',
        Effect: 'Allow',
      },
      {
        Action: ['s3:GetObject', 's3:GetObjectVersion'],
        Resource: '*',
        Condition: { StringEquals: { 's3:ExistingObjectTag/UseWithCodeDeploy': 'true' } },
        Effect: 'Allow',
      },
      {
        Action: ['lambda:InvokeFunction'],
        Resource: 'arn:aws:lambda:*:*:function:CodeDeployHook_*',
        Effect: 'Allow',
      },
    ],
  },
  AWSLambdaBasicExecutionRole: {
    version: 'v1',
    edited: '2015-04-09',
    statements: [
      {
        Effect: 'Allow',
        Action: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
        Resource: '*',
      },
    ],
  },
};

/** Whether the text of a policy is here. */
export const isKnownAwsPolicy = (name: string): boolean => Object.hasOwn(policies, idOf(name));

const idOf = (name: string) => name.split('/').at(-1) ?? name;

/**
 * @param name with or without what is before it in the ARN, for example `service-role/AWSLambdaBasicExecutionRole`
 * @throws Error for a policy whose text is not here
 */
export function awsManagedPolicy(name: string): Policy {
  const id = idOf(name);
  const managed = policies[id];
  if (!managed) {
    throw new Error(
      `The text of the AWS managed policy ${name} is not known; known are ${Object.keys(policies).join(', ')}. Copy it with its version from https://docs.aws.amazon.com/aws-managed-policy/latest/reference/${id}.html to lib/iam/aws-managed-policies.ts.`,
    );
  }
  return { id, document: { Version: '2012-10-17', Statement: managed.statements } };
}
