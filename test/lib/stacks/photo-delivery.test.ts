import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CfnOutput, Stack } from 'aws-cdk-lib';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import type { StorageConfig } from '../../../lib/config/schema';
import { outputs } from '../../../lib/outputs';
import {
  all,
  emptyBundles,
  environmentWith,
  freshStacks,
  type Properties,
  statefulStacks,
  templateOf,
} from '../../support/stateful-stacks';

const storage = (name = 'dev', overrides: Partial<StorageConfig> = {}): Template =>
  templateOf(statefulStacks(environmentWith(name, { storage: overrides })).storage);
const withoutPhotos = (): Template =>
  templateOf(statefulStacks(environmentWith('dev'), 'rds', false).storage);
const only = (template: Template, type: string): [id: string, properties: Properties] => {
  const [found, ...more] = Object.entries(template.findResources(type));
  if (!found || more.length > 0) throw new Error(`expected one ${type}`);
  return [found[0], found[1].Properties];
};
const photosOf = (template: Template): [id: string, properties: Properties] => {
  const found = Object.entries(template.findResources('AWS::S3::Bucket')).find(([id]) =>
    id.startsWith('Photos'),
  );
  if (!found) throw new Error('no photos bucket');
  return [found[0], found[1].Properties];
};
const distributionOf = (template: Template): Properties =>
  only(template, 'AWS::CloudFront::Distribution')[1].DistributionConfig;
const behaviorOf = (template: Template): Properties => {
  const { CacheBehaviors: behaviors = [] } = distributionOf(template);
  expect(behaviors).toHaveLength(1);
  return behaviors[0];
};
const photosPolicy = (template: Template): Properties[] => {
  const policy = all(template, 'AWS::S3::BucketPolicy').find(
    ({ Bucket }) => Bucket.Ref === photosOf(template)[0],
  );
  return policy?.PolicyDocument.Statement;
};
const servedByCloudFront = (statements: Properties[]): Properties[] =>
  statements.filter(({ Principal }) => Principal.Service === 'cloudfront.amazonaws.com');

describe('without the capability', () => {
  test('there is no photos bucket, no key and no other path', () => {
    const template = withoutPhotos();
    for (const type of [
      'AWS::SecretsManager::Secret',
      'Custom::SigningKey',
      'AWS::CloudFront::KeyGroup',
      'AWS::CloudFront::PublicKey',
    ])
      template.resourceCountIs(type, 0);
    expect(distributionOf(template).CacheBehaviors).toBeUndefined();
    expect(() => photosOf(template)).toThrow('no photos bucket');
    expect(statefulStacks(environmentWith('dev'), 'rds', false).storage).toMatchObject({
      photos: undefined,
      functions: [],
    });
  });
});

describe('photos bucket', () => {
  test('takes uploads from the configured origins, and forgets those that stay in quarantine after a day', () => {
    const [, bucket] = photosOf(storage('dev', { corsOrigins: ['https://app.example.com'] }));
    expect(bucket.CorsConfiguration.CorsRules).toEqual([
      expect.objectContaining({ AllowedOrigins: ['https://app.example.com'] }),
    ]);
    expect(
      bucket.LifecycleConfiguration.Rules.filter(({ ExpirationInDays }: Properties) => ExpirationInDays),
    ).toEqual([
      expect.objectContaining({
        Prefix: 'quarantine/',
        ExpirationInDays: 1,
        NoncurrentVersionExpiration: { NoncurrentDays: 1 },
      }),
    ]);
  });

  test('tells EventBridge about objects', () => {
    expect(photosOf(storage())[1].NotificationConfiguration).toEqual({
      EventBridgeConfiguration: { EventBridgeEnabled: true },
    });
  });

  test('is encrypted with our own key when keys are customer-managed', () => {
    const [, bucket] = photosOf(storage('prod'));
    expect(bucket.BucketEncryption.ServerSideEncryptionConfiguration).toEqual([
      expect.objectContaining({
        BucketKeyEnabled: true,
        ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: expect.anything() },
      }),
    ]);
  });

  test('is found in the outputs', () => {
    storage().hasOutput(outputs.photosBucketName, {});
  });
});

