import { Duration } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { StorageConfig } from '../config/schema';
import { acknowledge } from './acknowledge';
import { CdnLogs } from './cdn-logs';
import type { Monitored } from './monitored';
import { PrivateFiles, type PrivateFilesProps } from './private-files';

export interface CdnProps {
  readonly cdn: StorageConfig['cdn'];
  /** Bucket of the files that anybody may read. */
  readonly origin: s3.IBucket;
  /** Folder of another bucket that only signed URLs reach. @default none */
  readonly privateFiles?: Omit<PrivateFilesProps, 'headers'> | undefined;
  /** Bucket for the access logs. @default no access logs */
  readonly logs?: s3.IBucket | undefined;
}

/** CloudFront over private buckets: HTTPS only, read only, security headers on every answer. */
export class Cdn extends Construct {
  readonly distribution: cloudfront.Distribution;
  readonly url: string;
  readonly monitored: Monitored[];

  constructor(scope: Construct, id: string, props: CdnProps) {
    super(scope, id);
    const { cdn, origin, privateFiles: ownFiles, logs } = props;

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
    const privateFiles = ownFiles && new PrivateFiles(this, 'Private', { ...ownFiles, headers });

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
      ...(privateFiles && { additionalBehaviors: { [privateFiles.pathPattern]: privateFiles.behavior } }),
      priceClass: cdn.priceClass as cloudfront.PriceClass,
      httpVersion: cloudfront.HttpVersion.HTTP2_AND_3,
      ...(cdn.webAclArn && { webAclId: cdn.webAclArn }),
      // Without a certificate of our own CloudFront fixes the oldest version at TLSv1, whatever is asked for.
      ...(cdn.domain && {
        domainNames: [cdn.domain.name],
        certificate: Certificate.fromCertificateArn(this, 'Certificate', cdn.domain.certificateArn),
        minimumProtocolVersion: cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
      }),
    });
    privateFiles?.allow(this.distribution);
    this.url = `https://${cdn.domain?.name ?? this.distribution.distributionDomainName}`;
    if (logs) new CdnLogs(this, 'Logs', { distribution: this.distribution, bucket: logs });
    this.explainFindings(cdn);
    this.monitored = this.watch();
  }

  private explainFindings({ webAclArn, domain, logging }: StorageConfig['cdn']): void {
    acknowledge(
      this.distribution,
      { reason: 'There is no country that the files must not reach.', date: '2026-11-26' },
      'AwsSolutions-CFR1',
    );
    acknowledge(
      this.distribution,
      {
        reason: logging
          ? 'Access is logged by the newer log delivery (AWS::Logs::Delivery), which needs no bucket with ACLs.'
          : 'The environment is configured without access logs (storage.cdn.logging).',
        date: '2026-11-20',
      },
      'AwsSolutions-CFR3',
    );
    if (!webAclArn) {
      acknowledge(
        this.distribution,
        {
          reason:
            'Static files, read only; an environment names a web ACL when it wants one (storage.cdn.webAclArn).',
          date: '2026-11-20',
        },
        'AwsSolutions-CFR2',
      );
    }
    if (!domain) {
      acknowledge(
        this.distribution,
        {
          reason:
            'CloudFront decides the TLS versions of its own domain; a custom domain gets TLS 1.2 and later.',
          date: '2026-11-20',
        },
        'AwsSolutions-CFR4',
      );
    }
  }

  private watch(): Monitored[] {
    return [
      {
        id: 'cdn-5xx',
        title: 'CDN 5xx rate (%)',
        metric: this.distribution.metric5xxErrorRate({
          period: Duration.minutes(5),
          // Without both, CloudWatch finds no such metric: the CDK leaves them out, and the alarm would sleep.
          region: 'us-east-1',
          dimensionsMap: { DistributionId: this.distribution.distributionId, Region: 'Global' },
        }),
        threshold: 5,
        evaluationPeriods: 3,
        datapointsToAlarm: 2,
        severity: 'warning',
        impact: 'Files such as photos do not load for some visitors.',
        runbook: 'cdn-errors',
      },
    ];
  }
}
