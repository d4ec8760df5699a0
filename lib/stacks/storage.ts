import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { EnvironmentConfig, StorageConfig } from '../config/schema';
import { acknowledge, regulated } from '../constructs/acknowledge';
import { Bucket } from '../constructs/bucket';
import { Cdn } from '../constructs/cdn';
import type { Encryption } from '../constructs/encryption';
import type { Monitored } from '../constructs/monitored';
import { referToStrongly } from '../constructs/references';
import type { Removal } from '../constructs/removal';
import { outputs } from '../outputs';

export interface StorageStackProps extends StackProps {
  readonly storage: StorageConfig;
  readonly logRetentionDays: EnvironmentConfig['logRetentionDays'];
  readonly removal: Removal;
  readonly encryption: Encryption;
}

/** Documents bucket, public bucket behind CloudFront, and the bucket for their access logs. */
export class StorageStack extends Stack {
  /** Private; holds `quarantine/` until an upload is checked, then `users/`; and `exports/` for a day. */
  readonly documents: s3.IBucket;
  /** What anybody may read, but only through the distribution. */
  readonly public: s3.IBucket;
  readonly distribution: cloudfront.IDistribution;
  readonly monitored: Monitored[];

  constructor(scope: Construct, id: string, props: StorageStackProps) {
    super(scope, id, props);
    const { storage, removal, encryption, logRetentionDays } = props;

    const logs =
      storage.accessLogs || storage.cdn.logging
        ? new Bucket(this, 'AccessLogs', {
            removal,
            noncurrentDays: storage.noncurrentDays,
            expiring: [{ id: 'forget-old-logs', days: logRetentionDays }],
          })
        : undefined;
    const shared = {
      removal,
      noncurrentDays: storage.noncurrentDays,
      accessLogs: storage.accessLogs ? logs : undefined,
    };

    const documents = new Bucket(this, 'Documents', {
      ...shared,
      encryptionKey: encryption.data,
      corsOrigins: storage.corsOrigins,
      // An upload is promoted within seconds; what is still in quarantine after a day was abandoned.
      expiring: [
        { id: 'forget-abandoned-uploads', prefix: 'quarantine/', days: 1 },
        // A copy of everything somebody has, made to be fetched at once.
        { id: 'forget-exports', prefix: 'exports/', days: 1 },
      ],
    });
    documents.publishEvents();
    // Readable by everybody through the distribution, so a key of our own would protect nothing.
    const publicBucket = new Bucket(this, 'Public', shared);
    publicBucket.publishEvents();
    referToStrongly(documents, publicBucket);

    const cdn = new Cdn(this, 'Cdn', {
      cdn: storage.cdn,
      origin: publicBucket,
      logs: storage.cdn.logging ? logs : undefined,
    });
    explainFindings(storage, { documents, public: publicBucket, ...(logs && { logs }) });

    this.documents = documents;
    this.public = publicBucket;
    this.distribution = cdn.distribution;
    this.monitored = cdn.monitored;

    new CfnOutput(this, outputs.documentsBucketName, { value: documents.bucketName });
    new CfnOutput(this, outputs.publicBucketName, { value: publicBucket.bucketName });
    new CfnOutput(this, outputs.cdnUrl, { value: cdn.url });
  }
}

function explainFindings(storage: StorageConfig, buckets: Record<string, Bucket>): void {
  for (const bucket of Object.values(buckets)) {
    acknowledge(
      bucket,
      'Versions keep what was deleted or overwritten; a copy in a second region is no requirement of this system.',
      ...regulated('S3BucketReplicationEnabled'),
    );
  }
  const { documents, public: open, logs } = buckets;
  if (open) {
    acknowledge(
      open,
      'Everybody may read these files, so a key of our own would protect nothing; S3 encrypts them with its own.',
      ...regulated('S3DefaultEncryptionKMS'),
    );
  }
  if (logs) {
    acknowledge(
      logs,
      'S3 delivers server access logs only to buckets that it encrypts with its own keys.',
      ...regulated('S3DefaultEncryptionKMS'),
    );
  }
  if (!storage.accessLogs) {
    for (const bucket of [documents, open, logs]) {
      if (!bucket) continue;
      acknowledge(
        bucket,
        'The environment is configured without access logs (storage.accessLogs).',
        'AwsSolutions-S1',
      );
    }
  }
}
