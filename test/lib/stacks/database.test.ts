import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { environments } from '../../../lib/config/environments';
import type { DatabaseConfig, EnvironmentConfig } from '../../../lib/config/schema';
import { maxConnections } from '../../../lib/constructs/instance-class';
import { outputs } from '../../../lib/outputs';
import {
  all,
  environmentWith,
  freshStacks,
  type Properties,
  statefulStacks,
  templateOf,
} from '../../support/stateful-stacks';

const stacks = (
  name = 'dev',
  overrides: Partial<DatabaseConfig> = {},
  provider: 'rds' | 'external' = 'rds',
) => statefulStacks(environmentWith(name, { database: overrides }), provider);
const fresh = (overrides: Partial<DatabaseConfig>, provider: 'rds' | 'external' = 'rds') =>
  freshStacks(environmentWith('dev', { database: overrides }), provider);
const template = (name?: string, overrides?: Partial<DatabaseConfig>) =>
  templateOf(stacks(name, overrides).database);
const instance = (from: Template): Properties => all(from, 'AWS::RDS::DBInstance')[0] ?? {};
const everyEnvironment = Object.entries(environments).map(
  ([name, environment]) => [name, environment] as const,
);
const isDev = ({ name }: EnvironmentConfig) => ['local', 'dev'].includes(name);

describe.each(everyEnvironment)('the instance in %s', (name, environment) => {
  const properties = () => instance(template(name));

  test('is encrypted, private, authenticated by IAM and named after its stack', () => {
    expect(properties()).toMatchObject({
      StorageEncrypted: true,
      PubliclyAccessible: false,
      EnableIAMDatabaseAuthentication: true,
      DBInstanceIdentifier: `landfall-${name}-database`,
    });
  });

  test('runs PostgreSQL 18 on gp3 storage that grows by itself', () => {
    expect(properties()).toMatchObject({
      Engine: 'postgres',
      EngineVersion: '18',
      StorageType: 'gp3',
      AllocatedStorage: String(environment.database.allocatedGiB),
      MaxAllocatedStorage: environment.database.maxAllocatedGiB,
      DBInstanceClass: `db.${environment.database.instanceClass}`,
    });
  });

  test('takes minor upgrades, copies tags to snapshots and exports its logs', () => {
    expect(properties()).toMatchObject({
      AutoMinorVersionUpgrade: true,
      CopyTagsToSnapshot: true,
      EnableCloudwatchLogsExports: ['postgresql', 'upgrade', 'iam-db-auth-error'],
    });
  });

  test('has Multi-AZ, backups, deletion protection and enhanced monitoring as configured', () => {
    const { multiAz, backupDays, deletionProtection, enhancedMonitoring } = environment.database;
    expect(properties()).toMatchObject({
      MultiAZ: multiAz,
      BackupRetentionPeriod: backupDays,
      DeletionProtection: deletionProtection,
    });
    expect(properties().MonitoringInterval).toBe(enhancedMonitoring ? 60 : undefined);
  });

  test('keeps backups for at least 7 days outside dev', () => {
    if (!isDev(environment)) expect(properties().BackupRetentionPeriod).toBeGreaterThanOrEqual(7);
  });

  test('meets deletion and replacement with the configured policy', () => {
    const policy = { destroy: 'Delete', retain: 'Retain', snapshot: 'Snapshot' }[environment.removal];
    template(name).hasResource('AWS::RDS::DBInstance', {
      DeletionPolicy: policy,
      UpdateReplacePolicy: policy,
    });
  });

  test('has log groups with a retention before RDS can make some without', () => {
    const groups = all(template(name), 'AWS::Logs::LogGroup').filter(({ LogGroupName }) =>
      LogGroupName?.startsWith('/aws/rds/instance/'),
    );
    expect(groups.map(({ LogGroupName }) => LogGroupName)).toEqual(
      ['postgresql', 'upgrade', 'iam-db-auth-error'].map(
        (log) => `/aws/rds/instance/landfall-${name}-database/${log}`,
      ),
    );
    for (const group of groups) expect(group.RetentionInDays).toBe(environment.logRetentionDays);
    template(name).hasResource('AWS::RDS::DBInstance', {
      DependsOn: Match.arrayWith([Match.stringLikeRegexp('Log')]),
    });
  });
});

test('in prod a zone may fail, deletion is refused and the operating system is watched', () => {
  expect(instance(template('prod'))).toMatchObject({
    MultiAZ: true,
    DeletionProtection: true,
    MonitoringInterval: 60,
    EnablePerformanceInsights: true,
  });
});

test('with removal snapshot the database leaves a snapshot behind', () => {
  const environment = { ...environmentWith('staging'), removal: 'snapshot' as const };
  templateOf(statefulStacks(environment).database).hasResource('AWS::RDS::DBInstance', {
    DeletionPolicy: 'Snapshot',
    UpdateReplacePolicy: 'Snapshot',
  });
});

