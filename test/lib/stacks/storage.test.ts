import { CfnOutput, Stack } from 'aws-cdk-lib';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { environments } from '../../../lib/config/environments';
import type { EnvironmentConfig, StorageConfig } from '../../../lib/config/schema';
import { outputs } from '../../../lib/outputs';
import {
  all,
  environmentWith,
  freshStacks,
  type Properties,
  statefulStacks,
  templateOf,
} from '../../support/stateful-stacks';

const storage = (name = 'dev', overrides: Partial<StorageConfig> = {}): Template =>
  templateOf(statefulStacks(environmentWith(name, { storage: overrides })).storage);
const bucket = (template: Template, id: string): Properties => {
  const found = Object.entries(template.findResources('AWS::S3::Bucket')).find(([name]) =>
    name.startsWith(id),
  );
  if (!found) throw new Error(`no bucket ${id}`);
  return found[1].Properties;
};
const rules = (template: Template, id: string): Properties[] =>
  bucket(template, id).LifecycleConfiguration.Rules;
const everyEnvironment = Object.entries(environments).map(
  ([name, environment]) => [name, environment] as const,
);
const ofCdn = (cdn: Partial<StorageConfig['cdn']>): Template => {
  const { storage: base } = environmentWith('dev');
  return storage('dev', { cdn: { ...base.cdn, ...cdn } });
};
const distribution = (template: Template): Properties =>
  all(template, 'AWS::CloudFront::Distribution')[0]?.DistributionConfig;

describe.each(everyEnvironment)('every bucket in %s', (name, environment: EnvironmentConfig) => {
  test('is private, owner-enforced, versioned and encrypted, under a generated name', () => {
    const buckets = all(storage(name), 'AWS::S3::Bucket');
    expect(buckets).toHaveLength(environment.storage.accessLogs || environment.storage.cdn.logging ? 4 : 3);
    for (const properties of buckets) {
      expect(properties).toMatchObject({
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
        VersioningConfiguration: { Status: 'Enabled' },
        BucketEncryption: expect.anything(),
      });
      expect(properties.BucketName).toBeUndefined();
      expect(properties.AccessControl).toBeUndefined();
    }
  });

  test('refuses requests without TLS 1.2', () => {
    const policies = all(storage(name), 'AWS::S3::BucketPolicy');
    expect(policies).toHaveLength(all(storage(name), 'AWS::S3::Bucket').length);
    for (const { PolicyDocument } of policies) {
      expect(PolicyDocument.Statement).toEqual(
        expect.arrayContaining([
          expect.objectContaining({
            Effect: 'Deny',
            Action: 's3:*',
            Principal: { AWS: '*' },
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          }),
          expect.objectContaining({
            Effect: 'Deny',
            Action: 's3:*',
            Condition: { NumericLessThan: { 's3:TlsVersion': 1.2 } },
          }),
        ]),
      );
    }
  });

  test('allows nobody but services of this account, this distribution and what empties it by its policy', () => {
    const allowed = all(storage(name), 'AWS::S3::BucketPolicy')
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement as Properties[])
      .filter(({ Effect }) => Effect === 'Allow');
    const services = allowed.filter(({ Principal }) => Principal.Service);
    expect(services.length).toBeGreaterThan(0);
    for (const { Condition } of services)
      expect(JSON.stringify(Condition)).toMatch(/aws:Source(Account|Arn)/i);
    for (const { Principal } of allowed.filter((statement) => !services.includes(statement)))
      expect(Principal.AWS['Fn::GetAtt'][0]).toMatch(/^CustomS3AutoDeleteObjects/);
  });

  test('meets deletion and replacement with the configured policy', () => {
    const policy = environment.removal === 'destroy' ? 'Delete' : 'Retain';
    storage(name).allResources('AWS::S3::Bucket', { DeletionPolicy: policy, UpdateReplacePolicy: policy });
  });

  test('forgets old versions and abandoned multipart uploads', () => {
    for (const properties of all(storage(name), 'AWS::S3::Bucket')) {
      expect(properties.LifecycleConfiguration.Rules).toContainEqual({
        Id: 'forget-old-versions',
        Status: 'Enabled',
        NoncurrentVersionExpiration: { NoncurrentDays: environment.storage.noncurrentDays },
        ExpiredObjectDeleteMarker: true,
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
      });
    }
  });
});

