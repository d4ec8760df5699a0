import { Match } from 'aws-cdk-lib/assertions';
import { all, environmentWith, statefulStacks, templateOf } from '../../support/stateful-stacks';

const keys = () => {
  const { encryption } = statefulStacks(environmentWith('prod'));
  if (!encryption) throw new Error('prod has no keys');
  return templateOf(encryption);
};

test('customer-managed means three keys that rotate and outlive their stack', () => {
  keys().resourceCountIs('AWS::KMS::Key', 3);
  keys().allResources('AWS::KMS::Key', {
    Properties: Match.objectLike({ EnableKeyRotation: true }),
    DeletionPolicy: 'Retain',
    UpdateReplacePolicy: 'Retain',
  });
});

test('aws-managed means no stack of keys', () => {
  expect(statefulStacks(environmentWith('dev')).encryption).toBeUndefined();
});

test('services use the keys only for this account', () => {
  const services = all(keys(), 'AWS::KMS::Key')
    .flatMap(({ KeyPolicy }) => KeyPolicy.Statement)
    .filter(({ Principal }) => Principal.Service);
  expect(services.length).toBeGreaterThan(0);
  for (const { Condition } of services) expect(JSON.stringify(Condition)).toContain('AWS::AccountId');
});

test('every log group of the stateful stacks uses the key for logs', () => {
  const { network, database, cache } = statefulStacks(environmentWith('prod'));
  for (const stack of [network, database, cache]) {
    const groups = all(templateOf(stack), 'AWS::Logs::LogGroup');
    expect(groups).not.toEqual([]);
    for (const group of groups) {
      expect(JSON.stringify(group.KmsKeyId)).toContain('landfall-prod-keys:ExportsOutputFnGetAttLogs');
    }
  }
});

test('database, owner secret, insights, cache and documents use the key for data', () => {
  const { database, cache, storage } = statefulStacks(environmentWith('prod'));
  const [instance] = all(templateOf(database), 'AWS::RDS::DBInstance');
  const [group] = all(templateOf(cache), 'AWS::ElastiCache::ReplicationGroup');
  const used = [
    instance?.KmsKeyId,
    instance?.MasterUserSecret.KmsKeyId,
    instance?.PerformanceInsightsKMSKeyId,
    group?.KmsKeyId,
    all(templateOf(storage), 'AWS::S3::Bucket')
      .map(
        (bucket) =>
          bucket.BucketEncryption.ServerSideEncryptionConfiguration[0].ServerSideEncryptionByDefault,
      )
      .find(({ SSEAlgorithm }) => SSEAlgorithm === 'aws:kms')?.KMSMasterKeyID,
  ];
  for (const key of used)
    expect(JSON.stringify(key)).toContain('landfall-prod-keys:ExportsOutputFnGetAttData');
});
