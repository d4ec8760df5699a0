/** Reports for tests of what is made from them: a small one with something of everything, and a large one. */
import type { AuditReport, Principal, StatementView, Target } from '../../scripts/audit/report';

/** As the report writes a reference of a template. */
const reference = (path: string): string => `\${${path}}`;

const bucket = (words: string, key = '/*'): Target => ({
  words,
  arn: `${reference('storage/Documents.Arn')}${key}`,
  path: 'storage/Documents',
});

const lambdaTrust = statement({
  id: 'landfall-prod-api.Role#0',
  kind: 'trust',
  actions: ['sts:AssumeRole'],
  principals: ['lambda.amazonaws.com'],
  words: 'lambda.amazonaws.com may become this role',
});

export function statement(
  given: Partial<StatementView> & Pick<StatementView, 'id' | 'actions' | 'words'>,
): StatementView {
  return {
    kind: 'identity',
    effect: 'Allow',
    levels: [],
    targets: [],
    principals: [],
    conditions: [],
    wildcards: [],
    unused: [],
    ...given,
  };
}

function role(
  path: string,
  name: string,
  statements: readonly StatementView[],
  given: Partial<Principal> = {},
): Principal {
  const stack = path.split('/')[0] ?? '';
  return {
    ...{ stack, path, name, statements, id: path, logicalId: path.replace(/\W/g, '') },
    type: 'AWS::IAM::Role',
    runs: [
      {
        ...{ stack, logicalId: `${path}F`.replace(/\W/g, '') },
        path: path.replace(/\/Role$/, ''),
        type: 'AWS::Lambda::Function',
      },
    ],
    trust: [{ ...lambdaTrust }],
    ...given,
  };
}

const documents = role('api/documents/Function/Role', 'documents function', [
  statement({
    id: 'landfall-prod-api.documentsPolicy#0',
    actions: ['s3:GetObject', 's3:PutObject'],
    targets: [bucket('objects under users/* in the bucket documents', '/users/*')],
    wildcards: [`${reference('storage/Documents.Arn')}/users/*`],
    words: 'may read and write objects under users/* in the bucket documents',
  }),
  statement({
    id: 'landfall-prod-api.documentsPolicy#1',
    actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
    targets: [{ words: 'the key data', arn: reference('encryption/Data.Arn'), path: 'encryption/Data' }],
    conditions: ['only through s3.eu-central-1.amazonaws.com'],
    words: 'may decrypt with and make data keys of the key data',
  }),
  statement({
    id: 'landfall-prod-api.documentsPolicy#2',
    actions: ['rds-db:connect'],
    targets: [
      {
        words: 'the database user documents',
        arn: 'arn:aws:rds-db:eu-central-1:111111111111:dbuser:prx-1/documents',
      },
    ],
    words: 'may sign in to the database as documents',
  }),
  statement({
    id: 'landfall-prod-api.documentsPolicy#3',
    actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
    targets: [{ words: 'everything (*)', arn: '*' }],
    wildcards: ['*'],
    words: 'may write traces, of everything (*)',
    unused: ['xray:PutTelemetryRecords on *'],
  }),
]);

const migrations = role('database/migrations/Function/Role', 'migrations function', [
  statement({
    id: 'landfall-prod-database.migrationsPolicy#0',
    actions: ['secretsmanager:GetSecretValue'],
    targets: [{ words: 'the secret owner', arn: reference('database/Owner'), path: 'database/Owner' }],
    words: 'may read the secret owner',
  }),
  statement({
    id: 'landfall-prod-database.migrationsPolicy#1',
    effect: 'Deny',
    actions: ['s3:*'],
    targets: [bucket('everything in the bucket documents (*)')],
    wildcards: ['s3:*'],
    words: 'must not do anything (s3:*) to everything in the bucket documents (*)',
  }),
]);

const scheduler = role(
  'jobs/Scheduler/Role',
  'scheduler',
  [
    statement({
      id: 'landfall-prod-jobs.schedulerPolicy#0',
      actions: ['sqs:SendMessage'],
      targets: [{ words: 'the queue photos', arn: reference('jobs/Photos.Arn'), path: 'jobs/Photos' }],
      words: 'may send messages to the queue photos',
      unused: ['sqs:SendMessage on the queue photos'],
    }),
  ],
  {
    runs: [],
    trust: [
      statement({
        ...lambdaTrust,
        id: 'landfall-prod-jobs.schedulerRole#0',
        principals: ['scheduler.amazonaws.com'],
        conditions: ['only for schedules of this account'],
        words: 'scheduler.amazonaws.com may become this role',
      }),
    ],
    boundary: 'arn:aws:iam::111111111111:policy/boundary',
  },
);

