import { sweptPrefixes } from '../../../lambdas/files-sweep/contract';
import { type Resource, resourcesOf, type Template, templateOf } from '../../support/assembly';
import { allVariants } from '../../support/variants';

const scheduled = ['FilesSweep', 'AccountsSweep'];
const jobs = [...scheduled, 'AccountExport'];

describe.each(allVariants())('the jobs of $name', ({ name, blueprint }) => {
  const template = (): Template => templateOf(name, 'jobs');
  const of = (job: string, type: string): [string, Resource] => {
    const found = resourcesOf(template(), type).filter(([id]) => id.startsWith(job));
    expect(found).toHaveLength(1);
    return found[0] as [string, Resource];
  };
  const functionOf = (job: string) => of(job, 'AWS::Lambda::Function')[1].Properties;
  /** `s3:GetObject users/*` for objects, the action alone for anything else; without what every function may do. */
  const grantsOf = (job: string): string[] =>
    resourcesOf(template(), 'AWS::IAM::Policy')
      .filter(([id]) => id.startsWith(`${job}FunctionRole`))
      .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement)
      .flatMap(({ Action, Resource: resources }) =>
        [Action]
          .flat()
          .flatMap((action: string) =>
            action.startsWith('s3:')
              ? [resources].flat().map((arn) => `${action} ${arn['Fn::Join'][1].at(-1).replace(/^\//, '')}`)
              : [action],
          ),
      )
      .filter((grant) => !/^(logs|kms|rds-db|secretsmanager|sqs):/.test(grant))
      .sort();

  test('are sweeps of documents and accounts, and the export of an account', () => {
    const bundles = resourcesOf(template(), 'AWS::Lambda::Function')
      .map(([id]) => jobs.find((job) => id.startsWith(job)))
      .sort();
    expect(bundles).toEqual([...jobs].sort());
  });

  test('sweep every 15 minutes', () => {
    for (const job of scheduled) {
      expect(of(job, 'AWS::Scheduler::Schedule')[1].Properties).toMatchObject({
        ScheduleExpression: 'rate(15 minutes)',
        Target: { RetryPolicy: { MaximumEventAgeInSeconds: 900 } },
      });
    }
    expect(resourcesOf(template(), 'AWS::Scheduler::Schedule')).toHaveLength(scheduled.length);
  });

  test('keep what failed, whether the scheduler or the function gave up', () => {
    for (const job of jobs) {
      const arn = { 'Fn::GetAtt': [of(job, 'AWS::SQS::Queue')[0], 'Arn'] };
      expect(functionOf(job).DeadLetterConfig).toEqual({ TargetArn: arn });
      if (!scheduled.includes(job)) continue;
      expect(of(job, 'AWS::Scheduler::Schedule')[1].Properties.Target.DeadLetterConfig).toEqual({ Arn: arn });
    }
  });

  test('may be kept in an encrypted queue: every sender may use its key', () => {
    for (const job of jobs) {
      const key = of(job, 'AWS::SQS::Queue')[1].Properties.KmsMasterKeyId;
      const senders = resourcesOf(template(), 'AWS::IAM::Policy')
        .filter(([id]) => id.startsWith(job))
        .map(([, policy]) => policy.Properties.PolicyDocument.Statement)
        .filter((statements) => JSON.stringify(statements).includes('sqs:SendMessage'));
      expect(senders).toHaveLength(scheduled.includes(job) ? 2 : 1);
      for (const statements of key === undefined ? [] : senders) {
        const allowed = statements.filter(({ Resource: resources }: { Resource: unknown }) =>
          [resources].flat().some((arn) => JSON.stringify(arn) === JSON.stringify(key)),
        );
        expect(allowed).toEqual([
          expect.objectContaining({ Effect: 'Allow', Action: ['kms:Decrypt', 'kms:GenerateDataKey'] }),
        ]);
      }
    }
  });

  test('keep it encrypted, for 14 days, and take it over TLS only', () => {
    for (const job of jobs) {
      const [id, { Properties }] = of(job, 'AWS::SQS::Queue');
      expect(Properties.MessageRetentionPeriod).toBe(1_209_600);
      expect(Properties.SqsManagedSseEnabled === true || Properties.KmsMasterKeyId !== undefined).toBe(true);
      const [, policy] = of(job, 'AWS::SQS::QueuePolicy');
      expect(policy.Properties.Queues).toEqual([{ Ref: id }]);
      expect(policy.Properties.PolicyDocument.Statement).toContainEqual(
        expect.objectContaining({
          Effect: 'Deny',
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        }),
      );
    }
  });

  test('are started by a role that only the schedules of their group in this account can assume', () => {
    for (const job of scheduled) {
      const [, { Properties }] = resourcesOf(template(), 'AWS::IAM::Role').find(
        ([id, role]) => id.startsWith(job) && JSON.stringify(role).includes('scheduler.amazonaws.com'),
      ) as [string, Resource];
      expect(Properties.AssumeRolePolicyDocument.Statement[0].Condition).toEqual({
        StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
        ArnEquals: {
          'aws:SourceArn': { 'Fn::GetAtt': [of(job, 'AWS::Scheduler::ScheduleGroup')[0], 'Arn'] },
        },
      });
    }
  });

  test('sweep one at a time, in the maintenance role', () => {
    for (const job of scheduled) {
      expect(functionOf(job).ReservedConcurrentExecutions).toBe(1);
      expect(functionOf(job).Environment.Variables.DATABASE_USER).toBe('maintenance');
    }
  });

  test('may delete what they sweep, and read nothing of it', () => {
    const prefixes = [
      ...sweptPrefixes('documents'),
      ...(blueprint.capabilities.includes('photos') ? sweptPrefixes('photos') : []),
    ];
    expect(prefixes).toEqual(expect.arrayContaining(['quarantine/', 'users/']));
    expect(grantsOf('FilesSweep')).toEqual(prefixes.map((prefix) => `s3:DeleteObject ${prefix}*`).sort());
    expect('PHOTOS_BUCKET' in functionOf('FilesSweep').Environment.Variables).toBe(
      blueprint.capabilities.includes('photos'),
    );
    expect(grantsOf('AccountsSweep')).toEqual([
      ...(blueprint.identity === 'cognito' ? ['cognito-idp:AdminDeleteUser'] : []),
      's3:DeleteObject exports/*',
    ]);
    expect('USER_POOL_ID' in functionOf('AccountsSweep').Environment.Variables).toBe(
      blueprint.identity === 'cognito',
    );
  });

  test('count the files that no worker was told of, in the report of the sweep', () => {
    const [[, { Properties }]] = resourcesOf(template(), 'AWS::Logs::MetricFilter') as [[string, Resource]];
    expect(Properties).toMatchObject({
      FilterPattern: '{ $.waiting >= 0 }',
      LogGroupName: { Ref: expect.stringMatching(/^FilesSweepFunctionLogs/) },
      MetricTransformations: [{ MetricValue: '$.waiting', MetricNamespace: 'Landfall' }],
    });
  });

  test('export an account as the application, from where its documents are to where exports go', () => {
    expect(functionOf('AccountExport').Environment.Variables.DATABASE_USER).toBe('app');
    expect(grantsOf('AccountExport')).toEqual([
      's3:AbortMultipartUpload exports/*',
      ...(blueprint.capabilities.includes('photos') ? ['s3:GetObject originals/*'] : []),
      's3:GetObject resumes/*',
      's3:GetObject users/*',
      's3:PutObject exports/*',
    ]);
    expect(of('AccountExport', 'AWS::Lambda::EventInvokeConfig')[1].Properties).toMatchObject({
      MaximumRetryAttempts: 2,
    });
  });
});