describe('delivery of photos', () => {
  test('only signed requests over HTTPS read them, and a redirect never carries a signature in the open', () => {
    const template = storage();
    const [keyGroup] = only(template, 'AWS::CloudFront::KeyGroup');
    expect(behaviorOf(template)).toMatchObject({
      PathPattern: 'photos/*',
      TrustedKeyGroups: [{ Ref: keyGroup }],
      ViewerProtocolPolicy: 'https-only',
      AllowedMethods: ['GET', 'HEAD'],
    });
  });

  test('comes from the photos bucket by origin access control, and public files do not', () => {
    const template = storage();
    const { Origins: origins, DefaultCacheBehavior: other } = distributionOf(template);
    const [bucket] = photosOf(template);
    const from = (id: string) => origins.find(({ Id }: Properties) => Id === id);
    expect(from(behaviorOf(template).TargetOriginId)).toMatchObject({
      DomainName: { 'Fn::GetAtt': [bucket, 'RegionalDomainName'] },
      OriginAccessControlId: { 'Fn::GetAtt': [expect.any(String), 'Id'] },
      S3OriginConfig: { OriginAccessIdentity: '' },
    });
    expect(JSON.stringify(from(other.TargetOriginId))).not.toContain(bucket);
    template.allResourcesProperties('AWS::CloudFront::OriginAccessControl', {
      OriginAccessControlConfig: {
        OriginAccessControlOriginType: 's3',
        SigningBehavior: 'always',
        SigningProtocol: 'sigv4',
      },
    });
  });

  test('this distribution may read photos/ alone: originals and quarantine stay out of its reach', () => {
    const template = storage();
    const [bucket] = photosOf(template);
    const [distribution] = only(template, 'AWS::CloudFront::Distribution');
    expect(servedByCloudFront(photosPolicy(template))).toEqual([
      {
        Effect: 'Allow',
        Principal: { Service: 'cloudfront.amazonaws.com' },
        Action: 's3:GetObject',
        Resource: { 'Fn::Join': ['', [{ 'Fn::GetAtt': [bucket, 'Arn'] }, '/photos/*']] },
        Condition: {
          StringEquals: {
            'aws:SourceArn': {
              'Fn::Join': [
                '',
                ['arn:aws:cloudfront::', { Ref: 'AWS::AccountId' }, ':distribution/', { Ref: distribution }],
              ],
            },
          },
        },
      },
    ]);
  });

  test('our own key lets distributions of this account decrypt, and neither encrypt nor manage it', () => {
    const { encryption, storage: stack } = statefulStacks(environmentWith('prod'));
    templateOf(stack);
    if (!encryption) throw new Error('prod has keys of its own');
    const statements = all(templateOf(encryption), 'AWS::KMS::Key').flatMap(({ KeyPolicy }) =>
      servedByCloudFront(KeyPolicy.Statement),
    );
    expect(statements).toEqual([
      expect.objectContaining({
        Effect: 'Allow',
        Action: 'kms:Decrypt',
        Condition: {
          ArnLike: {
            'aws:SourceArn': {
              'Fn::Join': ['', ['arn:aws:cloudfront::', { Ref: 'AWS::AccountId' }, ':distribution/*']],
            },
          },
        },
      }),
    ]);
  });

  test('stays at the edge for long, whatever its objects tell browsers, under a key without its signature', () => {
    const template = storage();
    const [cacheId, { CachePolicyConfig: cache }] = only(template, 'AWS::CloudFront::CachePolicy');
    expect(behaviorOf(template).CachePolicyId).toEqual({ Ref: cacheId });
    // CloudFront obeys `private` only where the minimum is 0.
    expect(cache).toMatchObject({ MinTTL: 30 * 86_400, DefaultTTL: 30 * 86_400, MaxTTL: 30 * 86_400 });
    expect(cache.ParametersInCacheKeyAndForwardedToOrigin).toMatchObject({
      QueryStringsConfig: { QueryStringBehavior: 'none' },
      CookiesConfig: { CookieBehavior: 'none' },
    });
  });

  test('has the security headers of every other file', () => {
    const { DefaultCacheBehavior: other } = distributionOf(storage());
    expect(behaviorOf(storage()).ResponseHeadersPolicyId).toEqual(other.ResponseHeadersPolicyId);
  });
});

