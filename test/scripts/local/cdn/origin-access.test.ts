/** What CloudFront may read: what the policies of the bucket and of its key say, and nothing else. */
import { request } from 'node:https';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Annotations, type CfnResource, Stack } from 'aws-cdk-lib';
import { Distribution } from 'aws-cdk-lib/aws-cloudfront';
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { startCdn } from '../../../../scripts/local/cdn/server';
import { type Certificates, ensureCertificates } from '../../../../scripts/local/certificates';
import { allowAll } from '../../../support/decisions';
import { type RunningEndpoint, startEndpoint } from '../aws/running-endpoint';
import {
  type DeployedApp,
  deployApp,
  removeTemporaryDirectories,
  synthesizeApp,
  temporaryDirectory,
} from '../deployed-app';

const cloudFront = 'cloudfront.amazonaws.com';
const another = 'arn:aws:cloudfront::000000000000:distribution/EANOTHER';

let certificates: Certificates;
let app: DeployedApp | undefined;

beforeAll(async () => {
  certificates = await ensureCertificates(temporaryDirectory());
});
afterAll(removeTemporaryDirectories);

/** Changes a resource of the template by its type. */
type Change = readonly [type: string, path: string, value: unknown];

/** @returns status of an object that is there and of one that is not, by a distribution as the CDK makes it */
async function statuses(...changes: readonly Change[]): Promise<number[]> {
  const assembly = synthesizeApp((root) => {
    const stack = new Stack(root, 'example', { env: { region: 'us-east-1' } });
    // Its policy is for every distribution of the account, as the product has it.
    Annotations.of(stack).acknowledgeWarning('@aws-cdk/aws-cloudfront-origins:wildcardKeyPolicyForOac');
    const encryptionKey = new Key(stack, 'Key');
    const files = new Bucket(stack, 'Files', { encryption: BucketEncryption.KMS, encryptionKey });
    const origin = S3BucketOrigin.withOriginAccessControl(files);
    new Distribution(stack, 'Cdn', { defaultBehavior: { origin } });
    for (const [type, path, value] of changes)
      for (const node of stack.node.findAll())
        if ((node as CfnResource).cfnResourceType === type)
          (node as CfnResource).addPropertyOverride(path, value);
  });
  let aws: RunningEndpoint | undefined;
  app = await deployApp(assembly, async () => {
    aws = await startEndpoint();
    return aws;
  });
  const { declared, accessControl } = app.system;
  const [distribution] = declared.delivery.distributions;
  if (!aws || !distribution) throw new Error('the stack has no distribution');
  const cdn = await startCdn({
    port: 0,
    tls: certificates,
    delivery: declared.delivery,
    distribution,
    s3: aws.s3,
    // Of the object that is put, nobody is asked.
    authorize: (asked) => (asked.principal === cloudFront ? accessControl.authorize(asked) : allowAll(asked)),
    log: () => undefined,
  });
  const s3 = new S3Client(aws.client);
  const [files = ''] = [...declared.buckets.keys()];
  await s3.send(new PutObjectCommand({ Bucket: files, Key: 'there', Body: 'x' }));
  s3.destroy();
  const found = [await statusOf(cdn.url, '/there'), await statusOf(cdn.url, '/absent')];
  await cdn.close();
  await aws.stop();
  await app.close();
  return found;
}

const statusOf = (url: string, path: string): Promise<number> =>
  new Promise((resolve, reject) => {
    request(url + path, { ca: certificates.ca }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });

const bucketPolicy = 'AWS::S3::BucketPolicy';
const first = 'PolicyDocument.Statement.0';

test('the distribution reads what the policies of the bucket and of its key open to it', async () => {
  // S3 says that something is absent to those alone who may list.
  expect(await statuses()).toEqual([200, 403]);
});

test('what is absent is known to a distribution that may list', async () => {
  const bucketArn = { 'Fn::Sub': 'arn:aws:s3:::*' };
  const list = {
    Effect: 'Allow',
    Principal: { Service: cloudFront },
    Action: 's3:ListBucket',
    Resource: bucketArn,
  };
  expect(await statuses([bucketPolicy, 'PolicyDocument.Statement.1', list])).toEqual([200, 404]);
});

test.each<[string, Change]>([
  [
    'the policy of the bucket names another distribution',
    [bucketPolicy, `${first}.Condition`, { StringEquals: { 'AWS:SourceArn': another } }],
  ],
  [
    'the policy of the bucket names another service',
    [bucketPolicy, `${first}.Principal`, { Service: 'logs.amazonaws.com' }],
  ],
  [
    'the policy of the bucket names another folder',
    [bucketPolicy, `${first}.Resource`, { 'Fn::Sub': 'arn:aws:s3:::*/elsewhere/*' }],
  ],
  [
    'the policy of the bucket denies what another statement allows',
    [
      bucketPolicy,
      'PolicyDocument.Statement.1',
      {
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:GetObject',
        Resource: { 'Fn::Sub': 'arn:aws:s3:::*/there' },
      },
    ],
  ],
  [
    'the policy of the key names another distribution',
    ['AWS::KMS::Key', 'KeyPolicy.Statement.1.Condition', { ArnLike: { 'aws:SourceArn': another } }],
  ],
  [
    'the policy of the key does not name CloudFront',
    ['AWS::KMS::Key', 'KeyPolicy.Statement.1.Principal', { Service: 'logs.amazonaws.com' }],
  ],
])('the distribution reads nothing when %s', async (_, change) => {
  expect(await statuses(change)).toEqual([403, 403]);
  expect(app?.logLines.join('\n')).toContain(`iam ${cloudFront} may not`);
});

test('plain HTTP and old TLS may be refused: CloudFront speaks neither', async () => {
  const deny = { Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: '*' };
  expect(
    await statuses(
      [
        bucketPolicy,
        'PolicyDocument.Statement.1',
        { ...deny, Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
      ],
      [
        bucketPolicy,
        'PolicyDocument.Statement.2',
        { ...deny, Condition: { NumericLessThan: { 's3:TlsVersion': 1.2 } } },
      ],
    ),
  ).toEqual([200, 403]);
});
