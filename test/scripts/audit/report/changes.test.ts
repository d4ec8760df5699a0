import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildReport } from '../../../../scripts/audit/report/build';
import { openItems } from '../../../../scripts/audit/report/open';
import type { AuditReport } from '../../../../scripts/audit/report/report';
import { assemblyDirectory, type Resource } from '../../../support/assembly';

/** Resources of a template, to be changed. */
type Resources = Record<string, { -readonly [key in keyof Resource]: Resource[key] }>;

const variant = 'prod-platform';
const directories: string[] = [];
let before: AuditReport;

beforeAll(async () => {
  before = buildReport(assemblyDirectory(variant));
});

afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true });
});

/** A copy of the assembly without its assets. */
function copy(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'landfall-audit-'));
  directories.push(directory);
  const source = assemblyDirectory(variant);
  for (const file of readdirSync(source).filter((name) => name.endsWith('.json'))) {
    cpSync(path.join(source, file), path.join(directory, file));
  }
  return directory;
}

/** What an audit says when somebody has changed one stack. */
async function audited(stack: string, change: (resources: Resources) => void): Promise<AuditReport> {
  const directory = copy();
  const file = path.join(directory, `landfall-prod-${stack}.template.json`);
  const template = JSON.parse(readFileSync(file, 'utf8')) as { Resources: Resources };
  change(template.Resources);
  writeFileSync(file, JSON.stringify(template));
  return buildReport(directory);
}

const find = (resources: Resources, type: string, id = /./) => {
  const found = Object.entries(resources).find(([name, { Type }]) => Type === type && id.test(name));
  if (!found) throw new Error(`No ${type} like ${id}`);
  return found[1];
};

/** Entries of a part of the report that were not there before. */
async function added<K extends 'surfaces' | 'invocations' | 'stateful' | 'principals' | 'resourcePolicies'>(
  part: K,
  stack: string,
  change: (resources: Resources) => void,
): Promise<AuditReport[K][number][]> {
  const after = await audited(stack, change);
  const known = new Set(before[part].map((one) => JSON.stringify(one)));
  return (after[part] as AuditReport[K][number][]).filter((one) => !known.has(JSON.stringify(one)));
}

test('a copy of the assembly in another folder has the same report, byte for byte', async () => {
  expect(JSON.stringify(buildReport(copy()))).toBe(JSON.stringify(before));
});

test('a grant that no journey uses and no reason explains is a finding that fails the audit', async () => {
  const { findings } = await audited('api', (resources) => {
    const role = Object.keys(resources).find(
      (id) => id.startsWith('documentsFunctionRole') && resources[id]?.Type === 'AWS::IAM::Role',
    );
    const policy = Object.values(resources).find(
      ({ Type, Properties }) =>
        Type === 'AWS::IAM::Policy' && Properties.Roles.some(({ Ref }: { Ref: string }) => Ref === role),
    );
    const statement = policy?.Properties.PolicyDocument.Statement.find(({ Action }: { Action: string }) =>
      [Action].flat().includes('s3:DeleteObject'),
    );
    statement.Action = [statement.Action, 's3:PutObjectTagging'].flat();
  });
  expect(before.findings).toEqual([]);
  expect(findings).toMatchObject(
    ['quarantine', 'users'].map((folder) => ({
      rule: 'unused-grant',
      path: 'api/documents/FunctionRole',
      description: `No journey uses s3:PutObjectTagging arn:aws:s3:::\${storage/Documents}/${folder}/*, and nobody says why it is there`,
      gate: true,
    })),
  );
});

test('a bucket that everybody may read is a surface for anybody on the internet', async () => {
  const surfaces = await added('surfaces', 'storage', (resources) => {
    const bucket = find(resources, 'AWS::S3::Bucket', /^Documents/);
    delete bucket.Properties.PublicAccessBlockConfiguration;
    find(resources, 'AWS::S3::BucketPolicy', /^Documents/).Properties.PolicyDocument.Statement.push({
      Effect: 'Allow',
      Principal: '*',
      Action: 's3:GetObject',
      Resource: { 'Fn::Join': ['', [{ 'Fn::GetAtt': ['Documents7E5B2978', 'Arn'] }, '/*']] },
    });
  });
  expect(surfaces).toEqual([
    expect.objectContaining({
      path: 'storage/Documents',
      reachableBy: 'anybody on the internet',
      protections: expect.arrayContaining([expect.stringContaining('public access is not blocked')]),
    }),
    expect.objectContaining({ what: 'anybody may read objects in the documents bucket' }),
  ]);
});