describe('signing keys', () => {
  const names = ['2027-02', '2026-11'];
  const template = () => storage('dev', { signingKeys: names });

  test('each name has a secret, a pair and a public key of its own, and all of them are accepted', () => {
    for (const type of ['AWS::SecretsManager::Secret', 'Custom::SigningKey', 'AWS::CloudFront::PublicKey'])
      template().resourceCountIs(type, 2);
    const publicKeys = Object.keys(template().findResources('AWS::CloudFront::PublicKey'));
    const [, group] = only(template(), 'AWS::CloudFront::KeyGroup');
    expect(group.KeyGroupConfig.Items.map(({ Ref }: Properties) => Ref).sort()).toEqual(publicKeys.sort());
  });

  test('the first name signs', () => {
    const { storage: stack } = statefulStacks(environmentWith('dev', { storage: { signingKeys: names } }));
    const { keyPairId, secret } = stack.photos?.signer ?? {};
    expect(stack.resolve(keyPairId)).toEqual({ Ref: expect.stringContaining('Public202702') });
    // The pair answers the ARN of its secret.
    expect(stack.resolve(secret?.secretArn)).toEqual({ Ref: expect.stringContaining('Pair202702') });
  });

  test('a stack that signs refers to the key weakly, or CloudFormation would never let it go', () => {
    const { app, storage: producer } = freshStacks(environmentWith('dev'));
    const consumer = new Stack(app, 'consumer', { env: { region: 'us-east-1' } });
    const { keyPairId = '', secret } = producer.photos?.signer ?? {};
    new CfnOutput(consumer, 'Id', { value: keyPairId });
    new CfnOutput(consumer, 'Secret', { value: secret?.secretArn ?? '' });
    const weakly = { Value: { 'Fn::GetStackOutput': Match.objectLike({ OutputName: Match.anyValue() }) } };
    templateOf(consumer).hasOutput('Id', weakly);
    templateOf(consumer).hasOutput('Secret', weakly);
  });

  test('a name that moves or goes leaves the keys of the other names alone', () => {
    const keys = (signingKeys: string[]) => ({
      ...storage('dev', { signingKeys }).findResources('AWS::SecretsManager::Secret'),
      ...storage('dev', { signingKeys }).findResources('AWS::CloudFront::PublicKey'),
    });
    const before = keys(['2026-11']);
    expect(keys(['2026-11', '2027-02'])).toMatchObject(before);
    expect(keys(['2027-02', '2026-11'])).toEqual(keys(['2026-11', '2027-02']));
  });

  test('the public key is what the function answers for the secret that holds the private one', () => {
    const [pairId, pair] = only(storage(), 'Custom::SigningKey');
    const [secretId] = only(storage(), 'AWS::SecretsManager::Secret');
    expect(pair).toMatchObject({
      SecretId: { Ref: secretId },
      ServiceToken: { 'Fn::GetAtt': [expect.stringContaining('SigningKeysFunction'), 'Arn'] },
      ServiceTimeout: '300',
    });
    expect(only(storage(), 'AWS::CloudFront::PublicKey')[1].PublicKeyConfig.EncodedKey).toEqual({
      'Fn::GetAtt': [pairId, 'PublicKey'],
    });
  });

  test('no template holds a key, and the secret begins without a value that somebody else has made', () => {
    expect(JSON.stringify(template().toJSON())).not.toMatch(/BEGIN|PRIVATE KEY/);
    for (const secret of all(template(), 'AWS::SecretsManager::Secret')) {
      expect(secret.GenerateSecretString).toBeUndefined();
      expect(secret.SecretString).toBeUndefined();
      expect(secret.Name).toBeUndefined();
    }
  });

  test('the function runs outside the VPC and may read and write these secrets, and nothing else', () => {
    const found = Object.entries(template().findResources('AWS::Lambda::Function')).find(([id]) =>
      id.startsWith('SigningKeys'),
    );
    expect(found?.[1].Properties.VpcConfig).toBeUndefined();
    const secrets = ['202611', '202702'].map((id) => ({
      Ref: Match.stringLikeRegexp(`^SigningKeysPrivate${id}`),
    }));
    template().hasResourceProperties('AWS::IAM::Policy', {
      PolicyName: Match.stringLikeRegexp('^SigningKeys'),
      PolicyDocument: {
        Statement: [
          Match.objectLike({ Action: ['logs:CreateLogStream', 'logs:PutLogEvents'] }),
          {
            Effect: 'Allow',
            Action: ['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'],
            Resource: Match.arrayWith(secrets),
          },
        ],
      },
    });
  });

  test('our own key encrypts the secrets, and serves the function through Secrets Manager only', () => {
    const prod = storage('prod');
    expect(only(prod, 'AWS::SecretsManager::Secret')[1].KmsKeyId).toBeDefined();
    prod.hasResourceProperties('AWS::IAM::Policy', {
      PolicyName: Match.stringLikeRegexp('^SigningKeys'),
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
            Condition: { StringEquals: { 'kms:ViaService': 'secretsmanager.us-east-1.amazonaws.com' } },
          }),
        ]),
      },
    });
  });

  test('new code of the function makes no new key', () => {
    const pairs = (assetsDirectory: string) =>
      templateOf(freshStacks(environmentWith('dev'), 'rds', { assetsDirectory }).storage).findResources(
        'Custom::SigningKey',
      );
    const before = emptyBundles();
    const after = emptyBundles();
    writeFileSync(join(after, 'signing-key', 'index.js'), 'exports.handler = async () => 1;\n');
    expect(pairs(after)).toEqual(pairs(before));
  });
});
