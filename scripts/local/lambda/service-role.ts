/**
 * What Lambda itself does with the role of a function: it becomes the role, connects the function to its network,
 * writes its logs and traces, and keeps what failed. None of it is a call of the function's code, so it carries no
 * `lambda:SourceFunctionArn`, by which policies tell the two apart.
 */
import type { Authorizer } from '../aws/authorization';
import { firstDenied, mayAssume } from '../aws/service-calls';
import type { Queue } from '../aws/sqs/queue-directory';
import { deniedOnQueue } from '../aws/sqs/service-access';
import { type FunctionDefinition, logStreamArn } from './definition';

const lambda = 'lambda.amazonaws.com';

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html, permissions of the execution role (2026-11) */
const networkActions = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

/** https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html, permissions of the execution role (2026-11) */
const traceActions = ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'];

export interface RoleUse {
  readonly roleArn: string;
  /** Whether the function is connected to a VPC. */
  readonly inVpc: boolean;
  /** Whether its tracing is active. */
  readonly traced: boolean;
  /** ARN of the queue for events that failed for good. @default it has none */
  readonly deadLetterArn?: string | undefined;
}

/** @throws Error with what Lambda says when it creates a function with a role that cannot serve it */
export async function checkFunctionRole(authorize: Authorizer, use: RoleUse): Promise<void> {
  const { roleArn, inVpc, traced, deadLetterArn } = use;
  if (!(await mayAssume(authorize, lambda, roleArn)))
    throw new Error('The role defined for the function cannot be assumed by Lambda.');
  if (inVpc) await demand(authorize, roleArn, networkActions, '*', 'EC2');
  if (traced) await demand(authorize, roleArn, traceActions, '*', 'XRAY');
  if (deadLetterArn !== undefined)
    await demand(authorize, roleArn, ['sqs:SendMessage'], deadLetterArn, 'SQS');
}

async function demand(
  authorize: Authorizer,
  principal: string,
  actions: readonly string[],
  resource: string,
  service: string,
): Promise<void> {
  const denied = await firstDenied(authorize, actions, { principal, resource });
  if (denied === undefined) return;
  throw new Error(
    `The provided execution role does not have permissions to call ${nameOf(denied)} on ${service}`,
  );
}

/**
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html, permissions of the execution role (2026-11)
 *
 * @throws Error with what Lambda says when it creates an event source mapping whose function may not poll the queue
 */
export async function checkPoller(
  authorize: Authorizer,
  { roleArn }: FunctionDefinition,
  queue: Queue,
): Promise<void> {
  for (const action of ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'] as const) {
    const denied = await deniedOnQueue(authorize, queue, action, { principal: roleArn });
    if (denied === undefined) continue;
    const service = denied.startsWith('kms:') ? 'KMS' : 'SQS';
    throw new Error(
      `The function execution role does not have permissions to call ${nameOf(denied)} on ${service}`,
    );
  }
}

/** What Lambda does when a process of a function starts to write its log. @returns the action that it may not do */
export async function deniedLogAction(
  authorize: Authorizer,
  definition: FunctionDefinition,
): Promise<string | undefined> {
  return firstDenied(authorize, ['logs:CreateLogStream', 'logs:PutLogEvents'], {
    principal: definition.roleArn,
    resource: logStreamArn(definition),
  });
}

/** `ec2:CreateNetworkInterface` -> `CreateNetworkInterface` */
const nameOf = (action: string): string => action.slice(action.indexOf(':') + 1);

/** @returns what Lambda, as the function, may not do to keep an event in its dead-letter queue */
export const deniedDeadLetterAction = (authorize: Authorizer, principal: string, queue: Queue) =>
  deniedOnQueue(authorize, queue, 'SendMessage', { principal });
