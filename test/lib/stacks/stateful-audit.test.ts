import type { CfnDBInstance } from 'aws-cdk-lib/aws-rds';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { environmentWith, openFindings } from '../../support/stateful-stacks';

/** Silences the report that synthesis prints when there are findings. */
beforeAll(() => {
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
  jest.spyOn(process.stderr, 'write').mockImplementation(() => true);
});
afterAll(() => jest.restoreAllMocks());

test('a database that stores its data unencrypted is found', () => {
  const findings = openFindings(environmentWith('dev'), 'rds', ({ database }) => {
    (database.instance?.node.defaultChild as CfnDBInstance).storageEncrypted = false;
  });
  expect(findings).toEqual(['AwsSolutions-RDS2 landfall-dev-database/Database/Instance/Resource']);
});

test('an acknowledgement on one bucket does not cover another', () => {
  const findings = openFindings(environmentWith('staging'), 'rds', ({ storage }) => {
    new Bucket(storage, 'Forgotten');
  });
  expect(findings).toContain('AwsSolutions-S1 landfall-staging-storage/Forgotten/Resource');
  expect(findings).toContain('AwsSolutions-S10 landfall-staging-storage/Forgotten/Resource');
});

describe('what no variant configures has no open finding either', () => {
  test('prod without a way out', () => {
    const network = {
      egress: 'none' as const,
      interfaceEndpoints: ['secretsmanager', 'logs'] as ['secretsmanager', 'logs'],
    };
    expect(openFindings(environmentWith('prod', { network }))).toEqual([]);
  });

  test('prod with a custom domain and a web ACL for its files', () => {
    const environment = environmentWith('prod');
    const cdn = {
      ...environment.storage.cdn,
      webAclArn: 'arn:aws:wafv2:us-east-1:123456789012:global/webacl/files/a1b2c3',
      domain: {
        name: 'files.example.com',
        certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/a1b2c3',
      },
    };
    expect(openFindings(environmentWith('prod', { storage: { cdn } }))).toEqual([]);
  });

  test('dev with everything that the configuration can switch off switched off', () => {
    expect(
      openFindings(
        environmentWith('dev', {
          network: { flowLogs: false, databaseAccess: 'none', egress: 'none' },
          database: {
            multiAz: false,
            deletionProtection: false,
            proxy: false,
            enhancedMonitoring: false,
            backupDays: 0,
          },
          cache: { replicas: 0, snapshotDays: 0 },
        }),
      ),
    ).toEqual([]);
  });
});
