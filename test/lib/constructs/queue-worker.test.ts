import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { WorkerContract } from '../../../lambdas/shared/processing/contract';
import type { EnvironmentConfig } from '../../../lib/config/schema';
import type { Encryption } from '../../../lib/constructs/encryption';
import { HouseRules } from '../../../lib/guardrails/house-rules';
import { ProcessingStack } from '../../../lib/stacks/processing';
import type { Template as Assembled } from '../../support/assembly';
import { queueFaults } from '../../support/queue-checks';
import {
  all,
  environmentWith,
  freshStacks,
  openFindings,
  type Properties,
  type StatefulStacks,
  temporaryFolder,
} from '../../support/stateful-stacks';

const sample: WorkerContract = {
  bundle: 'sample-worker',
  description: 'Works on samples.',
  impact: 'Samples stay raw.',
  memoryMiB: 512,
  timeoutSeconds: 300,
  secondsPerFile: 45,
  batchSize: 5,
  source: { bucket: 'photos', prefix: 'originals/' },
  uses: [
    { bucket: 'photos', can: ['write'], under: 'photos/*' },
    { bucket: 'documents', can: ['read'], under: 'users/*' },
  ],
};

interface Options {
  readonly worker?: Partial<WorkerContract>;
  readonly scanned?: boolean;
  readonly connections?: ReadonlyMap<string, number>;
  readonly photos?: boolean;
}

function addWorker(
  { app, network, database, storage, encryption }: StatefulStacks,
  { removal, logRetentionDays, region }: EnvironmentConfig,
  { worker = {}, scanned = false, connections, photos = true }: Options = {},
): ProcessingStack {
  const assetsDirectory = temporaryFolder('workers');
  mkdirSync(join(assetsDirectory, 'sample-worker'));
  writeFileSync(join(assetsDirectory, 'sample-worker', 'index.js'), '');
  const keys: Encryption = encryption?.encryption ?? {};
  return new ProcessingStack(app, 'landfall-test-processing', {
    env: { region },
    workers: [{ ...sample, ...worker }],
    network: network.functionNetwork,
    database: database.database,
    buckets: { documents: storage.documents, photos: photos ? storage.photos?.bucket : undefined },
    scanned,
    connections,
    functions: { assetsDirectory, removal, logRetentionDays, encryption: keys },
  });
}

const build = (name: string, options: Options = {}): ProcessingStack => {
  const environment = environmentWith(name);
  return addWorker(freshStacks(environment), environment, options);
};

const made = new Map<string, Template>();
/** Of a worker in an environment, without options. */
const template = (name = 'dev'): Template => {
  const found = made.get(name) ?? Template.fromStack(build(name));
  made.set(name, found);
  return found;
};
const resources = (of: Template) => of.toJSON() as Assembled;
const json = (value: unknown) => JSON.stringify(value);

describe('the guard over queues', () => {
  test.each(['dev', 'staging', 'prod'])('finds nothing in %s', (name) => {
    expect(queueFaults(resources(template(name)))).toEqual([]);
  });

  const change = (type: string, changes: (properties: Properties, id: string) => void): string[] => {
    const copy = structuredClone(resources(template()));
    for (const [id, { Type, Properties: properties }] of Object.entries(copy.Resources))
      if (Type === type) changes(properties, id);
    return queueFaults(copy).map((fault) => fault.replace(/^.*: /, ''));
  };
  const mapping = 'AWS::Lambda::EventSourceMapping';

  test.each<[string, string, (properties: Properties, id: string) => void]>([
    ['does not report single failures', mapping, (p) => delete p.FunctionResponseTypes],
    ['has no dead-letter queue', 'AWS::SQS::Queue', (p) => delete p.RedrivePolicy],
    ['shows a message again too early', 'AWS::SQS::Queue', (p) => (p.VisibilityTimeout = 1799)],
    ['shows a message again too early', 'AWS::Lambda::Function', (p) => (p.Timeout = 301)],
    ['receives what the function has no copy for', mapping, (p) => (p.ScalingConfig.MaximumConcurrency = 5)],
    ['receives what the function has no copy for', mapping, (p) => delete p.ScalingConfig],
    [
      'receives what the function has no copy for',
      'AWS::Lambda::Function',
      (p) => delete p.ReservedConcurrentExecutions,
    ],
    [
      'forgets dead letters before the message itself',
      'AWS::SQS::Queue',
      (p) => (p.MessageRetentionPeriod = 345_600),
    ],
    ['has no queue of this template', mapping, (p) => (p.EventSourceArn = 'arn:aws:sqs:us-east-1:1:other')],
  ])('finds what %s (%#)', (fault, type, changes) => {
    expect(change(type, changes)).toContain(fault);
  });
});

