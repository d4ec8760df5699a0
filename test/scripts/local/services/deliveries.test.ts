/** Rules, schedules and failed asynchronous events on their way: each by the policy that allows it, or not at all. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Stack } from 'aws-cdk-lib';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { Key } from 'aws-cdk-lib/aws-kms';
import { CfnEventInvokeConfig, CfnFunction, CfnPermission } from 'aws-cdk-lib/aws-lambda';
import { CfnSchedule, CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { CfnQueuePolicy, Queue } from 'aws-cdk-lib/aws-sqs';
import { Schedules } from '../../../../scripts/local/schedules';
import { ACCOUNT, REGION, type RunningEndpoint, startEndpoint } from '../aws/running-endpoint';
import { type DeployedApp, deployApp, removeTemporaryDirectories, synthesizeStack } from '../deployed-app';
import { type Allowed, exampleRole, lambdaRole } from './example-roles';

interface Running {
  readonly app: DeployedApp;
  readonly aws: RunningEndpoint;
  readonly reports: string[];
  readonly said: string[];
}

let running: Running[] = [];

afterEach(async () => {
  for (const { aws, app } of running) {
    await aws.stop();
    await app.close();
  }
  running = [];
});
afterAll(removeTemporaryDirectories);

async function start(define: (stack: Stack) => void): Promise<Running> {
  const reports: string[] = [];
  let aws: RunningEndpoint | undefined;
  const app = await deployApp(synthesizeStack(define), async (functions, _roles, { authorize }) => {
    aws = await startEndpoint({
      authorize,
      invokeFunction: (arn, event, requestId) => functions.invoke(arn, event, requestId),
      hasFunction: (arn) => functions.has(arn),
      report: (line) => reports.push(line),
    });
    return aws;
  }).catch(async (error: Error) => {
    await aws?.stop();
    throw error;
  });
  if (!aws) throw new Error('unreachable');
  const started = { app, aws, reports, said: [] };
  running.push(started);
  return started;
}

const bodiesIn = ({ aws }: Running, name: string) =>
  aws.sqs.messages(aws.sqs.queue(name)).map(({ message }) => message);

async function until(holds: () => boolean): Promise<void> {
  for (let waited = 0; !holds(); waited += 20) {
    if (waited > 20_000) throw new Error('waited in vain');
    await delay(20);
  }
}

const ruleArn = `arn:aws:events:${REGION}:${ACCOUNT}:rule/orders`;

/** A queue named by its id, whose policy lets EventBridge send for one rule. */
function queueOf(stack: Stack, id: string, sourceArn: string | undefined, encryptionMasterKey?: Key): Queue {
  const queue = new Queue(stack, id, { queueName: id, ...(encryptionMasterKey && { encryptionMasterKey }) });
  if (sourceArn !== undefined)
    new CfnQueuePolicy(stack, `${id}Policy`, {
      queues: [queue.queueUrl],
      policyDocument: {
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: 'events.amazonaws.com' },
            Action: 'sqs:SendMessage',
            Resource: queue.queueArn,
            Condition: {
              ArnEquals: { 'aws:SourceArn': sourceArn },
              StringEquals: { 'aws:SourceAccount': ACCOUNT },
            },
          },
        ],
      },
    });
  return queue;
}

const functionOf = (stack: Stack, code: string, role: string, more = {}) =>
  new CfnFunction(stack, 'Example', {
    functionName: 'example',
    code: { zipFile: code },
    handler: 'index.handler',
    runtime: 'nodejs24.x',
    role,
    ...more,
  });

const works = 'exports.handler = async () => 1;';
const fails = 'exports.handler = async () => { throw new Error("no such table"); };';
const order = { source: 'orders', 'detail-type': 'Order', detail: { id: 1 } };

