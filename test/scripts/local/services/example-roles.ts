/** Roles of small examples, with what a test is about and nothing else. */
import type { Stack } from 'aws-cdk-lib';
import { CfnRole } from 'aws-cdk-lib/aws-iam';

export interface Trust {
  readonly service: string;
  /** @default whoever makes the service act */
  readonly conditions?: object;
}

export type Allowed = readonly [action: string, resource: string];

export function exampleRole(
  stack: Stack,
  id: string,
  { service, conditions }: Trust,
  allowed: readonly Allowed[] = [],
): CfnRole {
  return new CfnRole(stack, id, {
    assumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: service },
          Action: 'sts:AssumeRole',
          ...(conditions && { Condition: conditions }),
        },
      ],
    },
    ...(allowed.length > 0 && {
      policies: [
        {
          policyName: 'Allowed',
          policyDocument: {
            Version: '2012-10-17',
            Statement: allowed.map(([Action, Resource]) => ({ Effect: 'Allow', Action, Resource })),
          },
        },
      ],
    }),
  });
}

export const lambdaRole = (stack: Stack, allowed: readonly Allowed[] = [], id = 'FunctionRole') =>
  exampleRole(stack, id, { service: 'lambda.amazonaws.com' }, allowed);
