import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { ResumesConfig, StorageConfig } from '../config/schema';
import { acknowledge, regulated } from '../constructs/acknowledge';
import { Bucket, type BucketProps } from '../constructs/bucket';
import { Cdn } from '../constructs/cdn';
import type { FunctionDefaults, NodeFunction } from '../constructs/function';
import { MalwareProtection } from '../constructs/malware-protection';
import type { Monitored } from '../constructs/monitored';
import { referToStrongly } from '../constructs/references';
import { SigningKeys, type UrlSigner } from '../constructs/signing-keys';
import { outputs } from '../outputs';

// An upload is promoted within seconds; what is still in quarantine after a day was abandoned.
const forgetUploads = { id: 'forget-abandoned-uploads', prefix: 'quarantine/', days: 1 };

export interface StorageStackProps extends StackProps, FunctionDefaults {
  readonly storage: StorageConfig;
  /** Whether there are photos: a bucket, and keys that sign their URLs. */
  readonly photos: boolean;
  /** Absent without the capability. */
  readonly resumes?: Pick<ResumesConfig, 'retentionDays'> | undefined;
}

/** Photos, when the blueprint has them. */
export interface Photos {
  /** Private; holds `quarantine/`, `originals/`, and `photos/`, which alone the distribution serves. */
  readonly bucket: s3.IBucket;
  /** What signs the URLs that the distribution accepts. */
  readonly signer: UrlSigner;
}

/** Documents bucket, photos bucket, public bucket behind CloudFront, and the bucket for their access logs. */
export class StorageStack extends Stack {
  /** Private; holds `quarantine/` until an upload is checked, then `users/`; and `exports/` for a day. */
  readonly documents: s3.IBucket;
  /** What anybody may read, but only through the distribution. */
  readonly public: s3.IBucket;
  readonly photos: Photos | undefined;
  readonly distribution: cloudfront.IDistribution;
  /** Address of the distribution, without a slash at its end. */
  readonly cdnUrl: string;
  readonly functions: readonly NodeFunction[];
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
      expiring: [
        forgetUploads,
        // A copy of everything somebody has, made to be fetched at once.
        { id: 'forget-exports', prefix: 'exports/', days: 1 },
        ...(props.resumes
          ? [
              { id: 'forget-resumes', prefix: 'resumes/', days: props.resumes.retentionDays },
              // Archives are removed as soon as their files are candidates.
              { id: 'forget-imports', prefix: 'imports/', days: 1 },
            ]
          : []),
      ],
    });
    documents.publishEvents();
    // Readable by everybody through the distribution, so a key of our own would protect nothing.
    const publicBucket = new Bucket(this, 'Public', shared);
    publicBucket.publishEvents();
    referToStrongly(documents, publicBucket);

    const photos = props.photos ? this.#createPhotos(shared, props) : undefined;
    const cdn = new Cdn(this, 'Cdn', {
      cdn: storage.cdn,
      origin: publicBucket,
      privateFiles: photos && {
        bucket: photos.bucket,
        folder: 'photos',
        keyGroup: photos.signingKeys.keyGroup,
      },
      logs: storage.cdn.logging ? logs : undefined,
    });
    explainFindings(storage, {
      documents,
      public: publicBucket,
      ...(photos && { photos: photos.bucket }),
      ...(logs && { logs }),
    });

    if (storage.malwareProtection) {
      // Uploads wait for it, except in quarantine, where nobody reads them but the check before they are promoted.
      new MalwareProtection(this, 'DocumentsScan', {
        bucket: documents,
        prefixes: ['users/', 'resumes/', 'imports/'],
      });
      if (photos)
        new MalwareProtection(this, 'PhotosScan', { bucket: photos.bucket, prefixes: ['originals/'] });
    }

    this.documents = documents;
    this.public = publicBucket;
    this.photos = photos && { bucket: photos.bucket, signer: photos.signingKeys.signer };
    this.distribution = cdn.distribution;
    this.cdnUrl = cdn.url;
    this.functions = photos ? [photos.signingKeys.function] : [];
    this.monitored = cdn.monitored;

    new CfnOutput(this, outputs.documentsBucketName, { value: documents.bucketName });
    if (photos) new CfnOutput(this, outputs.photosBucketName, { value: photos.bucket.bucketName });
    new CfnOutput(this, outputs.publicBucketName, { value: publicBucket.bucketName });
    new CfnOutput(this, outputs.cdnUrl, { value: cdn.url });
  }

  #createPhotos(
    shared: Pick<BucketProps, 'removal' | 'noncurrentDays' | 'accessLogs'>,
    { storage, assetsDirectory, logRetentionDays, removal, encryption }: StorageStackProps,
  ) {
    const bucket = new Bucket(this, 'Photos', {
      ...shared,
      encryptionKey: encryption.data,
      corsOrigins: storage.corsOrigins,
      expiring: [forgetUploads],
    });
    bucket.publishEvents();
    referToStrongly(bucket);
    const signingKeys = new SigningKeys(this, 'SigningKeys', {
      assetsDirectory,
      logRetentionDays,
      removal,
      encryption,
      names: storage.signingKeys,
    });
    return { bucket, signingKeys };
  }
}

function explainFindings(storage: StorageConfig, buckets: Record<string, Bucket>): void {
  for (const bucket of Object.values(buckets)) {
    acknowledge(
      bucket,
      {
        reason:
          'Versions keep what was deleted or overwritten; a copy in a second region is no requirement of this system.',
        date: '2026-11-20',
      },
      ...regulated('S3BucketReplicationEnabled'),
    );
  }
  const { documents, photos, public: open, logs } = buckets;
  if (open) {
    acknowledge(
      open,
      {
        reason:
          'Everybody may read these files, so a key of our own would protect nothing; S3 encrypts them with its own.',
        date: '2026-11-20',
      },
      ...regulated('S3DefaultEncryptionKMS'),
    );
  }
  if (logs) {
    acknowledge(
      logs,
      {
        reason: 'S3 delivers server access logs only to buckets that it encrypts with its own keys.',
        date: '2026-11-20',
      },
      ...regulated('S3DefaultEncryptionKMS'),
    );
  }
  if (!storage.accessLogs) {
    for (const bucket of [documents, photos, open, logs]) {
      if (!bucket) continue;
      acknowledge(
        bucket,
        {
          reason: 'The environment is configured without access logs (storage.accessLogs).',
          date: '2026-11-20',
        },
        'AwsSolutions-S1',
      );
    }
  }
}
