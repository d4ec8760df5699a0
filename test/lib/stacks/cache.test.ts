import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { environments } from '../../../lib/config/environments';
import type { CacheConfig } from '../../../lib/config/schema';
import { outputs } from '../../../lib/outputs';
import {
  all,
  environmentWith,
  freshStacks,
  type Properties,
  statefulStacks,
  templateOf,
} from '../../support/stateful-stacks';

const stacks = (name = 'dev', overrides: Partial<CacheConfig> = {}) =>
  statefulStacks(environmentWith(name, { cache: overrides }));
const template = (name?: string, overrides?: Partial<CacheConfig>) =>
  templateOf(stacks(name, overrides).cache);
const group = (from: Template): Properties => all(from, 'AWS::ElastiCache::ReplicationGroup')[0] ?? {};
const everyEnvironment = Object.entries(environments).map(
  ([name, environment]) => [name, environment] as const,
);

describe.each(everyEnvironment)('the cache in %s', (name, environment) => {
  test('is Valkey 8, encrypted at rest and in transit, and admits no client without TLS', () => {
    expect(group(template(name))).toMatchObject({
      Engine: 'valkey',
      EngineVersion: '8.0',
      AtRestEncryptionEnabled: true,
      TransitEncryptionEnabled: true,
      TransitEncryptionMode: 'required',
    });
  });

  test('has size, replicas, failover and snapshots as configured', () => {
    const { nodeType, replicas, snapshotDays } = environment.cache;
    expect(group(template(name))).toMatchObject({
      CacheNodeType: nodeType,
      NumCacheClusters: replicas + 1,
      AutomaticFailoverEnabled: replicas > 0,
      MultiAZEnabled: replicas > 0,
      SnapshotRetentionLimit: snapshotDays,
    });
  });

  test('meets deletion and replacement with the configured policy', () => {
    const policy = { destroy: 'Delete', retain: 'Retain', snapshot: 'Snapshot' }[environment.removal];
    template(name).hasResource('AWS::ElastiCache::ReplicationGroup', {
      DeletionPolicy: policy,
      UpdateReplacePolicy: policy,
    });
  });

  test('fits its identifiers into the limits of ElastiCache', () => {
    const [user] = all(template(name), 'AWS::ElastiCache::User');
    expect(user?.UserId).toMatch(/^[a-z][a-z0-9-]{0,39}$/);
  });
});

test('the longest environment name still fits into the 40 characters of a user id', () => {
  const environment = { ...environmentWith('dev'), name: 'a234567890123456' };
  const [user] = all(templateOf(statefulStacks(environment).cache), 'AWS::ElastiCache::User');
  expect(user?.UserId.length).toBeLessThanOrEqual(40);
});

describe('who reaches the cache', () => {
  test('one user, by IAM, whose id equals its name as IAM authentication demands', () => {
    const built = template();
    const users = all(built, 'AWS::ElastiCache::User');
    expect(users).toHaveLength(1);
    expect(users[0]).toMatchObject({ AuthenticationMode: { Type: 'iam' }, UserId: 'landfall-dev-cache-app' });
    expect(users[0]?.UserName).toBe(users[0]?.UserId);
    expect(group(built).UserGroupIds).toHaveLength(1);
  });

  test('the user may not administer the server', () => {
    const access: string = all(template(), 'AWS::ElastiCache::User')[0]?.AccessString;
    expect(access).toContain('-@admin');
    expect(access).toContain('-@dangerous');
    expect(access).not.toContain('nopass');
  });

  test('clients on the cache port, and nobody else', () => {
    const rules = all(template(), 'AWS::EC2::SecurityGroupIngress');
    expect(rules).toHaveLength(1);
    expect(rules[0]).toMatchObject({
      FromPort: 6379,
      ToPort: 6379,
      SourceSecurityGroupId: { 'Fn::GetAtt': [expect.stringMatching('^Clients'), 'GroupId'] },
    });
  });

  test('a grant allows to connect to this cache as this user, without wildcards', () => {
    const { app, cache } = freshStacks(environmentWith('dev'));
    const consumer = new Stack(app, 'consumer', { env: { region: 'us-east-1' } });
    const role = new iam.Role(consumer, 'Role', {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    });
    cache.cache.grantConnect(role);
    const [policy] = all(Template.fromStack(consumer), 'AWS::IAM::Policy');
    expect(policy?.PolicyDocument.Statement).toEqual([
      { Action: 'elasticache:Connect', Effect: 'Allow', Resource: [expect.anything(), expect.anything()] },
    ]);
    expect(JSON.stringify(policy)).not.toContain('*');
  });
});

test('a connecting function learns host, port, user and the name that tokens are signed for', () => {
  const { cache } = stacks();
  expect(cache.resolve(cache.cache.environment)).toEqual({
    CACHE_HOST: { 'Fn::GetAtt': ['Valkey', 'PrimaryEndPoint.Address'] },
    CACHE_PORT: { 'Fn::GetAtt': ['Valkey', 'PrimaryEndPoint.Port'] },
    CACHE_USER: 'landfall-dev-cache-app',
    CACHE_NAME: { Ref: 'Valkey' },
  });
});

test('data at rest uses our own key when keys are customer-managed', () => {
  expect(group(template('prod')).KmsKeyId).toBeDefined();
  expect(group(template('dev')).KmsKeyId).toBeUndefined();
});

test('slow commands are logged, with a retention', () => {
  template().hasResourceProperties('AWS::ElastiCache::ReplicationGroup', {
    LogDeliveryConfigurations: [
      Match.objectLike({ LogType: 'slow-log', DestinationType: 'cloudwatch-logs' }),
    ],
  });
  template().hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 14 });
});

describe('monitored', () => {
  test('memory, evictions and CPU are watched', () => {
    expect(stacks().cache.monitored.map(({ id }) => id)).toEqual([
      'cache-memory',
      'cache-evictions',
      'cache-cpu',
    ]);
  });

  test('every node is watched, and the worst one decides', () => {
    const { cache } = stacks('dev', { replicas: 2 });
    const [memory] = cache.monitored;
    const { mathExpression } = memory?.metric.toMetricConfig() ?? {};
    expect(mathExpression?.expression).toBe('MAX([node1, node2, node3])');
    const nodes = Object.values(mathExpression?.usingMetrics ?? {}).map((metric) =>
      cache.resolve(metric.toMetricConfig().metricStat?.dimensions?.[0]?.value),
    );
    expect(nodes.map((node) => node['Fn::Join'][1])).toEqual([
      [{ Ref: 'Valkey' }, '-001'],
      [{ Ref: 'Valkey' }, '-002'],
      [{ Ref: 'Valkey' }, '-003'],
    ]);
  });
});

test('people and scripts find the cache in the outputs', () => {
  for (const name of ['cacheHost', 'cachePort'] as const) template().hasOutput(outputs[name], {});
});