test('a bucket whose public access is not blocked says which block is missing', async () => {
  const [surface] = await added('surfaces', 'storage', (resources) => {
    find(
      resources,
      'AWS::S3::Bucket',
      /^Photos/,
    ).Properties.PublicAccessBlockConfiguration.BlockPublicPolicy = false;
  });
  expect(surface).toMatchObject({
    path: 'storage/Photos',
    reachableBy: 'principals with rights, and whomever a later policy lets in',
    protections: ['public access is not blocked: BlockPublicPolicy', expect.any(String)],
  });
});

test('a route without an authorizer is a surface, and an invocation that asks nobody', async () => {
  const open = (resources: Resources) => {
    const { Properties } = find(resources, 'AWS::ApiGateway::Method', /^Apidocuments.*GET/);
    Properties.AuthorizationType = 'NONE';
    delete Properties.AuthorizerId;
  };
  const [surface, ...more] = await added('surfaces', 'api', open);
  expect(more).toEqual([]);
  expect(surface).toMatchObject({
    what: expect.stringMatching(/^GET \/documents.* without an authorizer$/),
    reachableBy: 'anybody on the internet',
  });
  expect(await added('invocations', 'api', open)).toEqual([
    expect.objectContaining({ authorization: 'nobody is asked', target: 'api/documents/Function' }),
  ]);
});

test('a security group that is open to the internet is a surface and a rule', async () => {
  const open = (resources: Resources) => {
    find(resources, 'AWS::EC2::SecurityGroup', /^DatabaseSecurityGroup/).Properties.SecurityGroupIngress = [
      { CidrIp: '0.0.0.0/0', IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432, Description: 'For a minute' },
    ];
  };
  expect(await added('surfaces', 'database', open)).toEqual([
    expect.objectContaining({
      path: 'database/Database/SecurityGroup',
      what: 'security group open for tcp 5432 from the internet (0.0.0.0/0)',
      protections: ['For a minute'],
    }),
  ]);
  const { network } = await audited('database', open);
  expect(network.rules).toHaveLength(before.network.rules.length + 1);
});

test.each<[what: string, stack: string, change: (resources: Resources) => void, expected: object]>([
  [
    'a database without backups',
    'database',
    (resources) => {
      find(resources, 'AWS::RDS::DBInstance').Properties.BackupRetentionPeriod = 0;
    },
    { path: 'database/Database/Instance', backup: 'none' },
  ],
  [
    'a database without encryption',
    'database',
    (resources) => {
      find(resources, 'AWS::RDS::DBInstance').Properties.StorageEncrypted = false;
    },
    { path: 'database/Database/Instance', encryption: 'none' },
  ],
  [
    'a table without a second of history',
    'auth',
    (resources) => {
      delete find(resources, 'AWS::DynamoDB::Table').Properties.PointInTimeRecoverySpecification;
    },
    { path: 'auth/MagicLink/Links', backup: 'none' },
  ],
  [
    'a bucket without versions',
    'storage',
    (resources) => {
      delete find(resources, 'AWS::S3::Bucket', /^Documents/).Properties.VersioningConfiguration;
    },
    { path: 'storage/Documents', backup: 'none' },
  ],
  [
    'a user pool that can be deleted',
    'auth',
    (resources) => {
      find(resources, 'AWS::Cognito::UserPool').Properties.DeletionProtection = 'INACTIVE';
    },
    { path: 'auth/Users', deletionProtection: 'off' },
  ],
  [
    'a bucket that goes with its stack',
    'storage',
    (resources) => {
      find(resources, 'AWS::S3::Bucket', /^Documents/).DeletionPolicy = 'Delete';
    },
    { path: 'storage/Documents', deletionPolicy: 'Delete' },
  ],
  [
    'a queue with a key of AWS',
    'processing',
    (resources) => {
      delete find(resources, 'AWS::SQS::Queue', /^documentsworkerQueue/).Properties.KmsMasterKeyId;
    },
    { path: 'processing/documents-worker/Queue', encryption: 'keys of SQS' },
  ],
])('%s is seen', async (_, stack, change, expected) => {
  expect(await added('stateful', stack, change)).toEqual([expect.objectContaining(expected)]);
});

test('a function URL without a signature is a surface', async () => {
  expect(
    await added('surfaces', 'api', (resources) => {
      resources.Open = {
        Type: 'AWS::Lambda::Url',
        Properties: { AuthType: 'NONE', TargetFunctionArn: { Ref: 'healthFunction7E2A437F' } },
      };
    }),
  ).toEqual([expect.objectContaining({ what: 'function URL', reachableBy: 'anybody on the internet' })]);
});

test('a permission for another account is an invocation that nothing here explains, and a surface', async () => {
  const permit = (resources: Resources) => {
    resources.Foreign = {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        Action: 'lambda:InvokeFunction',
        FunctionName: { Ref: 'healthLive8338FECF' },
        Principal: '210987654321',
      },
    };
  };
  expect(await added('invocations', 'api', permit)).toEqual([
    expect.objectContaining({
      from: 'permission api/Foreign',
      by: 'account 210987654321',
      target: 'api/health/Function',
    }),
  ]);
  expect(await added('surfaces', 'api', permit)).toEqual([
    expect.objectContaining({
      what: 'identities of the account 210987654321 may call the health function, as far as their own policies allow it',
    }),
  ]);
});

