import { Aws, Stack, Token } from 'aws-cdk-lib';
import type { Distribution } from 'aws-cdk-lib/aws-cloudfront';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

export interface CdnLogsProps {
  readonly distribution: Distribution;
  readonly bucket: IBucket;
}

/**
 * Access logs of a distribution by CloudWatch's log delivery. The older way, the `Logging` property, writes through
 * ACLs, which an owner-enforced bucket does not have.
 */
export class CdnLogs extends Construct {
  constructor(scope: Construct, id: string, props: CdnLogsProps) {
    super(scope, id);
    const { distribution, bucket } = props;
    const { region, account, stackName } = Stack.of(this);
    if (!Token.isUnresolved(region) && region !== 'us-east-1') {
      throw new Error(
        `storage.cdn.logging: CloudFront hands its logs out in us-east-1 only and this stack is in ${region}; ` +
          'set it to false, or keep the environment in us-east-1',
      );
    }
    const name = `${stackName}-cdn`;
    const source = new logs.CfnDeliverySource(this, 'Source', {
      name,
      logType: 'ACCESS_LOGS',
      resourceArn: distribution.distributionArn,
    });
    const destination = new logs.CfnDeliveryDestination(this, 'Destination', {
      name,
      destinationResourceArn: `${bucket.bucketArn}/cdn`,
      outputFormat: 'json',
    });
    const delivery = new logs.CfnDelivery(this, 'Delivery', {
      deliverySourceName: source.name,
      deliveryDestinationArn: destination.attrArn,
      s3SuffixPath: '{yyyy}/{MM}/{dd}',
    });
    const allowed = bucket.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [new iam.ServicePrincipal('delivery.logs.amazonaws.com')],
        actions: ['s3:PutObject'],
        resources: [bucket.arnForObjects(`cdn/AWSLogs/${account}/CloudFront/*`)],
        conditions: {
          StringEquals: { 'aws:SourceAccount': account },
          ArnLike: {
            'aws:SourceArn': `arn:${Aws.PARTITION}:logs:${region}:${account}:delivery-source:${name}`,
          },
        },
      }),
    );
    delivery.addResourceDependency(source);
    // Without the permission in place the delivery service would write one of its own into the bucket's policy.
    if (allowed.policyDependable) delivery.node.addDependency(allowed.policyDependable);
  }
}
