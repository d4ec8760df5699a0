/**
 * The two inputs of Landfall: an environment (where, how big) and a blueprint (which capabilities, which
 * providers stay). Plain data, validated by zod; rules between fields live in `rules.ts`, and `load.ts`
 * reports every fault of a configuration in one error.
 */
import * as z from 'zod';

const cidr = z
  .string()
  .regex(/^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/, 'expected an IPv4 CIDR such as 10.0.1.0/24');
const origin = z.url({ protocol: /^https?$/ });
const days = (min: number, max: number) => z.int().min(min).max(max);

const networkSchema = z.strictObject({
  cidr,
  publicSubnets: z.array(cidr).min(1),
  privateSubnets: z.array(cidr).min(1),
  /** How functions reach the internet. `none` costs nothing; `ipv6` is a free egress-only gateway. */
  egress: z.enum(['none', 'ipv6', 'nat-instance', 'nat-gateway']),
  /** Interface endpoints, each about 7 USD per availability zone and month. */
  interfaceEndpoints: z.array(z.enum(['secretsmanager', 'logs', 'sqs', 'sns', 'kms', 'lambda', 'xray'])),
  flowLogs: z.boolean(),
  /** How a person reaches the database without a bastion host. */
  databaseAccess: z.enum(['none', 'instance-connect']),
});

const databaseSchema = z.strictObject({
  /** RDS class without the `db.` prefix, for example `t4g.micro`. */
  instanceClass: z.string().regex(/^[a-z0-9]+\.[a-z0-9]+$/, 'expected a class such as t4g.micro'),
  allocatedGiB: z.int().min(20).max(65536),
  maxAllocatedGiB: z.int().min(20).max(65536),
  multiAz: z.boolean(),
  backupDays: days(0, 35),
  deletionProtection: z.boolean(),
  /** RDS Proxy with TLS and IAM authentication in front of the instance. */
  proxy: z.boolean(),
  enhancedMonitoring: z.boolean(),
  /** Rotation interval of the generated owner secret. */
  secretRotationDays: days(1, 365),
  /** `database: external` only: name of the Secrets Manager secret holding `{"url": "postgresql://..."}`. */
  externalSecretName: z.string().min(1).optional(),
});

const storageSchema = z.strictObject({
  corsOrigins: z.array(origin),
  /** Days a deleted or overwritten object can still be recovered. */
  noncurrentDays: days(1, 3650),
  accessLogs: z.boolean(),
  cdn: z.strictObject({
    logging: z.boolean(),
    priceClass: z.enum(['PriceClass_100', 'PriceClass_200', 'PriceClass_All']),
    /** ARN of a CLOUDFRONT-scope web ACL (always in us-east-1). */
    webAclArn: z.string().startsWith('arn:').optional(),
    /** Custom domain with its us-east-1 certificate. */
    domain: z.strictObject({ name: z.string(), certificateArn: z.string().startsWith('arn:') }).optional(),
  }),
});

const authSchema = z.strictObject({
  callbackUrls: z.array(z.url()).min(1),
  logoutUrls: z.array(z.url()).min(1),
  /** Prefix of the hosted sign-in domain; absent: no hosted domain. */
  domainPrefix: z
    .string()
    .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/)
    .optional(),
  featurePlan: z.enum(['LITE', 'ESSENTIALS', 'PLUS']),
  mfa: z.enum(['off', 'optional', 'required']),
  deletionProtection: z.boolean(),
  /** `identity: oidc` only. */
  oidc: z.strictObject({ issuer: z.url(), audience: z.string().min(1) }).optional(),
});

const cacheSchema = z.strictObject({
  nodeType: z.string().startsWith('cache.'),
  replicas: z.int().min(0).max(5),
  snapshotDays: days(0, 35),
});

const apiSchema = z.strictObject({
  corsOrigins: z.array(origin),
  throttle: z.strictObject({ ratePerSecond: z.int().min(1), burst: z.int().min(1) }),
  waf: z.boolean(),
  /** How a new version takes traffic; alarms roll it back. */
  canary: z.enum(['all-at-once', 'canary-10-percent-5-minutes', 'linear-10-percent-every-1-minute']),
  /** Share of the database's connections that functions may hold together. */
  databaseConnectionShare: z.number().gt(0).max(0.9),
});

const documentsSchema = z.strictObject({
  maxBytes: z
    .int()
    .min(1)
    .max(5 * 1024 ** 3),
  formats: z.array(z.enum(['pdf', 'docx', 'doc', 'txt', 'pptx'])).min(1),
});

const monitoringSchema = z.strictObject({
  emails: z.array(z.email()),
  /** Slack by Amazon Q Developer in chat applications; the workspace is authorized once in the console. */
  slack: z
    .strictObject({ workspaceId: z.string(), criticalChannelId: z.string(), warningChannelId: z.string() })
    .optional(),
  /** Monthly budget in US dollars. */
  budgetUsd: z.number().positive(),
  dashboard: z.boolean(),
});

export const environmentSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{1,15}$/),
  /** Twelve digits; absent: whatever account the CLI's credentials belong to. */
  account: z
    .string()
    .regex(/^\d{12}$/)
    .optional(),
  region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/),
  /** What happens to stateful resources when their stack is deleted. */
  removal: z.enum(['destroy', 'retain', 'snapshot']),
  terminationProtection: z.boolean(),
  /** `customer-managed` makes KMS keys of our own: 1 USD a key and month, and audit trails per key. */
  encryption: z.enum(['aws-managed', 'customer-managed']),
  logRetentionDays: z.union([
    z.literal(7),
    z.literal(14),
    z.literal(30),
    z.literal(90),
    z.literal(180),
    z.literal(365),
    z.literal(731),
  ]),
  /** Audit packs applied at synthesis. */
  audit: z.enum(['baseline', 'full']),
  tags: z.record(z.string(), z.string()),
  network: networkSchema,
  database: databaseSchema,
  storage: storageSchema,
  auth: authSchema,
  cache: cacheSchema,
  api: apiSchema,
  documents: documentsSchema,
  monitoring: monitoringSchema,
});

export const blueprintSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]*$/),
  description: z.string().min(1),
  capabilities: z.array(z.enum(['documents'])),
  database: z.enum(['rds', 'external']),
  identity: z.enum(['cognito', 'oidc']),
  cache: z.enum(['elasticache', 'none']),
});

export type EnvironmentConfig = z.infer<typeof environmentSchema>;
export type Blueprint = z.infer<typeof blueprintSchema>;
export type NetworkConfig = EnvironmentConfig['network'];
export type DatabaseConfig = EnvironmentConfig['database'];
export type StorageConfig = EnvironmentConfig['storage'];
export type AuthConfig = EnvironmentConfig['auth'];
export type CacheConfig = EnvironmentConfig['cache'];
export type ApiConfig = EnvironmentConfig['api'];
export type DocumentsConfig = EnvironmentConfig['documents'];
export type MonitoringConfig = EnvironmentConfig['monitoring'];