test('a role that another account may become is a surface', async () => {
  const [surface] = await added('surfaces', 'api', (resources) => {
    const { Properties } = find(resources, 'AWS::IAM::Role', /^healthFunctionRole/);
    Properties.AssumeRolePolicyDocument.Statement.push({
      Effect: 'Allow',
      Action: 'sts:AssumeRole',
      Principal: { AWS: 'arn:aws:iam::210987654321:root' },
    });
  });
  expect(surface).toMatchObject({ path: 'api/health/FunctionRole', reachableBy: 'account 210987654321' });
});

test('a wider statement is marked with its wildcards, and says so in words', async () => {
  const [principal, ...more] = await added('principals', 'api', (resources) => {
    const policy = find(resources, 'AWS::IAM::Policy', /^healthFunctionRole/);
    policy.Properties.PolicyDocument.Statement.push({ Effect: 'Allow', Action: 's3:*', Resource: '*' });
  });
  expect(more).toEqual([]);
  expect(principal?.statements).toContainEqual(
    expect.objectContaining({
      words: 'may do everything with any object of any bucket',
      wildcards: ['s3:*', '*'],
      levels: ['Read', 'List', 'Write', 'Tagging', 'Permissions management'],
    }),
  );
});

test('a boundary, a policy of AWS without its text and a NotAction are told', async () => {
  const [principal] = await added('principals', 'api', (resources) => {
    const role = find(resources, 'AWS::IAM::Role', /^healthFunctionRole/);
    role.Properties.PermissionsBoundary = 'arn:aws:iam::123456789012:policy/boundary';
    role.Properties.ManagedPolicyArns.push(
      'arn:aws:iam::aws:policy/AdministratorAccess',
      'arn:aws:iam::123456789012:policy/house',
    );
    find(resources, 'AWS::IAM::Policy', /^healthFunctionRole/).Properties.PolicyDocument.Statement.push({
      Effect: 'Allow',
      NotAction: 'iam:PassRole',
      NotResource: { 'Fn::GetAtt': ['healthFunctionLogs136147F5', 'Arn'] },
    });
  });
  expect(principal?.boundary).toBe('arn:aws:iam::123456789012:policy/boundary');
  const said = principal?.statements.map(({ words }) => words);
  expect(said).toContainEqual(
    expect.stringMatching(/^may do whatever AWS writes into its policy .*AdministratorAccess/),
  );
  expect(said).toContain(
    'may do whatever the policy arn:aws:iam::123456789012:policy/house says, which is not in these templates',
  );
  expect(said).toContain('may do everything but pass with everything but the health function logs log group');
});

test('findings say whether they fail the synthesis, and what is accepted without a finding is open', async () => {
  const directory = copy();
  const file = path.join(directory, 'validation-report.json');
  const report = JSON.parse(readFileSync(file, 'utf8')) as {
    pluginReports: { pluginName: string; violations: unknown[]; suppressedViolations: object[] }[];
  };
  const finding = (ruleName: string) => ({
    ruleName,
    description: 'For a test of it.',
    violatingConstructs: [{ constructPath: 'landfall-prod-storage/Documents/Resource' }],
  });
  report.pluginReports
    .find(({ pluginName }) => pluginName === 'AwsSolutions')
    ?.violations.push(finding('AwsSolutions-S1'));
  const nist = report.pluginReports.find(({ pluginName }) => pluginName === 'NIST.800.53.R5');
  nist?.violations.push(finding('NIST.800.53.R5-S3BucketLoggingEnabled'));
  nist?.suppressedViolations.splice(0);
  writeFileSync(file, JSON.stringify(report));
  const audit = buildReport(directory, { gates: (pack) => pack === 'AwsSolutions' });
  expect(audit.findings).toEqual([
    {
      rule: 'AwsSolutions-S1',
      source: 'AwsSolutions',
      path: 'storage/Documents',
      description: 'For a test of it.',
      gate: true,
    },
    expect.objectContaining({ rule: 'NIST.800.53.R5-S3BucketLoggingEnabled', gate: false }),
  ]);
  const { findings, stale, overdue } = openItems(audit, '2026-11-26');
  expect(findings).toHaveLength(1);
  expect(new Set(stale.map(({ rule }) => rule.split('-')[0]))).toEqual(new Set(['NIST.800.53.R5']));
  expect(overdue).toEqual([]);
  expect(openItems(audit, '2030-01-01').overdue.length).toBeGreaterThan(200);
});
