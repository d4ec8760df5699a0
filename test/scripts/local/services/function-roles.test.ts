/** What Lambda does with the role of a function when it creates one, and when a process of it starts. */
import type { Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { CfnEventSourceMapping, CfnFunction, type CfnFunctionProps } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { deniedLogAction } from '../../../../scripts/local/lambda/service-role';
import { startEndpoint } from '../aws/running-endpoint';
import { deployApp, removeTemporaryDirectories, synthesizeStack } from '../deployed-app';
import { type Allowed, exampleRole, lambdaRole } from './example-roles';

afterAll(removeTemporaryDirectories);

const functionOf = (stack: Stack, role: string, more: Partial<CfnFunctionProps> = {}) =>
  new CfnFunction(stack, 'Example', {
    functionName: 'example',
    code: { zipFile: 'exports.handler = async () => 1;' },
    handler: 'index.handler',
    runtime: 'nodejs24.x',
    role,
    ...more,
  });

/** @returns what a deployment of the stack fails with */
async function failureOf(define: (stack: Stack) => void): Promise<string | undefined> {
  const aws = await startEndpoint();
  try {
    const app = await deployApp(synthesizeStack(define), async () => aws);
    await app.close();
    return undefined;
  } catch (error) {
    return (error as Error).message.replace(/^.* could not be created: /, '');
  } finally {
    await aws.stop();
  }
}

const network = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];
const everywhere = (...actions: string[]): Allowed[] => actions.map((action) => [action, '*']);
const vpcConfig = { subnetIds: ['subnet-1'], securityGroupIds: ['sg-1'] };
const tracingConfig = { mode: 'Active' };

test('a function is created with a role that Lambda may assume, and with no other', async () => {
  expect(await failureOf((stack) => functionOf(stack, lambdaRole(stack).attrArn))).toBeUndefined();
  const refused = 'The role defined for the function cannot be assumed by Lambda.';
  expect(
    await failureOf((stack) =>
      functionOf(stack, exampleRole(stack, 'Role', { service: 'ec2.amazonaws.com' }).attrArn),
    ),
  ).toBe(refused);
  expect(
    await failureOf((stack) => functionOf(stack, 'arn:aws:iam::000000000000:role/of-another-system')),
  ).toBe(refused);
});

test('a function in a VPC needs the network interfaces that Lambda makes for it', async () => {
  const inVpc = (allowed: Allowed[]) =>
    failureOf((stack) => functionOf(stack, lambdaRole(stack, allowed).attrArn, { vpcConfig }));
  expect(await inVpc(everywhere(...network))).toBeUndefined();
  expect(await inVpc(everywhere(...network.slice(1)))).toBe(
    'The provided execution role does not have permissions to call CreateNetworkInterface on EC2',
  );
});

test('what code of a function is denied by its function ARN, Lambda itself may', async () => {
  expect(
    await failureOf((stack) => {
      const role = lambdaRole(stack, everywhere(...network));
      role.addPropertyOverride('Policies.0.PolicyDocument.Statement.6', {
        Effect: 'Deny',
        Action: network,
        Resource: '*',
        Condition: { Null: { 'lambda:SourceFunctionArn': 'false' } },
      });
      functionOf(stack, role.attrArn, { vpcConfig });
    }),
  ).toBeUndefined();
});

test('a traced function needs X-Ray', async () => {
  const traced = (allowed: Allowed[]) =>
    failureOf((stack) => functionOf(stack, lambdaRole(stack, allowed).attrArn, { tracingConfig }));
  expect(await traced(everywhere('xray:PutTraceSegments', 'xray:PutTelemetryRecords'))).toBeUndefined();
  expect(await traced(everywhere('xray:PutTelemetryRecords'))).toBe(
    'The provided execution role does not have permissions to call PutTraceSegments on XRAY',
  );
});

