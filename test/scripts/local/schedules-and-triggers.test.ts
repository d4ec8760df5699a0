import { join } from 'node:path';
import { Duration } from 'aws-cdk-lib';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Trigger } from 'aws-cdk-lib/triggers';
import type { Authorizer } from '../../../scripts/local/aws/authorization';
import type { Functions } from '../../../scripts/local/lambda/functions';
import { Log } from '../../../scripts/local/log';
import { Schedules, type SchedulesOptions } from '../../../scripts/local/schedules';
import { runTriggers } from '../../../scripts/local/triggers';
import {
  type DeployedApp,
  deployApp,
  removeTemporaryDirectories,
  synthesizeStack,
  temporaryDirectory,
} from './deployed-app';

const printed: string[] = [];
let log: Log;
let app: DeployedApp;
let functions: Functions;
let authorize: Authorizer;

/** No function and no schedule has a dead-letter queue here. */
const nowhere: Pick<SchedulesOptions, 'lambdaEvents' | 'sqs'> = {
  lambdaEvents: { keepDead: async () => undefined },
  sqs: {
    queue: () => {
      throw new Error('there are no queues');
    },
    send: async () => [],
  },
};

const source = `exports.handler = async (event) => {
  console.log('applying 000001');
  if (event.fail) throw new Error('relation "users" exists');
  return event;
};`;

beforeAll(async () => {
  log = new Log(join(temporaryDirectory(), 'log'), (line) => printed.push(line));
  app = await deployApp(
    synthesizeStack((stack) => {
      const code = (id: string, text: string) =>
        new LambdaFunction(stack, id, {
          runtime: Runtime.NODEJS_24_X,
          handler: 'index.handler',
          code: Code.fromInline(text),
        });
      const work = code('Work', source);
      new Schedule(stack, 'Often', {
        schedule: ScheduleExpression.rate(Duration.minutes(15)),
        target: new LambdaInvoke(work, {}),
      });
      new Trigger(stack, 'Migrate', { handler: code('Broken', source.replace('event.fail', 'true')) });
    }),
  );
  functions = app.system.functions;
  authorize = app.system.accessControl.authorize;
});

afterAll(async () => {
  await app.close();
  await log.close();
  removeTemporaryDirectories();
});

test('a trigger that fails stops the start with its own error', async () => {
  const { triggers } = app.system.declared;
  expect(triggers).toEqual([
    {
      name: 'Migrate',
      functionArn: expect.stringMatching(/function:.*Broken.*:1$/),
      providerArn: expect.stringMatching(/function:.*TriggerCustomResource/),
    },
  ]);
  await expect(runTriggers(triggers, { functions, log, authorize })).rejects.toThrow(
    'Migrate failed, so the system is not ready: Error: relation "users" exists',
  );
});

test('the schedules of the templates have their rate, and can be run at once', async () => {
  const { schedules } = app.system.declared;
  expect(schedules).toEqual([expect.objectContaining({ everyMs: 15 * 60_000, retries: 2 })]);
  const runner = new Schedules({ schedules, functions, log, authorize, ...nowhere });
  expect(await runner.run(runner.names[0] as string)).toMatchObject({
    ok: true,
    payload: { source: 'aws.scheduler' },
  });
  await expect(runner.run('absent')).rejects.toThrow('There is no schedule absent.');
});

test('a schedule runs at its rate until it is stopped, and a run that fails for good is said aloud', async () => {
  const targetArn = app.system.declared.schedules[0]?.targetArn as string;
  const { roleArn = '', groupArn = '' } = app.system.declared.schedules[0] ?? {};
  const fast = { everyMs: 150, input: { fail: true }, retries: 0, arn: 'arn' };
  const runner = new Schedules({
    schedules: [{ name: 'fast', targetArn, roleArn, groupArn, ...fast }],
    functions,
    log,
    authorize,
    ...nowhere,
  });
  runner.start();
  const failed = () => printed.filter((line) => line.startsWith('fast failed for good'));
  for (let waited = 0; failed().length < 2 && waited < 10_000; waited += 50)
    await new Promise((done) => setTimeout(done, 50));
  runner.stop();
  expect(failed().length).toBeGreaterThanOrEqual(2);
  const before = failed().length;
  await new Promise((done) => setTimeout(done, 500));
  expect(failed().length).toBeLessThanOrEqual(before + 1);
});

test('a trigger runs only what the role of its provider may invoke', async () => {
  const { providerArn = '' } = app.system.declared.triggers[0] ?? {};
  const { targetArn = '' } = app.system.declared.schedules[0] ?? {};
  const other = [{ name: 'Other', functionArn: targetArn, providerArn }];
  await expect(runTriggers(other, { functions, log, authorize })).rejects.toThrow(
    /^Other failed, so the system is not ready: AccessDeniedException: .* is not authorized to perform: lambda:InvokeFunction/,
  );
});
