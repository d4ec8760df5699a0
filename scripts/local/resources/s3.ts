/** Buckets of the local S3 and their policies. */
import { arnOf } from '../aws/s3/names';
import { type Handlers, policyOf, properties, tagsReason, textOf } from './handler';

export const s3Handlers: Handlers = {
  'AWS::S3::Bucket': {
    properties: properties(
      [
        'BucketEncryption',
        'BucketName',
        'CorsConfiguration',
        'NotificationConfiguration',
        'VersioningConfiguration',
      ],
      {
        AccelerateConfiguration: 'Another route to the same bucket.',
        IntelligentTieringConfigurations: 'Moves objects between storage prices.',
        InventoryConfigurations: 'A report made overnight.',
        LifecycleConfiguration: 'Rules run once a day on AWS; a laptop starts over with --fresh instead.',
        LoggingConfiguration: 'Access logs are delivered within hours on AWS.',
        MetricsConfigurations: 'A figure in CloudWatch.',
        OwnershipControls: 'Every local bucket is owner-enforced.',
        PublicAccessBlockConfiguration: 'No local bucket is public.',
        Tags: tagsReason,
      },
    ),
    create: async (resource, system) => {
      const declared = resource.properties.BucketName as string | undefined;
      // Bucket names are lower case and at most 63 characters long.
      const name =
        declared ??
        resource.generatedName
          .toLowerCase()
          .slice(-63)
          .replace(/^[^a-z0-9]+/, '');
      await system.aws.s3.createBucket({ name, properties: resource.properties });
      system.declared.buckets.set(name, resource.properties);
      const domain = `${name}.s3.amazonaws.com`;
      return {
        ref: name,
        attributes: {
          Arn: arnOf(name),
          DomainName: domain,
          RegionalDomainName: `${name}.s3.${resource.region}.amazonaws.com`,
          DualStackDomainName: `${name}.s3.dualstack.${resource.region}.amazonaws.com`,
        },
      };
    },
  },
  'AWS::S3::BucketPolicy': {
    properties: properties(['Bucket', 'PolicyDocument']),
    create: async (resource, system) => {
      const name = textOf(resource, 'Bucket');
      await system.aws.s3.createBucket({
        name,
        properties: system.declared.buckets.get(name) ?? {},
        policy: resource.properties.PolicyDocument,
      });
      system.resourcePolicies.add(arnOf(name), policyOf(resource, resource.properties.PolicyDocument));
      return { ref: resource.generatedName };
    },
  },
};
