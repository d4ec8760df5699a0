import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { type FunctionProps, NodeFunction } from '../../../lib/constructs/function';
import { all, emptyBundles, temporaryFolder } from '../../support/stateful-stacks';

type Overrides = Partial<FunctionProps> | ((stack: Stack) => Partial<FunctionProps>);

function build(overrides: Overrides = {}): Template {
  const stack = new Stack(new App({ outdir: temporaryFolder('assembly') }), 'Stack');
  new NodeFunction(stack, 'Api', {
    assetsDirectory: emptyBundles(),
    bundle: 'migrations',
    description: 'Under test',
    memoryMiB: 256,
    timeoutSeconds: 20,
    logRetentionDays: 30,
    removal: 'retain',
    encryption: {},
    network: { reason: 'Needs nothing in the VPC.', date: '2026-11-26' },
    reservedConcurrency: { reason: 'Shares what the account has.', date: '2026-11-26' },
    deadLetterQueue: { reason: 'Only invoked synchronously.', date: '2026-11-26' },
    ...(typeof overrides === 'function' ? overrides(stack) : overrides),
  });
  return Template.fromStack(stack);
}

const inVpc =
  (ipv6: boolean) =>
  (stack: Stack): Partial<FunctionProps> => ({
    network: {
      vpc: new ec2.Vpc(stack, 'Vpc'),
      subnets: { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
      ipv6,
    },
  });
const properties = (template: Template) =>
  all(template, 'AWS::Lambda::Function').find(({ Description }) => Description === 'Under test') ?? {};

test('runs on the current Node.js on ARM, traced, with JSON logs', () => {
  expect(properties(build())).toMatchObject({
    Runtime: 'nodejs24.x',
    Architectures: ['arm64'],
    Handler: 'index.handler',
    MemorySize: 256,
    Timeout: 20,
    TracingConfig: { Mode: 'Active' },
    // The saved query for cold starts reads report lines, which are of level INFO.
    LoggingConfig: { LogFormat: 'JSON', ApplicationLogLevel: 'INFO', SystemLogLevel: 'INFO' },
  });
});

test('writes to a log group of its own, with a retention and a removal policy', () => {
  const template = build();
  template.hasResource('AWS::Logs::LogGroup', {
    Properties: { RetentionInDays: 30, LogGroupName: Match.absent() },
    DeletionPolicy: 'RetainExceptOnCreate',
    UpdateReplacePolicy: 'Retain',
  });
  expect(properties(template).LoggingConfig.LogGroup).toEqual({ Ref: expect.stringMatching('^ApiLogs') });
});

test('may write to its own log group and no other', () => {
  const statements = all(build(), 'AWS::IAM::Policy').flatMap(
    ({ PolicyDocument }) => PolicyDocument.Statement,
  );
  expect(statements).toEqual([
    {
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Effect: 'Allow',
      Resource: { 'Fn::GetAtt': [expect.stringMatching('^ApiLogs'), 'Arn'] },
    },
  ]);
});

test('uses no policy that AWS manages', () => {
  expect(JSON.stringify(build(inVpc(false)).toJSON().Resources)).not.toContain('service-role/AWSLambda');
});

test('knows its version and log level', () => {
  expect(properties(build({ environment: { EXTRA: '1' } })).Environment.Variables).toEqual({
    LANDFALL_VERSION: expect.stringMatching(/^\d+\.\d+\.\d+/),
    LOG_LEVEL: 'INFO',
    EXTRA: '1',
  });
});

describe('in a VPC', () => {
  test('lets nothing in, and only TLS out', () => {
    build(inVpc(false)).hasResourceProperties('AWS::EC2::SecurityGroup', {
      GroupDescription: 'TLS out of Stack/Api',
      SecurityGroupEgress: [Match.objectLike({ CidrIp: '0.0.0.0/0', FromPort: 443, ToPort: 443 })],
      SecurityGroupIngress: Match.absent(),
    });
  });

  test('its code may not use the permissions over network interfaces that the Lambda service needs', () => {
    const statements = all(build(inVpc(false)), 'AWS::IAM::ManagedPolicy').flatMap(
      ({ PolicyDocument }) => PolicyDocument.Statement,
    );
    const denied = statements.find(({ Effect }) => Effect === 'Deny');
    expect(denied?.Condition).toEqual({ Null: { 'lambda:SourceFunctionArn': 'false' } });
    const allowed = statements.filter(({ Effect }) => Effect === 'Allow').flatMap(({ Action }) => Action);
    expect(allowed.filter((action) => action.startsWith('ec2:'))).toEqual(denied?.Action);
  });

  test('on dual-stack subnets it leaves by IPv6 and asks AWS for addresses that have it', () => {
    const dualStack = properties(build(inVpc(true)));
    expect(dualStack.VpcConfig.Ipv6AllowedForDualStack).toBe(true);
    expect(dualStack.Environment.Variables.AWS_USE_DUALSTACK_ENDPOINT).toBe('true');
    expect(properties(build(inVpc(false))).Environment.Variables).not.toHaveProperty(
      'AWS_USE_DUALSTACK_ENDPOINT',
    );
  });

  test('it joins the client groups it is given', () => {
    const template = build((stack) => {
      const { network } = inVpc(false)(stack);
      const vpc = network && 'vpc' in network ? network.vpc : undefined;
      if (!vpc) throw new Error('expected a VPC');
      return {
        ...(network && { network }),
        securityGroups: [new ec2.SecurityGroup(stack, 'Clients', { vpc })],
      };
    });
    expect(JSON.stringify(properties(template).VpcConfig.SecurityGroupIds)).toContain('"Clients');
  });
});

describe('what an exception costs', () => {
  test('a reservation and a queue are used when they are given', () => {
    const template = build((stack) => ({
      reservedConcurrency: 5,
      deadLetterQueue: new Queue(stack, 'Failed'),
    }));
    expect(properties(template)).toMatchObject({
      ReservedConcurrentExecutions: 5,
      DeadLetterConfig: { TargetArn: { 'Fn::GetAtt': [expect.stringMatching('^Failed'), 'Arn'] } },
    });
  });

  test('a waived one is absent', () => {
    expect(properties(build())).not.toHaveProperty('ReservedConcurrentExecutions');
    expect(properties(build())).not.toHaveProperty('DeadLetterConfig');
  });
});

test('a bundle that was not built is an error that names the folder and the way out', () => {
  const assetsDirectory = emptyBundles();
  mkdirSync(join(assetsDirectory, 'half'));
  writeFileSync(join(assetsDirectory, 'half', 'handler.js'), '');
  for (const bundle of ['absent', 'half']) {
    expect(() => build({ assetsDirectory, bundle })).toThrow(
      `Bundle "${bundle}" was expected in ${join(assetsDirectory, bundle)}`,
    );
  }
  expect(() => build({ assetsDirectory, bundle: 'absent' })).toThrow('npm run build');
});
