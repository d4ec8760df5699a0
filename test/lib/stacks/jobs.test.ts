import { type Resource, resourcesOf, templateOf } from '../../support/assembly';
import { allVariants } from '../../support/variants';

describe.each(allVariants())('the jobs of $name', ({ name }) => {
  const only = (type: string): [string, Resource] => {
    const found = resourcesOf(templateOf(name, 'jobs'), type);
    expect(found).toHaveLength(1);
    return found[0] as [string, Resource];
  };

  test('sweep documents every 15 minutes', () => {
    const [, { Properties }] = only('AWS::Scheduler::Schedule');
    expect(Properties).toMatchObject({
      ScheduleExpression: 'rate(15 minutes)',
      Target: { RetryPolicy: { MaximumEventAgeInSeconds: 900 } },
    });
  });

  test('keep what failed, whether the scheduler or the function gave up', () => {
    const [queue] = only('AWS::SQS::Queue');
    const arn = { 'Fn::GetAtt': [queue, 'Arn'] };
    expect(only('AWS::Scheduler::Schedule')[1].Properties.Target.DeadLetterConfig).toEqual({ Arn: arn });
    expect(only('AWS::Lambda::Function')[1].Properties.DeadLetterConfig).toEqual({ TargetArn: arn });
  });

  test('may be kept in an encrypted queue: both senders may use its key', () => {
    const key = only('AWS::SQS::Queue')[1].Properties.KmsMasterKeyId;
    const senders = resourcesOf(templateOf(name, 'jobs'), 'AWS::IAM::Policy')
      .map(([, policy]) => policy.Properties.PolicyDocument.Statement)
      .filter((statements) => JSON.stringify(statements).includes('sqs:SendMessage'));
    expect(senders).toHaveLength(2);
    for (const statements of key === undefined ? [] : senders) {
      expect(statements).toContainEqual({
        Effect: 'Allow',
        Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
        Resource: key,
      });
    }
  });

  test('keep it encrypted, for 14 days, and take it over TLS only', () => {
    const [id, { Properties }] = only('AWS::SQS::Queue');
    expect(Properties.MessageRetentionPeriod).toBe(1_209_600);
    expect(Properties.SqsManagedSseEnabled === true || Properties.KmsMasterKeyId !== undefined).toBe(true);
    const [, policy] = only('AWS::SQS::QueuePolicy');
    expect(policy.Properties.Queues).toEqual([{ Ref: id }]);
    expect(policy.Properties.PolicyDocument.Statement).toContainEqual(
      expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
    );
  });

  test('are started by a role that only the schedules of this group in this account can assume', () => {
    const roles = resourcesOf(templateOf(name, 'jobs'), 'AWS::IAM::Role').map(
      ([, { Properties }]) => Properties.AssumeRolePolicyDocument.Statement[0],
    );
    const scheduler = roles.find(({ Principal }) => Principal.Service === 'scheduler.amazonaws.com');
    expect(scheduler.Condition).toEqual({
      StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
      ArnEquals: { 'aws:SourceArn': { 'Fn::GetAtt': [only('AWS::Scheduler::ScheduleGroup')[0], 'Arn'] } },
    });
  });

  test('run one at a time, in the maintenance role, and may only delete objects', () => {
    const [, { Properties }] = only('AWS::Lambda::Function');
    expect(Properties.ReservedConcurrentExecutions).toBe(1);
    expect(Properties.Environment.Variables.DATABASE_USER).toBe('maintenance');
    const actions = resourcesOf(templateOf(name, 'jobs'), 'AWS::IAM::Policy')
      .flatMap(([, policy]) => policy.Properties.PolicyDocument.Statement)
      .flatMap(({ Action }) => Action)
      .filter((action: string) => action.startsWith('s3:'));
    expect(new Set(actions)).toEqual(new Set(['s3:DeleteObject']));
  });
});