describe('parameters', () => {
  const parameters = (overrides?: Partial<DatabaseConfig>): Properties =>
    all(template('dev', overrides), 'AWS::RDS::DBParameterGroup')[0]?.Parameters;

  test('connections without TLS are refused', () => {
    expect(parameters()['rds.force_ssl']).toBe('1');
  });

  test('max_connections is what alarms and concurrency are computed from', () => {
    expect(parameters({ instanceClass: 't4g.small' }).max_connections).toBe(
      String(maxConnections('t4g.small')),
    );
    expect(stacks('dev', { instanceClass: 't4g.small' }).database.database.maxConnections).toBe(
      maxConnections('t4g.small'),
    );
  });

  test('statements are counted, and slow ones logged', () => {
    expect(parameters()).toMatchObject({
      shared_preload_libraries: 'pg_stat_statements',
      log_min_duration_statement: '1000',
    });
  });

  test('no statement and no idle transaction lives forever', () => {
    expect(Number(parameters().statement_timeout)).toBeGreaterThan(0);
    expect(Number(parameters().idle_in_transaction_session_timeout)).toBeGreaterThan(0);
  });
});

describe('owner secret', () => {
  test('RDS generates and rotates it; the template contains no password and no rotation function', () => {
    const built = template();
    expect(instance(built)).toMatchObject({ ManageMasterUserPassword: true, MasterUsername: 'landfall' });
    expect(instance(built).MasterUserPassword).toBeUndefined();
    built.resourceCountIs('AWS::Serverless::Application', 0);
  });
});

describe('who reaches the database', () => {
  const sources = (built: Template) =>
    all(built, 'AWS::EC2::SecurityGroupIngress')
      .filter(({ GroupId }) => JSON.stringify(GroupId).includes('"DatabaseSecurityGroup'))
      .map(({ Description, FromPort, ToPort }) => `${Description} ${FromPort}-${ToPort}`)
      .sort();

  test('without a proxy: clients and migrations, on the database port', () => {
    expect(sources(template('local'))).toEqual(['Database clients 5432-5432', 'Migrations 5432-5432']);
  });

  test('with a proxy: clients reach the proxy, only proxy and migrations reach the instance', () => {
    const built = template('local', { proxy: true });
    expect(sources(built)).toEqual(['Migrations 5432-5432', 'Proxy 5432-5432']);
    built.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
      Description: 'Database clients',
      GroupId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^ProxySecurityGroup'), 'GroupId'] },
    });
  });

  test.each(everyEnvironment)('no group in %s admits an address range', (name) => {
    const { database, cache } = stacks(name);
    for (const built of [templateOf(database), templateOf(cache)]) {
      const inline = all(built, 'AWS::EC2::SecurityGroup').flatMap(
        ({ SecurityGroupIngress = [] }) => SecurityGroupIngress,
      );
      const rules = [...inline, ...all(built, 'AWS::EC2::SecurityGroupIngress')];
      expect(rules.length).toBeGreaterThan(0);
      for (const rule of rules) expect(rule).not.toHaveProperty(['CidrIp']);
      for (const rule of rules) expect(rule).not.toHaveProperty(['CidrIpv6']);
    }
  });

  test('people come through a private relay that only the Instance Connect Endpoint can open', () => {
    const built = template('dev');
    built.resourceCountIs('AWS::EC2::InstanceConnectEndpoint', 1);
    built.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
      FromPort: 22,
      GroupId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^RelaySecurityGroup'), 'GroupId'] },
      SourceSecurityGroupId: {
        'Fn::GetAtt': [Match.stringLikeRegexp('^RelayEndpointSecurityGroup'), 'GroupId'],
      },
    });
    const [relay] = all(built, 'AWS::EC2::Instance');
    expect(relay?.KeyName).toBeUndefined();
    expect(JSON.stringify(relay)).not.toContain('AssociatePublicIpAddress":true');
    expect(sources(built)).toContain('People, through the relay 5432-5432');
    built.hasOutput(outputs.databaseAccessEndpointId, {});
  });

  test('an environment that configures no personal access has no relay', () => {
    const built = template('local');
    built.resourceCountIs('AWS::EC2::InstanceConnectEndpoint', 0);
    built.resourceCountIs('AWS::EC2::Instance', 0);
  });
});

describe('proxy', () => {
  const proxied = () => template('dev', { proxy: true });

  test('it requires TLS and IAM and stores no password', () => {
    proxied().hasResourceProperties('AWS::RDS::DBProxy', {
      RequireTLS: true,
      DefaultAuthScheme: 'IAM_AUTH',
      Auth: Match.absent(),
    });
  });

  test('it connects to the instance as the roles of functions, never as the owner', () => {
    const statements = all(proxied(), 'AWS::IAM::Policy')
      .filter(({ PolicyName }) => PolicyName.startsWith('ProxyRole'))
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
    expect(statements).toHaveLength(1);
    const users = statements[0].Resource.map((arn: Properties) => arn['Fn::Join'][1].at(-1));
    expect(users).toEqual(['/app', '/identity', '/maintenance', '/worker']);
  });

  test('clients get the address of the proxy, migrations that of the instance', () => {
    const { database } = stacks('dev', { proxy: true });
    const host = Stack.of(database).resolve(database.database.environment.DATABASE_HOST);
    expect(host['Fn::GetAtt'][0]).toMatch(/^Proxy/);
    templateOf(database).hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: Match.objectLike({
          DATABASE_HOST: { 'Fn::GetAtt': [Match.stringLikeRegexp('^DatabaseInstance'), 'Endpoint.Address'] },
        }),
      },
    });
  });
});

