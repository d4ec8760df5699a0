// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references as the list of grants writes them
/** Grants that no journey exercises, each with the reason why it is there all the same. */

export interface Unexercised {
  /** Path of the role without the environment, for example `network/FlowLogs/Role`; `*` is any text. */
  readonly role: string;
  /** Action and resource as `npm run audit -- coverage` prints them; `*` is any text. */
  readonly grant: string;
  /** A sentence: who uses it when, and why no journey does. */
  readonly reason: string;
  /** File of the test that exercises it in another way. @default AWS uses it, and nothing here can */
  readonly test?: string;
}

/** What AWS does by roles of ours, and the local runtime has no part of. */
const usedByAws: readonly Unexercised[] = [
  {
    role: 'network/FlowLogs/Role',
    grant: '*',
    reason: 'VPC writes flow logs by it; the local network has no flow logs.',
  },
  {
    role: 'database/Database/Instance/MonitoringRole',
    grant: 'managed policy service-role/AmazonRDSEnhancedMonitoringRole',
    reason: 'RDS publishes the metrics of the operating system by it, and accepts no other policy.',
  },
  {
    role: 'database/Proxy/Role',
    grant: 'rds-db:connect *',
    reason:
      'The proxy signs in to the database as the users that it lets through; locally there is no proxy.',
  },
  {
    role: 'api/Canary/Role',
    grant: 'managed policy service-role/AWSCodeDeployRoleForLambdaLimited',
    reason: 'CodeDeploy shifts traffic between versions by it; locally a function has one version.',
  },
  {
    role: 'api/ExecutionLogs/Role',
    grant: 'managed policy service-role/AmazonAPIGatewayPushToCloudWatchLogs',
    reason: 'API Gateway writes logs of every API of the account by it, and accepts no narrower policy.',
  },
  {
    role: 'network/Custom::VpcRestrictDefaultSGCustomResourceProvider/Role',
    grant: '*',
    reason:
      "CDK's function empties the default security group during a deployment; the local network has no groups.",
  },
  {
    role: 'database/AWSCDK.TriggerCustomResourceProviderCustomResourceProvider/Role',
    grant: 'managed policy service-role/AWSLambdaBasicExecutionRole',
    reason: "CDK's function logs by it during a deployment; locally the runtime calls the trigger itself.",
  },
  {
    role: 'storage/Custom::S3AutoDeleteObjectsCustomResourceProvider/Role',
    grant: 'managed policy service-role/AWSLambdaBasicExecutionRole',
    reason: "CDK's function empties buckets when a stack is deleted, which locally is a folder less.",
  },
  {
    role: 'deployment/GitHubRole',
    grant: '*',
    reason:
      'The workflow that deploys hands over to the roles of the bootstrap by it; nothing is deployed locally.',
    test: 'test/lib/stacks/deployment.test.ts',
  },
  {
    role: 'storage/*Scan/Role',
    grant: '*',
    reason:
      'GuardDuty scans uploads by it; no environment of ours has that switched on, a variant of the tests has.',
    test: 'test/scripts/local/malware-scans.test.ts',
  },
];

/** What only a fault brings about. */
const usedAfterFaults: readonly Unexercised[] = [
  ...['jobs/AccountExport', 'jobs/AccountsSweep', 'jobs/FilesSweep', 'auth/MagicLink/Sender'].flatMap(
    (path) => [
      {
        role: `${path}/FunctionRole`,
        grant: 'kms:* arn:aws:kms:*:key/${encryption/Messages}',
        reason:
          'Lambda encrypts an event for the queue of dead letters, when every attempt at it has failed.',
        test: 'test/scripts/local/services/deliveries.test.ts',
      },
    ],
  ),
  ...['jobs/AccountsSweep/Role', 'jobs/FilesSweep/Role'].flatMap((role) => [
    {
      role,
      grant: 'sqs:SendMessage *DeadLetters}',
      reason: 'Scheduler keeps the event of a run that it could not start.',
      test: 'test/scripts/local/services/deliveries.test.ts',
    },
    {
      role,
      grant: 'kms:* arn:aws:kms:*:key/${encryption/Messages}',
      reason: 'Scheduler encrypts the event of a run that it could not start for the queue of dead letters.',
      test: 'test/scripts/local/services/deliveries.test.ts',
    },
  ]),
  {
    role: 'processing/*-worker/FunctionRole',
    grant: 'sqs:ChangeMessageVisibility *',
    reason: 'A worker puts a file off that another one has claimed, or that failed for a reason that passes.',
    test: 'test/lambdas/shared/processing/queue-handler.test.ts',
  },
  {
    role: 'processing/candidate-imports-worker/FunctionRole',
    grant: 's3:DeleteObject arn:aws:s3:::${storage/Documents}/resumes/*',
    reason: 'A file is removed again when another import of the job was faster with the same one.',
    test: 'test/lambdas/candidate-imports-worker/import.test.ts',
  },
  {
    role: 'jobs/AccountExport/FunctionRole',
    grant: 's3:AbortMultipartUpload arn:aws:s3:::${storage/Documents}/exports/*',
    reason: 'The parts of an archive are thrown away when a file of it could not be read.',
    test: 'test/lambdas/account-export/write-export.test.ts',
  },
  {
    role: 'database/Migrations/FunctionRole',
    grant: 'rds-db:connect *dbuser:${database/Database/Instance}/landfall',
    reason:
      'Migrations sign in so when RDS has taken the password of the owner away; the local one keeps it.',
    test: 'test/lambdas/migrations/owner.test.ts',
  },
];

/** What depends on a choice that the local environment does not make. */
const configuredElsewhere: readonly Unexercised[] = [
  {
    role: 'auth/MagicLink/Sender/FunctionRole',
    grant: 'ses:SendEmail *identity/<address of the sender>',
    reason:
      'SES asks about the address of the sender where that is verified by itself, and about its domain elsewhere, as here.',
    test: 'test/lambdas/magic-link-sender/mail.test.ts',
  },
  {
    role: '*/FunctionRole',
    grant: 'secretsmanager:GetSecretValue *:secret:landfall/database-url-??????',
    reason:
      'Blueprints with a database of their own keep its address in this secret; the local ones have RDS.',
    test: 'test/lambdas/shared/database-secret.test.ts',
  },
  {
    role: 'auth/Triggers/UserMigration/FunctionRole',
    grant: 'secretsmanager:GetSecretValue *:secret:landfall/supabase-??????',
    reason: 'Passwords are checked at Supabase, of which the local migration has none.',
    test: 'test/lambdas/user-migration/migrate.test.ts',
  },
  {
    role: 'api/Oidc/Verifier/FunctionRole',
    grant: 'secretsmanager:GetSecretValue *:secret:landfall/supabase-jwt-??????',
    reason: 'Projects from before signing keys share a secret with Supabase; the local issuer has keys.',
    test: 'test/lambdas/authorizer/oidc.test.ts',
  },
];

export const unexercised: readonly Unexercised[] = [...usedByAws, ...usedAfterFaults, ...configuredElsewhere];
