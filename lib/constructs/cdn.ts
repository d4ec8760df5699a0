import { Duration } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { EnvironmentConfig, StorageConfig } from '../config/schema';
import type { Monitored } from './monitored';
import type { Removal } from './removal';

export interface CdnProps {
  readonly cdn: StorageConfig['cdn'];
  readonly origin: s3.IBucket;
  readonly logRetentionDays: EnvironmentConfig['logRetentionDays'];
  readonly noncurrentDays: number;
  readonly removal: Removal;
}

/** CloudFront over a private bucket: HTTPS only, read only, security headers on every answer. */
export class Cdn extends Construct {
  readonly distribution: cloudfront.Distribution;
  readonly url: string;
  readonly monitored: Monitored[];

  constructor(scope: Construct, id: string, props: CdnProps) {
    super(scope, id);
    const { cdn, origin } = props;

    const headers = new cloudfront.ResponseHeadersPolicy(this, 'SecurityHeaders', {
      securityHeadersBehavior: {
        strictTransportSecurity: {
          accessControlMaxAge: Duration.days(730),
          includeSubdomains: true,
          override: true,
        },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: cloudfront.HeadersFrameOption.DENY, override: true },
        referrerPolicy: {
          referrerPolicy: cloudfront.HeadersReferrerPolicy.STRICT_ORIGIN_WHEN_CROSS_ORIGIN,
          override: true,
        },
        // Files, not pages: should an HTML or SVG file ever be stored here, nothing in it may run.
        contentSecurityPolicy: {
          contentSecurityPolicy: "default-src 'none'; img-src 'self'; sandbox",
          override: true,
        },
      },
    });

    this.distribution = new cloudfront.Distribution(this, 'Distribution', {
      comment: `${scope.node.path} public files`,
      defaultRootObject: 'index.html',
      defaultBehavior: {
        origin: S3BucketOrigin.withOriginAccessControl(origin),
        viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        allowedMethods: cloudfront.AllowedMethods.ALLOW_GET_HEAD,
        cachePolicy: cloudfront.CachePolicy.CACHING_OPTIMIZED,
        responseHeadersPolicy: headers,
        compress: true,
      },
      priceClass: cdn.priceClass as cloudfront.PriceClass,
      httpVersion: cloudfront.HttpVersion.HTTP2_AND_3,
      minimumProtocolVersion: cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
      ...(cdn.webAclArn && { webAclId: cdn.webAclArn }),
      ...(cdn.domain && {
        domainNames: [cdn.domain.name],
        certificate: Certificate.fromCertificateArn(this, 'Certificate', cdn.domain.certificateArn),
      }),
    });
    this.url = `https://${cdn.domain?.name ?? this.distribution.distributionDomainName}`;
    this.monitored = [];
  }
}