const group = (path: string, name: string, members: readonly string[]) => ({
  ...{ path, name, members, stack: path.split('/')[0] ?? '' },
  logicalId: path.replace(/\W/g, ''),
  type: 'AWS::EC2::SecurityGroup',
});

export function smallReport(given: Partial<AuditReport> = {}): AuditReport {
  return {
    version: 1,
    environment: 'prod',
    blueprint: 'platform',
    region: 'eu-central-1',
    principals: [documents, migrations, scheduler],
    resourcePolicies: [
      {
        ...{ stack: 'storage', logicalId: 'DocumentsPolicy', path: 'storage/Documents/Policy' },
        type: 'AWS::S3::BucketPolicy',
        about: 'the bucket documents',
        statements: [
          statement({
            id: 'landfall-prod-storage.DocumentsPolicy#0',
            kind: 'resource',
            effect: 'Deny',
            actions: ['s3:*'],
            principals: ['anybody'],
            targets: [bucket('the bucket documents and everything in it (*)')],
            conditions: ['unless the connection is encrypted'],
            wildcards: ['s3:*'],
            words: 'nobody may do anything (s3:*) to the bucket documents and everything in it (*)',
          }),
          statement({
            id: 'landfall-prod-storage.DocumentsPolicy#1',
            kind: 'resource',
            actions: ['s3:GetObject'],
            principals: ['cloudfront.amazonaws.com'],
            targets: [bucket('objects under users/* in the bucket documents', '/users/*')],
            conditions: ['only for the distribution Files'],
            wildcards: [`${reference('storage/Documents.Arn')}/users/*`],
            words: 'cloudfront.amazonaws.com may read objects under users/* in the bucket documents',
          }),
        ],
      },
    ],
    invocations: [
      {
        from: 'GET /documents',
        by: 'apigateway.amazonaws.com',
        target: 'api/documents/Function',
        authorization: 'authorizer Tokens',
        conditions: ['only from the stage v1'],
      },
      {
        from: 'GET /health',
        by: 'apigateway.amazonaws.com',
        target: 'api/health/Function',
        authorization: 'nobody is asked',
        conditions: [],
      },
      {
        from: 'schedule NightlyOfTheAccountsThatNobodyUsedForYearsAndYears',
        by: 'jobs/Scheduler/Role',
        target: 'jobs/Photos',
        authorization: 'the role of the schedule',
        conditions: [],
      },
    ],
    surfaces: [
      {
        ...{ stack: 'api', logicalId: 'Api', path: 'api/Api', type: 'AWS::ApiGateway::RestApi' },
        what: 'the API',
        reachableBy: 'anybody on the internet',
        protections: ['web ACL', 'authorizer Tokens on 31 of 32 routes'],
      },
      {
        ...{ stack: 'storage', logicalId: 'Files', path: 'storage/Files' },
        type: 'AWS::CloudFront::Distribution',
        what: 'files of users',
        reachableBy: 'signed addresses only',
        protections: [],
      },
    ],
    references: [
      {
        ...{ consumer: 'api', producer: 'storage', target: 'storage/Documents', attribute: 'Arn' },
        type: 'AWS::S3::Bucket',
        strength: 'weak',
      },
      {
        ...{ consumer: 'api', producer: 'network', target: 'network/Vpc', attribute: 'Ref' },
        type: 'AWS::EC2::VPC',
        strength: 'strong',
      },
    ],
    network: {
      groups: [
        group('network/Functions', 'functions', ['api/documents/Function', 'database/migrations/Function']),
        group('database/Proxy/Group', 'database proxy', ['database/Proxy']),
        group('database/Instance/Group', 'database', ['database/Instance']),
        group('cache/Group', 'cache', ['cache/Group/Cache']),
        group('network/Endpoints', 'endpoints', []),
      ],
      rules: [
        ...both('network/Functions', 'database/Proxy/Group', 'tcp 5432', 'functions to the proxy'),
        ...both('database/Proxy/Group', 'database/Instance/Group', 'tcp 5432', 'the proxy to its database'),
        ...both('network/Functions', 'cache/Group', 'tcp 6379', 'functions to the cache'),
        ...both('network/Functions', 'network/Endpoints', 'tcp 443', 'AWS services'),
        {
          ...{ from: 'network/Functions', to: 'anywhere (0.0.0.0/0)', port: 'tcp 443' },
          direction: 'egress',
          description: 'model providers',
        },
      ],
      endpoints: [
        {
          ...{ stack: 'network', logicalId: 'S3', path: 'network/S3', type: 'AWS::EC2::VPCEndpoint' },
          ...{ service: 's3', kind: 'Gateway', policy: 'anything, by anybody in this account' },
        },
      ],
      routes: [
        {
          ...{ stack: 'network', logicalId: 'Route', path: 'network/Route', type: 'AWS::EC2::Route' },
          ...{ from: 'network/Public', to: '0.0.0.0/0', through: 'the internet gateway' },
        },
      ],
    },
    stateful: [
      {
        ...{ stack: 'storage', logicalId: 'Documents', path: 'storage/Documents', type: 'AWS::S3::Bucket' },
        ...{ deletionPolicy: 'Retain', updateReplacePolicy: 'Retain' },
        encryption: 'our own key data',
        backup: 'versions, 30 days',
        deletionProtection: 'none: a bucket that holds objects cannot be deleted',
      },
      {
        ...{ stack: 'jobs', logicalId: 'Photos', path: 'jobs/Photos', type: 'AWS::SQS::Queue' },
        ...{ deletionPolicy: 'Delete', updateReplacePolicy: 'Delete' },
        encryption: 'the key of AWS',
        backup: 'none',
        deletionProtection: 'none',
      },
    ],
    findings: [
      {
        rule: 'Landfall::confused-deputy',
        source: 'Landfall',
        path: 'jobs/Photos/Policy',
        description:
          'sns.amazonaws.com may use the queue for anybody: the statement has no aws:SourceAccount',
        fix: 'add aws:SourceAccount or aws:SourceArn to its condition',
        gate: true,
      },
      {
        rule: 'PCI.DSS.321-LambdaInsideVPC',
        source: 'cdk-nag PCIDSS321Checks',
        path: 'api/health/Function',
        description: 'The function is not within a VPC',
        gate: false,
      },
    ],
    acknowledgements: [
      {
        rule: 'AwsSolutions-IAM5[Resource::*]',
        path: 'api/documents/Function/Role',
        reason: 'X-Ray has no resources to name: its actions allow * only.',
        ...{ owner: 'identity', date: '2026-09-02', used: true },
      },
      {
        rule: 'AwsSolutions-S1',
        path: 'storage/Documents',
        reason: 'CloudTrail data events record who read which object.',
        ...{ owner: 'data', date: '2025-10-30', used: true },
      },
      {
        rule: 'AwsSolutions-SQS3',
        path: 'jobs/Photos',
        reason: 'The queue is a dead letter queue itself.',
        ...{ owner: 'application', date: '2026-11-01', used: false },
      },
    ],
    ...given,
  };
}

