import { Duration } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { Encryption } from './encryption';
import { applyRemoval, type Removal, removalPolicy } from './removal';

/** Days after which the parts of an upload that was never completed are thrown away: its addresses work for an hour. */
const incompleteUploadDays = 1;

export interface BucketProps {
  readonly removal: Removal;
  /** Days a deleted or overwritten object can still be recovered. */
  readonly noncurrentDays: number;
  /** Key for the objects. @default keys managed by S3 */
  readonly encryptionKey?: Encryption['data'];
  /** Origins whose pages may send and fetch objects with a presigned request. @default none */
  readonly corsOrigins?: readonly string[];
  /** Objects under a prefix that disappear by themselves. @default none */
  readonly expiring?: readonly { readonly id: string; readonly prefix?: string; readonly days: number }[];
  /** Bucket that receives the access logs. @default no access logs */
  readonly accessLogs?: s3.IBucket | undefined;
}

/** The only bucket in the repository: private, TLS only, versioned, with a generated name. */
export class Bucket extends s3.Bucket {
  constructor(scope: Construct, id: string, props: BucketProps) {
    const { removal, noncurrentDays, encryptionKey, corsOrigins = [], expiring = [], accessLogs } = props;
    super(scope, id, {
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      versioned: true,
      ...(encryptionKey
        ? { encryption: s3.BucketEncryption.KMS, encryptionKey, bucketKeyEnabled: true }
        : { encryption: s3.BucketEncryption.S3_MANAGED }),
      ...(accessLogs && {
        serverAccessLogsBucket: accessLogs,
        serverAccessLogsPrefix: `${id.toLowerCase()}/`,
      }),
      ...(corsOrigins.length > 0 && { cors: [presignedFrom(corsOrigins)] }),
      lifecycleRules: [
        {
          id: 'forget-old-versions',
          noncurrentVersionExpiration: Duration.days(noncurrentDays),
          expiredObjectDeleteMarker: true,
          abortIncompleteMultipartUploadAfter: Duration.days(incompleteUploadDays),
        },
        ...expiring.map(({ id: ruleId, prefix, days }) => ({
          id: ruleId,
          expiration: Duration.days(days),
          // Expiry leaves a version behind, and what was thrown away here is not to be recovered.
          ...(prefix && { prefix, noncurrentVersionExpiration: Duration.days(days) }),
        })),
      ],
      autoDeleteObjects: removal === 'destroy',
      removalPolicy: removalPolicy(removal),
    });
    applyRemoval(this, removalPolicy(removal));
  }

  /**
   * Sends object events to EventBridge. The L2 switch does this with a custom resource and its function; the
   * property of the bucket itself needs neither.
   */
  publishEvents(): void {
    (this.node.defaultChild as s3.CfnBucket).notificationConfiguration = {
      eventBridgeConfiguration: { eventBridgeEnabled: true },
    };
  }
}

/** What a page needs for presigned requests; the ETag tells it that an upload arrived. */
function presignedFrom(origins: readonly string[]): s3.CorsRule {
  return {
    allowedMethods: [s3.HttpMethods.POST, s3.HttpMethods.PUT, s3.HttpMethods.GET, s3.HttpMethods.HEAD],
    allowedOrigins: [...origins],
    allowedHeaders: ['*'],
    exposedHeaders: ['ETag'],
    maxAge: 3600,
  };
}