describe.each([true, false])('grants with proxy %s', (proxy) => {
  const statementFor = (role?: 'app' | 'maintenance') => {
    const { app, database } = fresh({ proxy });
    const consumer = new Stack(app, 'consumer', { env: { region: 'us-east-1' } });
    const grantee = new iam.Role(consumer, 'Role', {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    });
    database.database.grantConnect(grantee, role);
    return all(Template.fromStack(consumer), 'AWS::IAM::Policy')[0]?.PolicyDocument.Statement;
  };

  test.each([['app', undefined] as const, ['app', 'app'] as const, ['maintenance', 'maintenance'] as const])(
    'allow to connect as %s and nothing else',
    (user, role) => {
      const statements = statementFor(role);
      expect(statements).toHaveLength(1);
      expect(statements[0].Action).toBe('rds-db:connect');
      const arn = JSON.stringify(statements[0].Resource);
      expect(arn).toContain(`/${user}"`);
      expect(arn).not.toContain('*');
    },
  );
});

test('a connecting function learns host, port, name, role and where the certificate authorities are', () => {
  const { database } = stacks('dev');
  expect(database.resolve(database.database.environmentFor('maintenance'))).toEqual({
    DATABASE_HOST: { 'Fn::GetAtt': [expect.stringMatching('^DatabaseInstance'), 'Endpoint.Address'] },
    DATABASE_PORT: '5432',
    DATABASE_NAME: 'landfall',
    DATABASE_USER: 'maintenance',
    NODE_EXTRA_CA_CERTS: '/var/runtime/ca-cert.pem',
  });
});

describe('external database', () => {
  const external = () => stacks('dev', { externalSecretName: 'team/database' }, 'external').database;

  test('nothing of RDS is built, only migrations and the way out to it', () => {
    const types = Object.values(
      templateOf(external()).toJSON().Resources as Record<string, { Type: string }>,
    ).map(({ Type }) => Type);
    expect(types.filter((type) => type.startsWith('AWS::RDS'))).toEqual([]);
    expect(types).toContain('Custom::Trigger');
    expect(external().instance).toBeUndefined();
  });

  test('functions get the ARN of the secret and may read it', () => {
    const { app, database } = fresh({ externalSecretName: 'team/database' }, 'external');
    const consumer = new Stack(app, 'consumer', { env: { region: 'us-east-1' } });
    const role = new iam.Role(consumer, 'Role', {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    });
    database.database.grantConnect(role);
    expect(JSON.stringify(consumer.resolve(database.database.environment.DATABASE_SECRET_ARN))).toContain(
      ':secret:team/database',
    );
    const [policy] = all(Template.fromStack(consumer), 'AWS::IAM::Policy');
    expect(JSON.stringify(policy?.PolicyDocument)).toContain('team/database-??????');
  });

  test('its connections are not ours to count', () => {
    expect(external().database.maxConnections).toBeUndefined();
    expect(external().monitored).toEqual([]);
  });

  test('a missing secret name is an error that says so', () => {
    expect(() => stacks('dev', {}, 'external')).toThrow('database.externalSecretName');
  });
});

describe('monitored', () => {
  const monitored = (overrides?: Partial<DatabaseConfig>) =>
    Object.fromEntries(stacks('dev', overrides).database.monitored.map((entry) => [entry.id, entry]));

  test('CPU above 80 % warns', () => {
    expect(monitored()['database-cpu']).toMatchObject({ threshold: 80, severity: 'warning' });
  });

  test('free storage below a tenth of the allocated bytes is critical', () => {
    expect(monitored({ allocatedGiB: 50 })['database-storage']).toMatchObject({
      threshold: 5 * 1024 ** 3,
      comparison: 'LessThanThreshold',
      severity: 'critical',
    });
  });

  test('connections above 80 % of the maximum are critical', () => {
    expect(monitored({ instanceClass: 't4g.medium' })['database-connections']).toMatchObject({
      threshold: Math.floor(maxConnections('t4g.medium') * 0.8),
      severity: 'critical',
    });
  });
});

test('people and scripts find the database in the outputs', () => {
  const built = template();
  for (const name of [
    'databaseHost',
    'databasePort',
    'databaseName',
    'databaseSecretArn',
    'databaseInstanceId',
  ] as const) {
    built.hasOutput(outputs[name], {});
  }
});
