import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CfnResource, Duration, type Stack } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  StreamViewType,
  Table,
  TableEncryption,
  TableEncryptionV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { Alias, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { ConfigurationSet, EmailIdentity, Identity } from 'aws-cdk-lib/aws-ses';
import { readAssembly } from '../../../scripts/local/assembly';
import { findUnsupported } from '../../../scripts/local/deployment';
import type { Functions } from '../../../scripts/local/lambda/functions';
import { registry } from '../../../scripts/local/resources/registry';
import { type RunningEndpoint, startEndpoint } from './aws/running-endpoint';
import { type DeployedApp, deployApp, removeTemporaryDirectories, synthesizeStack } from './deployed-app';

let aws: RunningEndpoint;
let app: DeployedApp;
let functions: Functions | undefined;
const reports: string[] = [];

const assembly = synthesizeStack((stack) => {
  const partitionKey = { name: 'pk', type: AttributeType.STRING };
  const encryption = new Key(stack, 'Encryption', { enableKeyRotation: true, alias: 'alias/encryption' });
  const mac = new Key(stack, 'Mac', {
    keySpec: KeySpec.HMAC_256,
    keyUsage: KeyUsage.GENERATE_VERIFY_MAC,
    alias: 'alias/mac',
    description: 'Signs links',
  });
  const links = new Table(stack, 'Links', {
    partitionKey,
    timeToLiveAttribute: 'expiresAt',
    billingMode: BillingMode.PAY_PER_REQUEST,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    encryption: TableEncryption.AWS_MANAGED,
    deletionProtection: true,
  });
  const connections = new TableV2(stack, 'Connections', {
    partitionKey,
    timeToLiveAttribute: 'goneAt',
    encryption: TableEncryptionV2.customerManagedKey(encryption),
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    globalSecondaryIndexes: [
      { indexName: 'by-room', partitionKey: { name: 'room', type: AttributeType.STRING } },
    ],
  });
  new Bucket(stack, 'Bucket', {
    encryption: BucketEncryption.KMS,
    encryptionKey: encryption,
    bucketName: 'files',
  });
  new ConfigurationSet(stack, 'Transactional', { configurationSetName: 'transactional' });
  new EmailIdentity(stack, 'Sender', { identity: Identity.domain('example.com') });
  const sender = new LambdaFunction(stack, 'SenderFunction', {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    functionName: 'sender',
    code: Code.fromInline(
      'exports.handler = async ({ fail }) => { if (fail) throw new Error("no"); return process.env; };',
    ),
    environment: {
      MAGIC_LINK_TABLE: links.tableName,
      CONNECTIONS: connections.tableName,
      MAGIC_LINK_KEY: mac.keyArn,
    },
  });
  new Alias(stack, 'Live', {
    aliasName: 'live',
    version: sender.currentVersion,
    retryAttempts: 0,
    maxEventAge: Duration.minutes(5),
  });
});

beforeAll(async () => {
  aws = await startEndpoint({
    invokeFunction: (...call) => (functions as Functions).invoke(...call),
    hasFunction: (arn) => functions?.has(arn) ?? false,
    report: (line) => reports.push(line),
  });
  app = await deployApp(assembly, async () => aws);
  functions = app.system.functions;
});
afterAll(async () => {
  await aws.stop();
  await app.close();
  removeTemporaryDirectories();
});

test('a function is given tables and a MAC key that work', async () => {
  const client = new LambdaClient(aws.client);
  const { Payload } = await client.send(new InvokeCommand({ FunctionName: 'sender', Payload: '{}' }));
  client.destroy();
  const environment = JSON.parse(Buffer.from(Payload ?? []).toString()) as Record<string, string>;
  const { MAGIC_LINK_TABLE = '', CONNECTIONS = '', MAGIC_LINK_KEY = '' } = environment;
  expect(aws.dynamodb.timeToLive(MAGIC_LINK_TABLE)).toBe('expiresAt');
  expect(aws.dynamodb.timeToLive(CONNECTIONS)).toBe('goneAt');
  expect((await aws.dynamodb.table(CONNECTIONS)).GlobalSecondaryIndexes).toMatchObject([
    { IndexName: 'by-room' },
  ]);
  const key = aws.kms.require(MAGIC_LINK_KEY);
  expect(key).toMatchObject({ arn: MAGIC_LINK_KEY, spec: 'HMAC_256', description: 'Signs links' });
  expect(aws.kms.require('alias/mac')).toBe(key);
});

test('a key that encrypts is there with its policy, and what it encrypts names it', async () => {
  const key = aws.kms.require('alias/encryption');
  expect(key).toMatchObject({ usage: 'ENCRYPT_DECRYPT', spec: 'SYMMETRIC_DEFAULT', enabled: true });
  expect(app.system.resourcePolicies.of(key.arn)).toEqual([
    {
      id: expect.stringMatching(/^example\.Encryption/),
      document: expect.objectContaining({ Version: '2012-10-17' }),
    },
  ]);
  const s3 = new S3Client(aws.client);
  const put = await s3.send(new PutObjectCommand({ Bucket: 'files', Key: 'key', Body: 'x' }));
  s3.destroy();
  expect(put).toMatchObject({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: key.arn });
});

test('an alias retries asynchronous events as its configuration says', async () => {
  const client = new LambdaClient(aws.client);
  const invoked = new InvokeCommand({
    FunctionName: 'sender:live',
    InvocationType: 'Event',
    Payload: JSON.stringify({ fail: true }),
  });
  const started = Date.now();
  await client.send(invoked);
  client.destroy();
  while (reports.length === 0) await new Promise((done) => setTimeout(done, 10));
  expect(reports[0]).toContain('of sender:live failed for good (no)');
  // Two retries, the default, would take three seconds.
  expect(Date.now() - started).toBeLessThan(3_000);
});

test.each<[string, (stack: Stack) => unknown, string]>([
  [
    'a table with a stream',
    (stack) =>
      new Table(stack, 'Table', {
        partitionKey: { name: 'pk', type: AttributeType.STRING },
        stream: StreamViewType.NEW_IMAGE,
      }),
    'property StreamSpecification is not supported.',
  ],
  [
    'a signing key',
    (stack) => new Key(stack, 'Key', { keySpec: KeySpec.RSA_2048, keyUsage: KeyUsage.SIGN_VERIFY }),
    'KeyUsage "SIGN_VERIFY" is not supported',
  ],
  [
    'a MAC key of another kind',
    (stack) =>
      new CfnResource(stack, 'Key', {
        type: 'AWS::KMS::Key',
        properties: { KeyUsage: 'GENERATE_VERIFY_MAC', KeySpec: 'HMAC_1' },
      }),
    'KeySpec "HMAC_1" is not supported',
  ],
])('%s is refused before anything starts', (_name, define, message) => {
  const faults = findUnsupported(readAssembly(synthesizeStack(define)), registry);
  expect(faults).toEqual([expect.stringContaining(message)]);
});