describe('documents bucket', () => {
  test('takes uploads from and hands downloads to pages of exactly the configured origins', () => {
    const corsOrigins = ['https://app.example.com', 'https://admin.example.com'];
    expect(bucket(storage('dev', { corsOrigins }), 'Documents').CorsConfiguration.CorsRules).toEqual([
      {
        AllowedMethods: ['POST', 'PUT', 'GET', 'HEAD'],
        AllowedOrigins: corsOrigins,
        AllowedHeaders: ['*'],
        ExposedHeaders: ['ETag'],
        MaxAge: 3600,
      },
    ]);
  });

  test('answers no origin at all when none is configured', () => {
    expect(bucket(storage('dev', { corsOrigins: [] }), 'Documents').CorsConfiguration).toBeUndefined();
  });

  test('forgets uploads that stay in quarantine and exports after a day, and nothing else', () => {
    expect(rules(storage(), 'Documents').filter(({ ExpirationInDays }) => ExpirationInDays)).toEqual([
      {
        Id: 'forget-abandoned-uploads',
        Status: 'Enabled',
        Prefix: 'quarantine/',
        ExpirationInDays: 1,
        // Expiry leaves a version behind; a file that was refused must not stay for as long as deleted documents.
        NoncurrentVersionExpiration: { NoncurrentDays: 1 },
      },
      {
        Id: 'forget-exports',
        Status: 'Enabled',
        Prefix: 'exports/',
        ExpirationInDays: 1,
        NoncurrentVersionExpiration: { NoncurrentDays: 1 },
      },
    ]);
  });

  test('tells EventBridge about objects without a custom resource', () => {
    const template = storage('staging');
    expect(bucket(template, 'Documents').NotificationConfiguration).toEqual({
      EventBridgeConfiguration: { EventBridgeEnabled: true },
    });
    template.resourceCountIs('Custom::S3BucketNotifications', 0);
  });

  test('uses our own key, sparingly, when keys are customer-managed', () => {
    expect(bucket(storage('prod'), 'Documents').BucketEncryption.ServerSideEncryptionConfiguration).toEqual([
      {
        BucketKeyEnabled: true,
        ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: expect.anything() },
      },
    ]);
  });
});

describe('removal', () => {
  test('only destroy empties buckets, because nothing else may lose objects', () => {
    storage('dev').resourceCountIs('Custom::S3AutoDeleteObjects', 3);
    for (const name of ['staging', 'prod']) storage(name).resourceCountIs('Custom::S3AutoDeleteObjects', 0);
  });
});

// No stack refers to it yet, so the list of references between stacks does not hold it.
test('CloudFormation refuses to remove the public bucket while another stack uses it', () => {
  const { app, storage: producer } = freshStacks(environmentWith('dev'));
  const consumer = new Stack(app, 'consumer', { env: { region: 'us-east-1' } });
  new CfnOutput(consumer, 'Value', { value: producer.public.bucketName });
  templateOf(consumer).hasOutput('Value', { Value: { 'Fn::ImportValue': Match.anyValue() } });
});

describe('access logs', () => {
  test('of documents and public files go to a bucket of their own when configured', () => {
    const template = storage('dev', { accessLogs: true });
    for (const id of ['Documents', 'Photos', 'Public']) {
      expect(bucket(template, id).LoggingConfiguration).toEqual({
        DestinationBucketName: { Ref: expect.stringMatching('^AccessLogs') },
        LogFilePrefix: `${id.toLowerCase()}/`,
      });
    }
    expect(bucket(template, 'AccessLogs').LoggingConfiguration).toBeUndefined();
  });

  test('are forgotten with the retention of other logs', () => {
    expect(rules(storage('dev', { accessLogs: true }), 'AccessLogs')).toContainEqual({
      Id: 'forget-old-logs',
      Status: 'Enabled',
      ExpirationInDays: 14,
    });
  });

  test('need no bucket when switched off', () => {
    storage('dev', { accessLogs: false }).resourceCountIs('AWS::S3::Bucket', 3);
  });
});

