// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of templates
import { readAuditedAssembly } from '../../../../scripts/audit/assembly/assembly';
import { type Grant, grantsOf, nameOf } from '../../../../scripts/audit/coverage/grants';
import { assemblyDirectory } from '../../../support/assembly';

const grantsIn = (variant: string) => grantsOf(readAuditedAssembly(assemblyDirectory(variant))).grants;

const of = (grants: readonly Grant[], role: string) =>
  grants.filter((grant) => grant.role === role).map((grant) => nameOf(grant));

test('a grant has the same name in every environment', () => {
  const [local, prod, europe] = ['local-platform', 'prod-platform', 'other-region'].map((variant) =>
    of(grantsIn(variant), 'processing/photos-worker/FunctionRole').sort(),
  );
  expect(prod).toEqual(europe);
  expect(prod).toEqual(local);
});

test('resources of other stacks, of configured names and of proxies are written as what they are', () => {
  const grants = grantsIn('prod-platform');
  expect(of(grants, 'api/photos/FunctionRole')).toEqual(
    expect.arrayContaining([
      's3:PutObject arn:aws:s3:::${storage/Photos}/quarantine/*',
      'rds-db:connect arn:aws:rds-db:${region}:${account}:dbuser:${database/Database/Instance}/app',
      'secretsmanager:GetSecretValue arn:aws:secretsmanager:${region}:${account}:secret:${storage/SigningKeys/Pair-<month>}',
      'logs:PutLogEvents arn:aws:logs:${region}:${account}:log-group:${api/photos/FunctionLogs}:*',
    ]),
  );
  expect(of(grants, 'auth/MagicLink/Sender/FunctionRole')).toEqual(
    expect.arrayContaining([
      'ses:SendEmail arn:aws:ses:${region}:${account}:identity/<domain of the sender>',
      'ses:SendEmail arn:aws:ses:${region}:${account}:identity/<address of the sender>',
    ]),
  );
});

test('policies that AWS writes are named', () => {
  expect(of(grantsIn('prod-platform'), 'database/Database/Instance/MonitoringRole')).toEqual([
    'managed policy service-role/AmazonRDSEnhancedMonitoringRole',
  ]);
});

test('pairs that allow nothing are no grants', () => {
  const grants = grantsIn('prod-platform');
  const logGroup = 'arn:aws:logs:${region}:${account}:log-group:${network/FlowLogs/LogGroup}';
  expect(of(grants, 'network/FlowLogs/Role')).not.toContain(`logs:PutLogEvents ${logGroup}`);
  expect(of(grants, 'network/FlowLogs/Role')).toContain(`logs:PutLogEvents ${logGroup}:*`);
});

test('a grant says where it is written', () => {
  const [grant] = grantsIn('prod-platform').filter(
    ({ role, action }) => role === 'api/health/FunctionRole' && action === 'rds-db:connect',
  );
  expect(grant?.places).toEqual([
    {
      policy: expect.stringMatching(/^landfall-prod-api\.healthFunctionRoleDefaultPolicy/),
      index: 1,
      resourceIndex: 0,
    },
  ]);
});
