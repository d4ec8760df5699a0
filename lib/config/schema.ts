/**
 * The two inputs of Landfall: an environment (where, how big) and a blueprint (which capabilities, which
 * providers stay). Plain data, validated by zod; rules between fields live in `rules/`, and `load.ts`
 * reports every fault of a configuration in one error.
 *
 * `description` is the field's sentence in docs/configuration.md; `expected` says in words what a pattern
 * accepts, for that page and for the error message.
 */
import * as z from 'zod';
import { authSchema } from './auth-schema';
import { githubSchema, permissionsBoundarySchema } from './deployment-schema';
import { days, globalCertificateArn, text } from './fields';

const cidr = z.cidrv4().meta({ expected: 'an IPv4 CIDR such as 10.0.1.0/24' });
// A browser sends scheme, lower-case host and port; anything longer would never match.
const origin = text(
  /^https?:\/\/[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?$/,
  'an origin such as https://app.example.com: no path, no slash at the end, and no `*`, which would let every site in',
);
const networkSchema = z
  .strictObject({
    cidr: cidr.describe('Address range of the VPC, /16 to /28.'),
    publicSubnets: z.array(cidr).min(1).describe('One public subnet per availability zone.'),
    privateSubnets: z
      .array(cidr)
      .min(1)
      .describe('One private subnet per availability zone, for functions, database and cache.'),
    egress: z
      .enum(['none', 'ipv6', 'nat-instance', 'nat-gateway'])
      .describe(
        'How functions in the VPC reach the internet. `none` and `ipv6` (an egress-only gateway, for destinations that have IPv6) cost nothing at rest; the others are billed by the hour.',
      ),
    interfaceEndpoints: z
      .array(z.enum(['secretsmanager', 'logs', 'sqs', 'sns', 'kms', 'lambda', 'xray', 'cognito-idp']))
      .describe(
        'AWS services reached without the internet; each is billed by the hour and availability zone.',
      ),
    flowLogs: z.boolean().describe('Record accepted and rejected connections of the VPC.'),
    databaseAccess: z
      .enum(['none', 'instance-connect'])
      .describe(
        'How a person reaches the database. `instance-connect` is an EC2 Instance Connect Endpoint and a tiny private instance that forwards the port: no public address, no keys, IAM decides.',
      ),
  })
  .describe('VPC, subnets and the way out.');

const databaseSchema = z
  .strictObject({
    instanceClass: text(/^[a-z0-9]+\.[a-z0-9]+$/, 'an RDS class without `db.`, such as t4g.micro').describe(
      'RDS instance class without the `db.` prefix.',
    ),
    allocatedGiB: z.int().min(20).max(65536).describe('Storage at creation (gp3), in GiB.'),
    maxAllocatedGiB: z.int().min(20).max(65536).describe('Limit of storage autoscaling, in GiB.'),
    multiAz: z
      .boolean()
      .describe('A standby in another availability zone takes over when the first one fails.'),
    backupDays: days(0, 35).describe(
      'Days of automated backups and point-in-time recovery; 0 turns both off.',
    ),
    deletionProtection: z.boolean().describe('RDS refuses to delete the instance.'),
    proxy: z.boolean().describe('RDS Proxy with TLS and IAM authentication in front of the instance.'),
    enhancedMonitoring: z.boolean().describe('Operating system metrics of the instance.'),
    externalSecretName: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Name of the Secrets Manager secret that holds `{"url": "postgresql://..."}`. Read only when the blueprint says `database: external`.',
      ),
  })
  .describe('PostgreSQL.');