describe('a worker', () => {
  test('gets objects that arrive under its prefix in its bucket, and no others', () => {
    const [rule] = all(template(), 'AWS::Events::Rule') as [Properties];
    expect(rule.EventPattern).toEqual({
      source: ['aws.s3'],
      'detail-type': ['Object Created'],
      detail: {
        bucket: { name: [{ 'Fn::ImportValue': expect.stringContaining('Photos') }] },
        object: { key: [{ prefix: 'originals/' }] },
      },
    });
    expect(rule.State).not.toBe('DISABLED');
  });

  test('is told by the scan, where there is one', () => {
    const [rule] = all(Template.fromStack(build('dev', { scanned: true })), 'AWS::Events::Rule') as [
      Properties,
    ];
    expect(rule.EventPattern).toEqual({
      source: ['aws.guardduty'],
      'detail-type': ['GuardDuty Malware Protection Object Scan Result'],
      detail: {
        s3ObjectDetails: {
          bucketName: [{ 'Fn::ImportValue': expect.stringContaining('Photos') }],
          objectKey: [{ prefix: 'originals/' }],
        },
      },
    });
  });

  test('loses no event that EventBridge cannot deliver', () => {
    const [rule] = all(template(), 'AWS::Events::Rule') as [Properties];
    const [queue, deadLetters] = ['Queue', 'DeadLetters'].map((part) =>
      Object.keys(template().findResources('AWS::SQS::Queue')).find((id) =>
        id.startsWith(`sampleworker${part}`),
      ),
    );
    expect(rule.Targets).toEqual([
      {
        Id: 'queue',
        Arn: { 'Fn::GetAtt': [queue, 'Arn'] },
        DeadLetterConfig: { Arn: { 'Fn::GetAtt': [deadLetters, 'Arn'] } },
        RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
      },
    ]);
  });

  test('is fed by this rule of this account alone', () => {
    const [ruleId] = Object.keys(template().findResources('AWS::Events::Rule'));
    const policies = all(template(), 'AWS::SQS::QueuePolicy');
    expect(policies).toHaveLength(2);
    for (const { PolicyDocument } of policies) {
      const allowed = PolicyDocument.Statement.filter(({ Effect }: Properties) => Effect === 'Allow');
      expect(allowed).toEqual([
        {
          Effect: 'Allow',
          Action: 'sqs:SendMessage',
          Principal: { Service: 'events.amazonaws.com' },
          Resource: expect.anything(),
          Condition: {
            ArnEquals: { 'aws:SourceArn': { 'Fn::GetAtt': [ruleId, 'Arn'] } },
            StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
          },
        },
      ]);
      expect(json(PolicyDocument)).toContain('"aws:SecureTransport":"false"');
    }
  });

  test.each(['dev', 'prod'])('may do what it needs in %s and nothing else', (name) => {
    const [policy] = all(template(name), 'AWS::IAM::Policy').filter(({ PolicyName }) =>
      PolicyName.startsWith('sampleworkerFunctionRole'),
    ) as [Properties];
    const grants = policy.PolicyDocument.Statement.flatMap(({ Action, Resource }: Properties) =>
      [Action].flat().flatMap((action: string) => [Resource].flat().map((one) => `${action} ${lastOf(one)}`)),
    )
      .filter((grant: string) => !/^logs:/.test(grant))
      .sort();
    const keys = name === 'prod' ? ['kms:Decrypt', 'kms:GenerateDataKey'] : [];
    expect([...new Set(grants)]).toEqual(
      [
        ...keys.map((action) => `${action} messages`),
        ...(name === 'prod' ? ['kms:Decrypt data', 'kms:GenerateDataKey data'] : []),
        'rds-db:connect /worker',
        's3:GetObject /users/*',
        's3:GetObjectVersion /originals/*',
        's3:PutObject /photos/*',
        'sqs:ChangeMessageVisibility Queue',
        'sqs:DeleteMessage Queue',
        'sqs:GetQueueAttributes Queue',
        'sqs:ReceiveMessage Queue',
        'sqs:SendMessage DeadLetters',
      ].sort(),
    );
  });

  /** What an ARN ends with, or which resource it is of. */
  function lastOf(resource: unknown): string {
    const text = json(resource);
    if (text.includes('Fn::Join')) return (resource as Properties)['Fn::Join'][1].at(-1);
    const [, part = text] = /(DeadLetters|Queue|Messages|Data)/.exec(text) ?? [];
    return part === 'Messages' || part === 'Data' ? part.toLowerCase() : part;
  }

  test('learns its queue, its dead letters, its bucket and its role of the database', () => {
    const [fn] = all(template(), 'AWS::Lambda::Function') as [Properties];
    expect(fn.Environment.Variables).toMatchObject({
      DATABASE_USER: 'worker',
      SOURCE_BUCKET: { 'Fn::ImportValue': expect.stringContaining('Photos') },
      QUEUE_URL: { Ref: expect.stringMatching(/^sampleworkerQueue/) },
      DEAD_LETTERS_URL: { Ref: expect.stringMatching(/^sampleworkerDeadLetters/) },
    });
    expect(fn.DeadLetterConfig).toBeUndefined();
  });

  test('has as many copies as the database allows, or a few where nobody sizes it', () => {
    const copies = (connections?: ReadonlyMap<string, number>) =>
      all(
        Template.fromStack(build('dev', connections ? { connections } : {})),
        'AWS::Lambda::EventSourceMapping',
      )[0]?.ScalingConfig.MaximumConcurrency;
    expect(copies(new Map([['sample-worker', 7]]))).toBe(7);
    expect(copies()).toBe(4);
  });

  test.each<[string, Options, RegExp]>([
    ['one copy', { connections: new Map([['sample-worker', 1]]) }, /at least 2 copies.*found 1/],
    [
      'a batch that cannot end in time',
      { worker: { batchSize: 6 } },
      /expected a timeout of 360 to 900 s for batches of 6 files, found 300 s. Raise/,
    ],
    ['a timeout that Lambda does not have', { worker: { timeoutSeconds: 901 } }, /to 900 s/],
    ['no bucket', { photos: false }, /expected a bucket "photos", which a worker uses, found none/],
  ])('with %s is refused', (_what, options, message) => {
    expect(() => build('dev', options)).toThrow(message);
  });

  test('is watched: what was given up at once, what waits and what fails in working hours', () => {
    const { monitored } = build('dev');
    expect(
      monitored.map(({ id, severity, threshold, runbook }) => [id, severity, threshold, runbook]),
    ).toEqual([
      ['sample-worker-dead-letters', 'critical', 0, 'files-given-up'],
      ['sample-worker-age', 'warning', 1800, 'files-waiting'],
      ['sample-worker-errors', 'warning', 5, 'function-errors'],
    ]);
  });
});

describe('the audit packs and house rules', () => {
  beforeAll(() => {
    jest.spyOn(console, 'error').mockImplementation(() => undefined);
    jest.spyOn(process.stderr, 'write').mockImplementation(() => true);
  });
  afterAll(() => jest.restoreAllMocks());

  test.each(['prod', 'dev'])('have no open finding about a worker of %s', (name) => {
    const environment = environmentWith(name);
    const findings = openFindings(environment, 'rds', (stacks) => {
      addWorker(stacks, environment);
      Validations.of(stacks.app).addPlugins(new HouseRules(environment));
    });
    expect(findings).toEqual([]);
  });
});
