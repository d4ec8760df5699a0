import { CfnResource } from 'aws-cdk-lib';
import { CfnAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnRole } from 'aws-cdk-lib/aws-iam';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { readAssembly } from '../../../scripts/local/assembly';
import { findUnsupported, refuseUnsupported } from '../../../scripts/local/deployment';
import { registry } from '../../../scripts/local/resources/registry';
import { assemblyDirectory, templatesOf } from '../../support/assembly';
import { allVariants } from '../../support/variants';
import { deployApp, removeTemporaryDirectories, synthesizeStack } from './deployed-app';

afterAll(removeTemporaryDirectories);

const role = (scope: ConstructorParameters<typeof CfnRole>[0], properties: object = {}) =>
  new CfnRole(scope, 'Role', { assumeRolePolicyDocument: {}, ...properties });

describe('what the templates may contain', () => {
  test('an unknown resource type is refused with type, logical id and stack', () => {
    const assembly = synthesizeStack(
      (stack) => new CfnResource(stack, 'Table', { type: 'AWS::Timestream::Table' }),
    );
    expect(findUnsupported(readAssembly(assembly), registry)).toEqual([
      expect.stringMatching(/^AWS::Timestream::Table Table in example: this resource type has no handler/),
    ]);
  });

  test('an unsupported property of a type that runs is refused by name', () => {
    const assembly = synthesizeStack((stack) => role(stack).addPropertyOverride('Wings', 2));
    expect(findUnsupported(readAssembly(assembly), registry)).toEqual([
      'AWS::IAM::Role Role in example: property Wings is not supported.',
    ]);
  });

  test('an unsupported value is refused: another runtime, a cron schedule', () => {
    const assembly = synthesizeStack((stack) => {
      new LambdaFunction(stack, 'Python', {
        runtime: Runtime.PYTHON_3_13,
        handler: 'index.handler',
        code: Code.fromInline('def handler(event, context): pass'),
      });
      new CfnSchedule(stack, 'Nightly', {
        flexibleTimeWindow: { mode: 'OFF' },
        scheduleExpression: 'cron(0 3 * * ? *)',
        target: { arn: 'arn:x', roleArn: 'arn:y' },
      });
    });
    expect(findUnsupported(readAssembly(assembly), registry)).toEqual([
      expect.stringContaining('Runtime "python3.13" is not supported'),
      expect.stringContaining('ScheduleExpression cron(0 3 * * ? *) is not supported'),
    ]);
  });

  test('everything that is missing is reported in one error', () => {
    const assembly = synthesizeStack((stack) => {
      new CfnResource(stack, 'Table', { type: 'AWS::Timestream::Table' });
      role(stack).addPropertyOverride('Wings', 2);
    });
    expect(() => refuseUnsupported(readAssembly(assembly), registry)).toThrow(
      /2 things[\s\S]*Table[\s\S]*Wings/,
    );
  });

  test('what has no local meaning passes, and every such type says why in a sentence', () => {
    const assembly = synthesizeStack(
      (stack) => new CfnAlarm(stack, 'Alarm', { comparisonOperator: 'x', evaluationPeriods: 1 }),
    );
    expect(findUnsupported(readAssembly(assembly), registry)).toEqual([]);
    for (const reason of Object.values(registry.withoutLocalMeaning))
      expect(reason).toMatch(/^[A-Z].{15,}\.$/);
  });

  test('no type is both run and without local meaning', () => {
    const both = Object.keys(registry.handlers).filter((type) => type in registry.withoutLocalMeaning);
    expect(both).toEqual([]);
  });

  test('no type is let pass that no template contains', () => {
    const contained = new Set(
      allVariants().flatMap(({ name }) =>
        Object.values(templatesOf(name)).flatMap(({ Resources }) =>
          Object.values(Resources).map(({ Type }) => Type),
        ),
      ),
    );
    // The CDK adds it at the command line, to whoever lets it count.
    contained.add('AWS::CDK::Metadata');
    expect(Object.keys(registry.withoutLocalMeaning).filter((type) => !contained.has(type))).toEqual([]);
  });

  test('every property that is not acted on says why in a sentence', () => {
    for (const handler of Object.values(registry.handlers)) {
      for (const reason of Object.values(handler.properties)) {
        if (typeof reason === 'string') expect(reason).toMatch(/^[A-Z].{10,}\.$/);
      }
    }
  });
});

test.each(allVariants().map(({ name }) => name))(
  'everything in the templates of %s is run or has a reason',
  (name) => {
    expect(findUnsupported(readAssembly(assemblyDirectory(name)), registry)).toEqual([]);
  },
);

test('a function whose environment needs a resource that does not run refuses to start', async () => {
  const assembly = synthesizeStack((stack) => {
    const topic = new CfnResource(stack, 'Topic', { type: 'AWS::SNS::Topic' });
    new LambdaFunction(stack, 'Sender', {
      runtime: Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: Code.fromInline('exports.handler = async () => 1;'),
      environment: { TOPIC_ARN: topic.ref },
    });
  });
  await expect(deployApp(assembly)).rejects.toThrow(
    /AWS::Lambda::Function Sender\w+ in example could not be created: variable TOPIC_ARN needs a resource that does not run locally/,
  );
});

test('roles keep their credentials over a restart, and each has its own', async () => {
  const assembly = synthesizeStack((stack) => {
    role(stack);
    new CfnRole(stack, 'Other', {
      assumeRolePolicyDocument: {},
      policies: [{ policyName: 'p', policyDocument: { a: 1 } }],
    });
  });
  const { system } = await deployApp(assembly);
  const arns = [...Array(2)].map((_, i) => `arn:aws:iam::000000000000:role/${['Role', 'Other'][i]}`);
  const [first, second] = [
    system.roles.credentials(arns[0] as string),
    system.roles.credentials(arns[1] as string),
  ];
  expect(first.accessKeyId).not.toBe(second.accessKeyId);
  const { Roles } = await import('../../../scripts/local/roles');
  const reopened = new Roles(`${system.stateDirectory}/principals.json`);
  expect(reopened.credentials(arns[0] as string)).toMatchObject({ accessKeyId: first.accessKeyId });
  expect(reopened.principals.get(second.accessKeyId)).toMatchObject({ roleArn: arns[1] });
});