const cdnSchema = z
  .strictObject({
    logging: z.boolean().describe('Access logs of the distribution.'),
    priceClass: z
      .enum(['PriceClass_100', 'PriceClass_200', 'PriceClass_All'])
      .describe('Edge locations that serve: 100 is North America and Europe, All is everywhere.'),
    webAclArn: text(
      /^arn:aws[a-z-]*:wafv2:us-east-1:\d{12}:global\/webacl\/.+$/,
      'the ARN of a CLOUDFRONT-scope web ACL, arn:aws:wafv2:us-east-1:<account>:global/webacl/<name>/<id>',
    )
      .optional()
      .describe('Web ACL of CLOUDFRONT scope, which always lives in us-east-1.'),
    domain: z
      .strictObject({
        name: text(
          /^(\*\.)?([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/,
          'a host name such as cdn.example.com',
        ).describe('Host name of the distribution.'),
        certificateArn: globalCertificateArn.describe(
          'Certificate for the host name; CloudFront takes only those of us-east-1.',
        ),
      })
      .optional()
      .describe('Custom domain. Without it the distribution answers on its cloudfront.net name.'),
  })
  .describe('CloudFront distribution in front of the public bucket.');

const storageSchema = z
  .strictObject({
    corsOrigins: z
      .array(origin)
      .describe('Origins whose pages may upload to and download from the documents bucket.'),
    noncurrentDays: days(1, 3650).describe('Days a deleted or overwritten object can still be recovered.'),
    accessLogs: z.boolean().describe('Server access logs of the buckets.'),
    cdn: cdnSchema,
    signingKeys: z
      .array(
        text(
          /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/,
          'a name such as 2026-11: 1 to 32 lower-case letters, digits and hyphens',
        ),
      )
      .min(1)
      // As many as a key group of CloudFront holds.
      .max(5)
      .meta({
        expected:
          'a list of 1 to 5 names such as 2026-11, each of 1 to 32 lower-case letters, digits and hyphens',
      })
      .describe(
        'Names of the keys that sign the URLs of private files; each name is a key pair of its own. The first signs, all are accepted.',
      ),
    malwareProtection: z
      .boolean()
      .describe(
        'GuardDuty scans what is uploaded, and what it has not found clean cannot be read. Billed by object and GB.',
      ),
  })
  .describe('Buckets and content delivery.');

const cacheSchema = z
  .strictObject({
    nodeType: text(
      /^cache\.[a-z0-9]+\.[a-z0-9]+$/,
      'an ElastiCache node type such as cache.t4g.micro',
    ).describe('ElastiCache node type.'),
    replicas: z
      .int()
      .min(0)
      .max(5)
      .describe('Replicas next to the primary; with at least one, failover is automatic.'),
    snapshotDays: days(0, 35).describe('Days of automatic snapshots; 0 takes none.'),
  })
  .describe('Cache. Read only when the blueprint says `cache: elasticache`.');

const apiSchema = z
  .strictObject({
    corsOrigins: z.array(origin).describe('Origins whose pages may call the API.'),
    throttle: z
      .strictObject({
        ratePerSecond: z.int().min(1).describe('Steady requests per second over all callers.'),
        burst: z.int().min(1).describe('Requests above the rate that are taken at once.'),
      })
      .describe('Limits of the stage; a caller beyond them gets 429.'),
    waf: z.boolean().describe('Web ACL with AWS managed rules in front of the API.'),
    canary: z
      .enum(['all-at-once', 'canary-10-percent-5-minutes', 'linear-10-percent-every-1-minute'])
      .describe('How a new version of a function takes traffic; its alarms roll it back.'),
    databaseConnectionShare: z
      .number()
      .gt(0)
      .max(0.9)
      .describe(
        "Share of the database's connections that functions may hold together; the rest is for people.",
      ),
  })
  .describe('REST API.');

const documentsSchema = z
  .strictObject({
    maxBytes: z
      .int()
      .min(1)
      // A presigned POST is one request, and S3 takes at most 5 GiB in one.
      .max(5 * 1024 ** 3)
      .describe('Largest upload, in bytes; S3 takes at most 5 GiB in one POST.'),
  })
  .describe('The documents capability.');

const photosSchema = z
  .strictObject({
    // What a function reads into its memory at once.
    maxBytes: z
      .int()
      .min(1)
      .max(50 * 1024 ** 2)
      .describe('Largest photo, in bytes; at most 50 MiB.'),
    maxMegapixels: z
      .int()
      .min(1)
      .max(100)
      .describe('Largest photo, in millions of pixels; a file that unpacks to more is refused unread.'),
    maxPerUser: z.int().min(1).max(1000).describe('Photos a user may have.'),
  })
  .describe('The photos capability.');

const resumesSchema = z
  .strictObject({
    maxBytes: z
      .int()
      .min(1)
      .max(50 * 1024 ** 2)
      .describe('Largest resume, in bytes, alone or inside an archive; at most 50 MiB.'),
    maxArchiveBytes: z
      .int()
      .min(1)
      // S3 copies it while the request that completes it waits, at most 28 s.
      .max(1024 ** 3)
      .describe('Largest ZIP of resumes, in bytes; at most 1 GiB.'),
    maxArchiveEntries: z.int().min(1).max(1000).describe('Files in one ZIP of resumes.'),
    retentionDays: days(1, 3650).describe(
      'Days after which the file of a candidate is gone; its row follows.',
    ),
  })
  .describe('The resumes capability.');

const slackChannel = text(/^[CG][A-Z0-9]{2,}$/, 'a channel id such as C0123456789, not the channel name');

const monitoringSchema = z
  .strictObject({
    emails: z
      .array(z.email())
      .describe('Addresses that get alarms and budget alerts; each confirms once by mail.'),
    slack: z
      .strictObject({
        workspaceId: text(/^T[A-Z0-9]{2,}$/, 'a workspace id such as T0123456789').describe(
          'Slack workspace id.',
        ),
        criticalChannelId: slackChannel.describe('Channel of alarms that need somebody now.'),
        warningChannelId: slackChannel.describe('Channel of alarms that can wait for the morning.'),
      })
      .optional()
      .describe(
        'Slack, by Amazon Q Developer in chat applications. An administrator authorizes the workspace once in its console.',
      ),
    budgetUsd: z
      .number()
      .positive()
      .describe('Monthly budget in US dollars; alerts go out before and beyond it.'),
    dashboard: z.boolean().describe('CloudWatch dashboard over everything that is monitored.'),
  })
  .describe('Who is told, and what it may cost.');

export const environmentSchema = z.strictObject({
  name: text(
    /^[a-z][a-z0-9-]{1,15}$/,
    '2 to 16 lower-case letters, digits and hyphens, a letter first',
  ).describe('Name of the environment, part of every stack name. Changing it makes new stacks.'),
  account: text(/^\d{12}$/, 'twelve digits')
    .optional()
    .describe('AWS account. Without it: the account that the credentials of the deployment belong to.'),
  region: text(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a region such as us-east-1').describe('AWS region.'),
  removal: z
    .enum(['destroy', 'retain', 'snapshot'])
    .describe('What happens to databases, buckets and user pools when their stack is deleted.'),
  terminationProtection: z.boolean().describe('CloudFormation refuses to delete the stacks.'),
  encryption: z
    .enum(['aws-managed', 'customer-managed'])
    .describe(
      '`customer-managed` makes KMS keys of our own, each billed by the month, with an audit trail per key.',
    ),
  logRetentionDays: z.literal([7, 14, 30, 90, 180, 365, 731]).describe('Days that logs are kept.'),
  audit: z
    .enum(['baseline', 'full'])
    .describe(
      'Rule packs at synthesis: `baseline` is AwsSolutions, `full` adds NIST 800-53, HIPAA, PCI DSS and Serverless.',
    ),
  tags: z
    .record(
      text(
        /^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u,
        'a tag key of 1 to 128 characters, not beginning with aws:',
      ),
      text(
        /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u,
        'a tag value of up to 256 letters, digits, spaces and _.:/=+-@',
      ),
    )
    .describe('Tags of every resource, for cost allocation.'),
  permissionsBoundaryArn: permissionsBoundarySchema,
  github: githubSchema,
  network: networkSchema,
  database: databaseSchema,
  storage: storageSchema,
  auth: authSchema,
  cache: cacheSchema,
  api: apiSchema,
  documents: documentsSchema,
  photos: photosSchema,
  resumes: resumesSchema,
  monitoring: monitoringSchema,
});

export const blueprintSchema = z.strictObject({
  name: text(/^[a-z][a-z0-9-]*$/, 'lower-case letters, digits and hyphens, a letter first').describe(
    'Name of the blueprint.',
  ),
  description: z.string().min(1).describe('What an application gets, in a sentence.'),
  capabilities: z
    .array(z.enum(['documents', 'photos', 'resumes']))
    .min(1)
    .describe('Features that are deployed.'),
  documentFormats: z
    .array(z.enum(['pdf', 'docx', 'doc', 'pptx', 'txt', 'md']))
    .describe('File formats that documents may have; none without the capability.'),
  database: z.enum(['rds', 'external']).describe('Our own PostgreSQL, or one that exists already.'),
  identity: z
    .enum(['cognito', 'oidc'])
    .describe('Our own user pool, or tokens of an issuer that exists already.'),
  cache: z.enum(['elasticache', 'none']).describe('Our own cache, or none.'),
});

export type EnvironmentConfig = z.infer<typeof environmentSchema>;
export type Blueprint = z.infer<typeof blueprintSchema>;
export type NetworkConfig = EnvironmentConfig['network'];
export type DatabaseConfig = EnvironmentConfig['database'];
export type StorageConfig = EnvironmentConfig['storage'];
export type AuthConfig = EnvironmentConfig['auth'];
export type OidcConfig = NonNullable<AuthConfig['oidc']>;
export type CacheConfig = EnvironmentConfig['cache'];
export type ApiConfig = EnvironmentConfig['api'];
export type DocumentsConfig = EnvironmentConfig['documents'];
export type PhotosConfig = EnvironmentConfig['photos'];
export type ResumesConfig = EnvironmentConfig['resumes'];
export type MonitoringConfig = EnvironmentConfig['monitoring'];