describe('distribution', () => {
  test('redirects to HTTPS, only reads, and starts at a default object', () => {
    expect(distribution(storage())).toMatchObject({
      DefaultRootObject: 'index.html',
      DefaultCacheBehavior: { ViewerProtocolPolicy: 'redirect-to-https', AllowedMethods: ['GET', 'HEAD'] },
    });
  });

  test('reads the bucket by origin access control, and only this distribution may', () => {
    const template = storage();
    template.hasResourceProperties('AWS::CloudFront::OriginAccessControl', {
      OriginAccessControlConfig: { SigningBehavior: 'always', SigningProtocol: 'sigv4' },
    });
    template.hasResourceProperties('AWS::S3::BucketPolicy', {
      Bucket: { Ref: Match.stringLikeRegexp('^Public') },
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: 's3:GetObject',
            Principal: { Service: 'cloudfront.amazonaws.com' },
            Condition: { StringEquals: { 'AWS:SourceArn': Match.anyValue() } },
          }),
        ]),
      },
    });
  });

  test('does not read the documents bucket', () => {
    const origins = distribution(storage()).Origins;
    expect(origins).toHaveLength(2);
    expect(JSON.stringify(origins)).not.toContain('Documents');
  });

  test('sends security headers with every file', () => {
    storage().hasResourceProperties('AWS::CloudFront::ResponseHeadersPolicy', {
      ResponseHeadersPolicyConfig: {
        SecurityHeadersConfig: {
          StrictTransportSecurity: {
            AccessControlMaxAgeSec: 63072000,
            IncludeSubdomains: true,
            Override: true,
          },
          ContentTypeOptions: { Override: true },
          FrameOptions: { FrameOption: 'DENY', Override: true },
          ContentSecurityPolicy: {
            ContentSecurityPolicy: Match.stringLikeRegexp("default-src 'none'"),
            Override: true,
          },
          ReferrerPolicy: Match.anyValue(),
        },
      },
    });
  });

  test('takes price class and web ACL from the configuration', () => {
    const webAclArn = 'arn:aws:wafv2:us-east-1:123456789012:global/webacl/files/a1b2c3';
    expect(distribution(ofCdn({ priceClass: 'PriceClass_200', webAclArn }))).toMatchObject({
      PriceClass: 'PriceClass_200',
      WebACLId: webAclArn,
    });
  });

  test('on a custom domain speaks TLS 1.2 or later, with the configured certificate', () => {
    const certificateArn = 'arn:aws:acm:us-east-1:123456789012:certificate/a1b2c3';
    const template = ofCdn({ domain: { name: 'files.example.com', certificateArn } });
    expect(distribution(template)).toMatchObject({
      Aliases: ['files.example.com'],
      ViewerCertificate: { AcmCertificateArn: certificateArn, MinimumProtocolVersion: 'TLSv1.2_2021' },
    });
    template.hasOutput(outputs.cdnUrl, { Value: 'https://files.example.com' });
  });

  test('delivers its logs to the log bucket when configured, without ACLs', () => {
    const template = ofCdn({ logging: true });
    template.hasResourceProperties('AWS::Logs::DeliverySource', { LogType: 'ACCESS_LOGS' });
    template.resourceCountIs('AWS::Logs::Delivery', 1);
    template.hasResourceProperties('AWS::S3::BucketPolicy', {
      Bucket: { Ref: Match.stringLikeRegexp('^AccessLogs') },
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: 's3:PutObject',
            Principal: { Service: 'delivery.logs.amazonaws.com' },
            Condition: Match.objectLike({ StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } }),
          }),
        ]),
      },
    });
    storage().resourceCountIs('AWS::Logs::Delivery', 0);
  });

  test('outside us-east-1 refuses to log, where CloudFront would not deliver', () => {
    const base = environmentWith('dev');
    const environment = {
      ...base,
      region: 'eu-west-1',
      storage: { ...base.storage, cdn: { ...base.storage.cdn, logging: true } },
    };
    expect(() => statefulStacks(environment)).toThrow('storage.cdn.logging');
  });

  test('is watched for errors', () => {
    const [alarm] = statefulStacks(environmentWith('dev')).storage.monitored;
    expect(alarm).toMatchObject({ id: 'cdn-5xx', threshold: 5, runbook: 'cdn-errors' });
  });
});

test('people and scripts find the buckets and the address of public files in the outputs', () => {
  for (const name of ['documentsBucketName', 'publicBucketName', 'cdnUrl'] as const)
    storage().hasOutput(outputs[name], {});
});