describe('a rule', () => {
  const toQueue = (targetFrom: string | undefined, deadFrom: string | undefined) =>
    start((stack) => {
      const [target, dead] = [queueOf(stack, 'target', targetFrom), queueOf(stack, 'dead', deadFrom)];
      new CfnRule(stack, 'Rule', {
        name: 'orders',
        eventPattern: { source: ['orders'] },
        targets: [{ id: 'queue', arn: target.queueArn, deadLetterConfig: { arn: dead.queueArn } }],
      });
    });

  test('sends to a queue whose policy names it', async () => {
    const started = await toQueue(ruleArn, undefined);
    await started.aws.events.publish(order);
    expect(bodiesIn(started, 'target')).toHaveLength(1);
    expect(started.reports).toEqual([]);
  });

  test.each([undefined, `${ruleArn}-of-another`])(
    'does not send to a queue whose policy names %s, and says so in its dead letters',
    async (source) => {
      const started = await toQueue(source, ruleArn);
      await started.aws.events.publish(order);
      expect(bodiesIn(started, 'target')).toEqual([]);
      expect(bodiesIn(started, 'dead')).toMatchObject([
        {
          attributes: {
            ERROR_CODE: { StringValue: 'NO_PERMISSIONS' },
            RULE_ARN: { StringValue: ruleArn },
          },
        },
      ]);
    },
  );

  test('loses an event that neither queue lets it send, and the terminal says so', async () => {
    const started = await toQueue(undefined, undefined);
    await started.aws.events.publish(order);
    expect(bodiesIn(started, 'dead')).toEqual([]);
    expect(started.reports).toEqual([expect.stringContaining('is lost, because the rule may not send it')]);
    expect(started.app.logLines.join('\n')).toContain(
      `needed in the policy of arn:aws:sqs:${REGION}:${ACCOUNT}:dead`,
    );
  });

  test.each([
    ['is open to EventBridge', true],
    ['is closed', false],
  ])('sends to a queue with a key that %s: %s', async (_, open) => {
    const started = await start((stack) => {
      const key = new Key(stack, 'Key');
      if (open)
        (
          key.node.defaultChild as unknown as { addPropertyOverride(path: string, value: unknown): void }
        ).addPropertyOverride('KeyPolicy.Statement.1', {
          Effect: 'Allow',
          Principal: { Service: 'events.amazonaws.com' },
          Action: ['kms:GenerateDataKey*', 'kms:Decrypt'],
          Resource: '*',
          Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } },
        });
      new CfnRule(stack, 'Rule', {
        name: 'orders',
        eventPattern: { source: ['orders'] },
        targets: [{ id: 'queue', arn: queueOf(stack, 'target', ruleArn, key).queueArn }],
      });
    });
    await started.aws.events.publish(order);
    expect(bodiesIn(started, 'target')).toHaveLength(open ? 1 : 0);
    expect(started.reports).toEqual(open ? [] : [expect.stringContaining('may not kms:GenerateDataKey')]);
  });

  test.each<[string, string | undefined, number]>([
    ['its policy names the rule', ruleArn, 1],
    ['its policy names another', `${ruleArn}2`, 0],
    ['it has no policy', undefined, 0],
  ])('invokes a function when %s', async (_, sourceArn, times) => {
    const started = await start((stack) => {
      const example = functionOf(stack, works, lambdaRole(stack).attrArn);
      if (sourceArn)
        new CfnPermission(stack, 'Permission', {
          action: 'lambda:InvokeFunction',
          functionName: example.ref,
          principal: 'events.amazonaws.com',
          sourceArn,
        });
      new CfnRule(stack, 'Rule', {
        name: 'orders',
        eventPattern: { source: ['orders'] },
        targets: [{ id: 'function', arn: example.attrArn }],
      });
    });
    const invoked = jest.spyOn(started.app.system.functions, 'invoke');
    await started.aws.events.publish(order);
    if (times > 0) await until(() => invoked.mock.calls.length > 0);
    expect(invoked).toHaveBeenCalledTimes(times);
    expect(started.reports).toHaveLength(1 - times);
  });
});

