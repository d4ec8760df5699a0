import { buildReport } from '../../../../scripts/audit/report/build';
import type { AuditReport } from '../../../../scripts/audit/report/report';
import { assemblyDirectory } from '../../../support/assembly';

const reports: Record<string, AuditReport> = {};

beforeAll(async () => {
  for (const variant of [
    'prod-platform',
    'dev-platform',
    'external-database',
    'scanned',
    'other-region',
    'supabase-hybrid',
  ]) {
    reports[variant] = buildReport(assemblyDirectory(variant));
  }
});

/** Everything that is said of a role or of the policy of a resource, by its path. */
function saidOf(variant: string, path: string): string[] {
  const { principals = [], resourcePolicies = [] } = reports[variant] ?? {};
  return [
    ...principals
      .filter((one) => one.id === path)
      .flatMap(({ trust, statements }) => [...trust, ...statements]),
    ...resourcePolicies.filter((one) => one.path === path).flatMap(({ statements }) => statements),
  ].map(({ words }) => words);
}

// Not every statement of a path is listed: what is listed is said exactly so.
test.each<[variant: string, path: string, words: string]>([
  // Who becomes a role.
  ['prod-platform', 'api/documents/FunctionRole', 'Lambda may become this role'],
  ['prod-platform', 'database/Proxy/Role', 'RDS may become this role, only on behalf of this account'],
  [
    'prod-platform',
    'network/FlowLogs/Role',
    'VPC flow logs may become this role, only on behalf of this account and only on behalf of every vpc flow log of this account',
  ],
  [
    'prod-platform',
    'api/Canary/Role',
    'CodeDeploy may become this role, only on behalf of this account and only on behalf of every part of the canary deployment application',
  ],
  [
    'prod-platform',
    'jobs/FilesSweep/Role',
    'EventBridge Scheduler may become this role, only on behalf of this account and only on behalf of the files sweep group of schedules',
  ],
  [
    'scanned',
    'storage/DocumentsScan/Role',
    'GuardDuty malware protection may become this role, only on behalf of this account',
  ],
  // Logs.
  [
    'prod-platform',
    'api/documents/FunctionRole',
    'may open streams in and write to the documents function logs log group',
  ],
  [
    'prod-platform',
    'network/FlowLogs/Role',
    'may list streams of, open streams in and write to the flow logs log group',
  ],
  // The database and the cache, in this stack and in another.
  ['prod-platform', 'api/documents/FunctionRole', 'may sign in as the user app of the database proxy'],
  ['dev-platform', 'api/documents/FunctionRole', 'may sign in as the user app of the database'],
  [
    'prod-platform',
    'database/Proxy/Role',
    'may sign in as the users app, identity, maintenance and worker of the database',
  ],
  ['prod-platform', 'api/health/FunctionRole', 'may connect to the cache user and the valkey cache'],
  [
    'prod-platform',
    'database/Migrations/FunctionRole',
    'may read the password of the master user of the database',
  ],
  // Files.
  [
    'prod-platform',
    'api/documents/FunctionRole',
    'may read, write and delete objects under quarantine/* and users/* in the documents bucket',
  ],
  ['prod-platform', 'api/account/FunctionRole', 'may read objects under exports/* in the documents bucket'],
  [
    'prod-platform',
    'jobs/AccountExport/FunctionRole',
    'may write and abort uploads of objects under exports/* in the documents bucket',
  ],
  [
    'prod-platform',
    'jobs/FilesSweep/FunctionRole',
    'may delete objects under imports/*, quarantine/*, resumes/* and users/* in the documents bucket and objects under originals/*, photos/* and quarantine/* in the photos bucket',
  ],
  [
    'prod-platform',
    'processing/documents-worker/FunctionRole',
    'may read every version of objects under users/* in the documents bucket',
  ],
  [
    'scanned',
    'storage/DocumentsScan/Role',
    'may write the object malware-protection-resource-validation-object in the documents bucket',
  ],
  [
    'scanned',
    'storage/DocumentsScan/Role',
    'may see the region, read the notifications and set the notifications of, and list what is in the documents bucket',
  ],
  // Keys.
  [
    'prod-platform',
    'api/documents/FunctionRole',
    'may decrypt and make data keys with the data key, only through S3',
  ],
  [
    'prod-platform',
    'database/Migrations/FunctionRole',
    'may decrypt with the data key, only through Secrets Manager',
  ],
  ['prod-platform', 'auth/MagicLink/Sender/FunctionRole', 'may seal with the magic link key'],
  ['prod-platform', 'auth/MagicLink/Verify/FunctionRole', 'may verify seals of the magic link key'],
  [
    'prod-platform',
    'auth/MagicLink/Key',
    'identities of this account may do everything with the magic link key, as far as their own policies allow it',
  ],
  [
    'prod-platform',
    'encryption/Logs',
    'CloudWatch Logs may decrypt, encrypt and make data keys of every kind with, and re-encrypt from and to the logs key, only for every log group of this account',
  ],
  [
    'prod-platform',
    'encryption/Data',
    'CloudFront may decrypt with the data key, only on behalf of every distribution of this account',
  ],
  // Secrets, in these templates and not.
  [
    'prod-platform',
    'storage/SigningKeys/FunctionRole',
    'may read and write the signing keys Private-2026-11 secret',
  ],
  ['prod-platform', 'api/photos/FunctionRole', 'may read the signing keys Private-2026-11 secret'],
  ['external-database', 'api/health/FunctionRole', 'may read the secret landfall/database-url'],
  // Users, mail, functions, tables.
  ['prod-platform', 'jobs/AccountsSweep/FunctionRole', 'may delete users of the users user pool'],
  ['prod-platform', 'api/account/FunctionRole', 'may sign users out of the users user pool'],
  ['prod-platform', 'api/account/FunctionRole', 'may call the account export function'],
  ['prod-platform', 'auth/MagicLink/Sender/FunctionRole', 'may put items into the magic link links table'],
  [
    'prod-platform',
    'auth/MagicLink/Sender/FunctionRole',
    'may send mail from the identity example.com and the identity no-reply@example.com, only from the address no-reply@example.com',
  ],
  // Messages.
  [
    'prod-platform',
    'processing/documents-worker/FunctionRole',
    'may read the attributes of, receive messages and delete messages from, and hide messages in the documents-worker queue',
  ],
  [
    'prod-platform',
    'processing/documents-worker/Queue/Policy',
    'EventBridge may send messages to the documents-worker queue, only on behalf of the documents-worker rule and only on behalf of this account',
  ],
  [
    'prod-platform',
    'monitoring/Topics/Critical/Policy',
    'nobody may publish to the topics critical topic when the request is not over TLS',
  ],
  [
    'other-region',
    'monitoring-global/Topics/Critical/Policy',
    'AWS Budgets, CloudWatch and RDS events may publish to the topics critical topic of monitoring-global, only on behalf of this account',
  ],
  // Policies of buckets.
  [
    'prod-platform',
    'storage/Documents/Policy',
    'nobody may do anything with the documents bucket and everything in it when the request is not over TLS',
  ],
  [
    'prod-platform',
    'storage/Documents/Policy',
    'nobody may do anything with the documents bucket and everything in it when TLS is older than 1.2',
  ],
  [
    'prod-platform',
    'storage/Photos/Policy',
    'CloudFront may read objects under photos/* in the photos bucket, only on behalf of the cdn distribution',
  ],
  [
    'scanned',
    'storage/Documents/Policy',
    'nobody may read or read every version of objects under imports/*, resumes/* and users/* in the documents bucket when the caller is not the documents scan role and the object is not tagged GuardDutyMalwareScanStatus = NO_THREATS_FOUND',
  ],
  // What AWS grants for everything or not at all.
  [
    'prod-platform',
    'api/magic-link/FunctionRole',
    'may send telemetry and send traces anywhere in this account',
  ],
  [
    'prod-platform',
    'api/documents/FunctionRole',
    'must not list network interfaces, list subnets, give addresses to network interfaces, create network interfaces, delete network interfaces or take addresses from network interfaces anywhere in this account when the code of a function asks',
  ],
  // Policies that AWS writes.
  [
    'prod-platform',
    'database/Database/Instance/MonitoringRole',
    'may create log groups in and set the retention of every log group named RDS*',
  ],
  [
    'prod-platform',
    'api/Canary/Role',
    'may read and read every version of any object of any bucket, only objects tagged UseWithCodeDeploy = true',
  ],
  // Permissions of functions.
  [
    'prod-platform',
    'api/Api/Invoke-documents',
    'API Gateway may call the documents function, only on behalf of every route of the API',
  ],
  [
    'prod-platform',
    'auth/Triggers/PreSignUp/Function/UserPool',
    'Cognito may call the triggers pre sign up function, only on behalf of this account and only on behalf of the users user pool',
  ],
])('%s: %s: %s', (variant, path, words) => {
  expect(saidOf(variant, path)).toContain(words);
});