test('a function with a dead-letter queue may send to it, and not only to another', async () => {
  const withQueue = (of: 'dead' | 'other') =>
    failureOf((stack) => {
      const queues = { dead: new Queue(stack, 'Dead'), other: new Queue(stack, 'Other') };
      const role = lambdaRole(stack, [['sqs:SendMessage', queues[of].queueArn]]);
      functionOf(stack, role.attrArn, { deadLetterConfig: { targetArn: queues.dead.queueArn } });
    });
  expect(await withQueue('dead')).toBeUndefined();
  expect(await withQueue('other')).toBe(
    'The provided execution role does not have permissions to call SendMessage on SQS',
  );
});

test('a queue starts a function whose role may read, delete and describe it, and use its key', async () => {
  const polled = (without?: string, encrypted = false) =>
    failureOf((stack) => {
      const encryptionMasterKey = encrypted ? new Key(stack, 'Key') : undefined;
      const queue = new Queue(stack, 'Work', { ...(encryptionMasterKey && { encryptionMasterKey }) });
      const actions = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];
      const allowed = actions.map((action): Allowed => [action, queue.queueArn]);
      if (encryptionMasterKey) allowed.push(['kms:Decrypt', encryptionMasterKey.keyArn]);
      const role = lambdaRole(
        stack,
        allowed.filter(([action]) => action !== without),
      );
      const { ref } = functionOf(stack, role.attrArn);
      new CfnEventSourceMapping(stack, 'Messages', { eventSourceArn: queue.queueArn, functionName: ref });
    });
  expect(await polled()).toBeUndefined();
  expect(await polled(undefined, true)).toBeUndefined();
  const refused = 'The function execution role does not have permissions to call';
  expect(await polled('sqs:ReceiveMessage')).toBe(`${refused} ReceiveMessage on SQS`);
  expect(await polled('sqs:DeleteMessage')).toBe(`${refused} DeleteMessage on SQS`);
  expect(await polled('sqs:GetQueueAttributes')).toBe(`${refused} GetQueueAttributes on SQS`);
  expect(await polled('kms:Decrypt', true)).toBe(`${refused} Decrypt on KMS`);
});

test('a function whose role may not write its own log group is found out', async () => {
  const deniedWith = async (of: 'own' | 'other', actions: readonly string[]) => {
    const app = await deployApp(
      synthesizeStack((stack) => {
        const groups = { own: new LogGroup(stack, 'Own'), other: new LogGroup(stack, 'Other') };
        const role = lambdaRole(
          stack,
          actions.map((action): Allowed => [action, groups[of].logGroupArn]),
        );
        functionOf(stack, role.attrArn, { loggingConfig: { logGroup: groups.own.logGroupName } });
      }),
    );
    const [definition] = app.system.functions.definitions;
    if (!definition) throw new Error('the stack has no function');
    const denied = await deniedLogAction(app.system.accessControl.authorize, definition);
    await app.close();
    return denied;
  };
  const both = ['logs:CreateLogStream', 'logs:PutLogEvents'];
  expect(await deniedWith('own', both)).toBeUndefined();
  expect(await deniedWith('other', both)).toBe('logs:CreateLogStream');
  expect(await deniedWith('own', ['logs:CreateLogStream'])).toBe('logs:PutLogEvents');
});

test('a log group is encrypted with a key whose policy lets CloudWatch Logs use it for the group', async () => {
  const encryptedWith = (arn: string) =>
    failureOf((stack) => {
      const encryptionKey = new Key(stack, 'Key');
      new LogGroup(stack, 'Group', { encryptionKey, logGroupName: 'example' });
      encryptionKey.addToResourcePolicy(
        new PolicyStatement({
          principals: [new ServicePrincipal('logs.us-east-1.amazonaws.com')],
          actions: ['kms:Encrypt*', 'kms:Decrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
          resources: ['*'],
          conditions: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': arn } },
        }),
      );
    });
  const group = 'arn:aws:logs:us-east-1:000000000000:log-group';
  expect(await encryptedWith(`${group}:example`)).toBeUndefined();
  expect(await encryptedWith(`${group}:another`)).toMatch(
    /^The specified KMS key does not exist or is not allowed to be used with Arn 'arn:aws:logs:us-east-1:000000000000:log-group:example'/,
  );
});
