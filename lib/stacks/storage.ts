import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { EnvironmentConfig, StorageConfig } from '../config/schema';
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
  /** Private; holds `quarantine/` until an upload is checked, then `users/`. */
  readonly documents: s3.IBucket;
  /** What anybody may read, but only through the distribution. */
  readonly public: s3.IBucket;
  readonly distribution: cloudfront.IDistribution;
  readonly monitored: Monitored[];

  constructor(scope: Construct, id: string, props: StorageStackProps) {
    super(scope, id, props);
    const { storage, removal, encryption, logRetentionDays } = props;

    const accessLogs = storage.accessLogs
      ? new Bucket(this, 'AccessLogs', {
          removal,
          noncurrentDays: storage.noncurrentDays,
          expiring: [{ id: 'forget-old-logs', days: logRetentionDays }],
        })
      : undefined;
    const shared = { removal, noncurrentDays: storage.noncurrentDays, ...(accessLogs && { accessLogs }) };

    const documents = new Bucket(this, 'Documents', {
      ...shared,
      ...(encryption.data && { encryptionKey: encryption.data }),
      corsOrigins: storage.corsOrigins,
      // An upload is promoted within seconds; what is still in quarantine after a day was abandoned.
      expiring: [{ id: 'forget-abandoned-uploads', prefix: 'quarantine/', days: 1 }],
    });
    documents.publishEvents();
    // Readable by everybody through the distribution, so a key of our own would protect nothing.
    const publicBucket = new Bucket(this, 'Public', shared);
    publicBucket.publishEvents();
    referToStrongly(documents, publicBucket);

    const cdn = new Cdn(this, 'Cdn', {
      cdn: storage.cdn,
      origin: publicBucket,
      logRetentionDays,
      removal,
      noncurrentDays: storage.noncurrentDays,
    });

    this.documents = documents;
    this.public = publicBucket;
    this.distribution = cdn.distribution;
    this.monitored = cdn.monitored;

    new CfnOutput(this, outputs.documentsBucketName, { value: documents.bucketName });
    new CfnOutput(this, outputs.publicBucketName, { value: publicBucket.bucketName });
    new CfnOutput(this, outputs.cdnUrl, { value: cdn.url });
  }
}