describe('a schedule', () => {
  const groupArn = `arn:aws:scheduler:${REGION}:${ACCOUNT}:schedule-group/nightly`;
  const invokes = (id: string): Allowed => [
    'lambda:InvokeFunction',
    `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${id}`,
  ];
  const sends: Allowed = ['sqs:SendMessage', `arn:aws:sqs:${REGION}:${ACCOUNT}:dead`];

  const scheduled = (allowed: readonly Allowed[], source = groupArn) =>
    start((stack) => {
      const example = functionOf(stack, works, lambdaRole(stack).attrArn);
      const role = exampleRole(
        stack,
        'SchedulerRole',
        {
          service: 'scheduler.amazonaws.com',
          conditions: {
            ArnEquals: { 'aws:SourceArn': source },
            StringEquals: { 'aws:SourceAccount': ACCOUNT },
          },
        },
        allowed,
      );
      new CfnSchedule(stack, 'Schedule', {
        name: 'sweep',
        groupName: new CfnScheduleGroup(stack, 'Group', { name: 'nightly' }).ref,
        flexibleTimeWindow: { mode: 'OFF' },
        scheduleExpression: 'rate(1 hour)',
        target: {
          arn: example.attrArn,
          roleArn: role.attrArn,
          deadLetterConfig: { arn: new Queue(stack, 'Dead', { queueName: 'dead' }).queueArn },
        },
      });
    });

  const runnerOf = ({ app, aws, said }: Running) => {
    const { declared, functions, accessControl } = app.system;
    const { authorize } = accessControl;
    const schedules = declared.schedules.map((one) => ({ ...one, everyMs: 50, retries: 0 }));
    const log = { say: (_: string, line: string) => said.push(line) } as never;
    return new Schedules({
      schedules,
      functions,
      authorize,
      log,
      lambdaEvents: aws.lambdaEvents,
      sqs: aws.sqs,
    });
  };

  /** Runs until a first run is given up. */
  async function giveUp(started: Running): Promise<void> {
    const runner = runnerOf(started);
    runner.start();
    await until(() => started.said.some((line) => line.includes('failed for good')));
    runner.stop();
  }

  test('starts the function that its role may invoke', async () => {
    const started = await scheduled([invokes('example'), sends]);
    expect(await runnerOf(started).run('sweep')).toMatchObject({ ok: true });
    const [schedule] = started.app.system.declared.schedules;
    expect(schedule?.arn).toBe(`arn:aws:scheduler:${REGION}:${ACCOUNT}:schedule/nightly/sweep`);
  });

  test('whose role may not invoke the function leaves its event in the schedule’s queue', async () => {
    const started = await scheduled([invokes('another'), sends]);
    await giveUp(started);
    expect(bodiesIn(started, 'dead')[0]).toMatchObject({
      attributes: {
        ERROR_CODE: { StringValue: 'AccessDeniedException' },
        ERROR_MESSAGE: { StringValue: expect.stringContaining('lambda:InvokeFunction') },
      },
    });
  });

  test('whose role may not even send there loses it, and the terminal says so', async () => {
    const started = await scheduled([invokes('another')]);
    await giveUp(started);
    expect(bodiesIn(started, 'dead')).toEqual([]);
    expect(started.said).toContainEqual(
      expect.stringContaining('its event is lost: the role of the schedule'),
    );
  });

  test('is not created when its role does not trust Scheduler for its group', async () => {
    await expect(scheduled([invokes('example')], `${groupArn}2`)).rejects.toThrow(
      'The execution role you provide must allow AWS EventBridge Scheduler to assume the role.',
    );
  });
});

test('an asynchronous event that failed for good goes where the role of its function may send it', async () => {
  const started = await start((stack) => {
    const dead = new Queue(stack, 'Dead', { queueName: 'dead', encryptionMasterKey: new Key(stack, 'Key') });
    const role = lambdaRole(stack, [['sqs:SendMessage', dead.queueArn]]);
    const { ref } = functionOf(stack, fails, role.attrArn, {
      deadLetterConfig: { targetArn: dead.queueArn },
    });
    new CfnEventInvokeConfig(stack, 'Invoke', {
      functionName: ref,
      qualifier: '$LATEST',
      maximumRetryAttempts: 0,
    });
  });
  const arn = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:example`;
  await started.aws.lambdaEvents.accept(arn, { order: 1 }, 'request-1');
  await until(() => started.reports.length > 0);
  expect(started.reports[0]).toContain(
    'it is lost, because the role of its function may not kms:GenerateDataKey to keep it in the dead-letter queue dead',
  );
  expect(bodiesIn(started, 'dead')).toEqual([]);
});
