/** What an AWS::S3::Bucket declares, read from its resolved CloudFormation properties. */
import * as z from 'zod';

const corsRule = z.strictObject({
  Id: z.string().optional(),
  AllowedOrigins: z.array(z.string()),
  AllowedMethods: z.array(z.enum(['GET', 'PUT', 'HEAD', 'POST', 'DELETE'])),
  AllowedHeaders: z.array(z.string()).optional(),
  ExposedHeaders: z.array(z.string()).optional(),
  MaxAge: z.coerce.number().optional(),
});

/** Accepted without a local effect; the value says why that changes no answer of a request. */
const WITHOUT_EFFECT = {
  AccelerateConfiguration: 'another route to the same bucket',
  BucketEncryption: 'read below: nothing is encrypted, but the key’s permissions count',
  IntelligentTieringConfigurations: 'moves objects between storage prices',
  InventoryConfigurations: 'a report made overnight',
  LifecycleConfiguration: 'rules run once a day on AWS; a laptop starts over instead',
  LoggingConfiguration: 'delivered within hours on AWS',
  MetricsConfigurations: 'a figure in CloudWatch',
  OwnershipControls: 'every local bucket is owner-enforced',
  PublicAccessBlockConfiguration: 'no local bucket is public',
  Tags: 'labels',
} as const;

const bucketProperties = z.strictObject({
  BucketName: z.string().optional(),
  CorsConfiguration: z.strictObject({ CorsRules: z.array(corsRule) }).optional(),
  VersioningConfiguration: z.strictObject({ Status: z.enum(['Enabled', 'Suspended']) }).optional(),
  NotificationConfiguration: z
    .strictObject({
      EventBridgeConfiguration: z
        .strictObject({ EventBridgeEnabled: z.union([z.boolean(), z.stringbool()]).optional() })
        .optional(),
    })
    .optional(),
  ...Object.fromEntries(Object.keys(WITHOUT_EFFECT).map((name) => [name, z.unknown().optional()])),
});

export type CorsRule = z.infer<typeof corsRule>;

export interface BucketSettings {
  readonly cors: readonly CorsRule[];
  readonly versioning: 'off' | 'Enabled' | 'Suspended';
  /** Whether object events go to EventBridge. */
  readonly eventBridge: boolean;
  /** Algorithm reported by every object's response. */
  readonly encryption: 'AES256' | 'aws:kms' | 'aws:kms:dsse';
  /** Id, ARN or alias of the key, as declared. @default one that AWS manages */
  readonly keyId?: string | undefined;
  /** Whether one data key stands for all objects. */
  readonly bucketKeys: boolean;
}

/** Buckets without a declared encryption are encrypted by S3's own keys, as on AWS since 2023. */
const encryptionSchema = z.object({
  BucketEncryption: z
    .object({
      ServerSideEncryptionConfiguration: z.array(
        z.object({
          BucketKeyEnabled: z.union([z.boolean(), z.stringbool()]).optional(),
          ServerSideEncryptionByDefault: z
            .object({
              SSEAlgorithm: z.enum(['AES256', 'aws:kms', 'aws:kms:dsse']),
              KMSMasterKeyID: z.string().optional(),
            })
            .optional(),
        }),
      ),
    })
    .optional(),
});

/** @throws Error naming the bucket and every property that cannot be honoured locally */
export function readBucketProperties(name: string, properties: unknown): BucketSettings {
  const parsed = bucketProperties.safeParse(properties);
  if (!parsed.success)
    throw new Error(`AWS::S3::Bucket ${name} cannot run locally:\n${z.prettifyError(parsed.error)}`);
  const { CorsConfiguration, VersioningConfiguration, NotificationConfiguration } = parsed.data;
  const [rule] = encryptionSchema.parse(properties).BucketEncryption?.ServerSideEncryptionConfiguration ?? [];
  return {
    cors: CorsConfiguration?.CorsRules ?? [],
    versioning: VersioningConfiguration?.Status ?? 'off',
    // CloudFormation turns EventBridge on by the mere presence of the block.
    eventBridge: NotificationConfiguration?.EventBridgeConfiguration
      ? (NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled ?? true)
      : false,
    encryption: rule?.ServerSideEncryptionByDefault?.SSEAlgorithm ?? 'AES256',
    keyId: rule?.ServerSideEncryptionByDefault?.KMSMasterKeyID,
    bucketKeys: rule?.BucketKeyEnabled ?? false,
  };
}
