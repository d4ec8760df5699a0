import { Duration, Stack } from 'aws-cdk-lib';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

const edgeTtl = Duration.days(30);

export interface PrivateFilesProps {
  readonly bucket: s3.IBucket;
  /** The only folder that is served; also the first part of the path. */
  readonly folder: string;
  /** Keys that sign the URLs. */
  readonly keyGroup: cloudfront.IKeyGroup;
  /** Of every answer. */
  readonly headers: cloudfront.IResponseHeadersPolicy;
}

/** One folder of a private bucket behind a distribution: by signed URLs or cookies alone, and by HTTPS alone. */
export class PrivateFiles extends Construct {
  readonly behavior: cloudfront.BehaviorOptions;
  readonly pathPattern: string;
  readonly #props: PrivateFilesProps;

  constructor(scope: Construct, id: string, props: PrivateFilesProps) {
    super(scope, id);
    this.#props = props;
    const { bucket, folder, keyGroup, headers } = props;
    this.pathPattern = `${folder}/*`;
    const access = new cloudfront.S3OriginAccessControl(this, 'Access');
    this.behavior = {
      // The L2 origin with access control would let the distribution read the whole bucket; see `allow`.
      origin: S3BucketOrigin.withBucketDefaults(bucket, {
        originAccessControlId: access.originAccessControlId,
      }),
      // A redirect would come too late: the signature has been sent in the open by then.
      viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
      allowedMethods: cloudfront.AllowedMethods.ALLOW_GET_HEAD,
      trustedKeyGroups: [keyGroup],
      // Signatures are checked before the cache is asked and are no part of its key. What is stored under a name never
      // changes; a file that was deleted cannot be fetched once its URLs have expired, and is forgotten after these
      // days. As a minimum, too: what an object tells browsers must not keep CloudFront from caching it.
      cachePolicy: new cloudfront.CachePolicy(this, 'Cache', {
        comment: `Keeps ${folder} at the edge`,
        minTtl: edgeTtl,
        defaultTtl: edgeTtl,
        maxTtl: edgeTtl,
      }),
      responseHeadersPolicy: headers,
      // Images are compressed already.
      compress: false,
    };
  }

  /** Lets the distribution read the folder, and nothing else of the bucket. */
  allow(distribution: cloudfront.IDistribution): void {
    const { bucket, folder } = this.#props;
    const cloudFront = new ServicePrincipal('cloudfront.amazonaws.com');
    const stack = Stack.of(this);
    const distributionArn = (resourceName: string) =>
      stack.formatArn({ service: 'cloudfront', region: '', resource: 'distribution', resourceName });
    bucket.addToResourcePolicy(
      new PolicyStatement({
        principals: [cloudFront],
        actions: ['s3:GetObject'],
        resources: [bucket.arnForObjects(`${folder}/*`)],
        conditions: { StringEquals: { 'aws:SourceArn': distributionArn(distribution.distributionId) } },
      }),
    );
    // Any distribution of the account: the key is older than the bucket, and the bucket than the distribution. Which
    // objects it may read is said by the policy of the bucket, above.
    bucket.encryptionKey?.addToResourcePolicy(
      new PolicyStatement({
        principals: [cloudFront],
        actions: ['kms:Decrypt'],
        resources: ['*'],
        conditions: { ArnLike: { 'aws:SourceArn': distributionArn('*') } },
      }),
    );
  }
}