function both(from: string, to: string, port: string, description: string) {
  return (['ingress', 'egress'] as const).map((direction) => ({ from, to, port, direction, description }));
}

const services = ['s3', 'sqs', 'kms', 'dynamodb', 'secretsmanager', 'logs', 'ses', 'events'];

/** As many statements as asked for, 20 in each role. */
export function largeReport(statements: number): AuditReport {
  const roles = Array.from({ length: Math.ceil(statements / 20) }, (_, number) =>
    role(
      `stack${number % 9}/worker${number}/Function/Role`,
      `worker ${number} function`,
      Array.from({ length: 20 }, (_unused, index) => {
        const service = services[(number + index) % services.length] ?? 's3';
        const thing = `${service} resource ${(number * 7 + index) % 90}`;
        return statement({
          id: `landfall-prod-stack${number % 9}.worker${number}Policy#${index}`,
          actions: [`${service}:Get${index}`, `${service}:Put${index}`],
          targets: [{ words: thing, arn: `arn:aws:${service}:::${thing}`, path: `data/${thing}` }],
          conditions: index % 5 === 0 ? ['only for this account'] : [],
          wildcards: index % 7 === 0 ? [`arn:aws:${service}:::*`] : [],
          unused: index % 11 === 0 ? [`${service}:Put${index}`] : [],
          words: `may get and put the ${thing}`,
        });
      }),
    ),
  );
  return smallReport({ principals: roles });
}
