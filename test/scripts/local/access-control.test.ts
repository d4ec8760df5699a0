/** Policies of templates on the local AWS endpoint: who is let through, who is not, and what AWS says to them. */
import { request } from 'node:http';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { RemovalPolicy, type Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Policy } from '../../../lib/iam/policy';
import { administratorRole } from '../../../scripts/local/administrator';
import type { Role } from '../../../scripts/local/roles';
import { type RunningEndpoint, startEndpoint } from './aws/running-endpoint';
import { type DeployedApp, deployApp, removeTemporaryDirectories, synthesizeStack } from './deployed-app';

const region = 'us-east-1';
const Bucket = 'guarded-files';
const lambda = new iam.ServicePrincipal('lambda.amazonaws.com');

/** A bucket, a secret, a queue and a table under one key of our own, and roles that may use some of it. */
function guarded(stack: Stack): void {
  const key = new kms.Key(stack, 'Key', { removalPolicy: RemovalPolicy.DESTROY });
  const bucket = new s3.Bucket(stack, 'Files', {
    bucketName: Bucket,
    encryptionKey: key,
    bucketKeyEnabled: true,
    enforceSSL: true,
  });
  bucket.addToResourcePolicy(
    new iam.PolicyStatement({
      sid: 'NobodyReadsSecrets',
      effect: iam.Effect.DENY,
      principals: [new iam.AnyPrincipal()],
      actions: ['s3:GetObject'],
      resources: [bucket.arnForObjects('secrets/*')],
    }),
  );
  const secret = new Secret(stack, 'Secret', { secretName: 'password', encryptionKey: key });
  const shared = new Secret(stack, 'Shared', { secretName: 'shared' });
  const queue = new Queue(stack, 'Queue', {
    queueName: 'work',
    encryption: QueueEncryption.KMS,
    encryptionMasterKey: key,
  });
  const table = new dynamodb.Table(stack, 'Table', {
    tableName: 'items',
    partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING },
    encryption: dynamodb.TableEncryption.CUSTOMER_MANAGED,
    encryptionKey: key,
  });
  const role = (name: string, props: Partial<iam.RoleProps> = {}) =>
    new iam.Role(stack, name, { roleName: name, assumedBy: lambda, ...props });

  for (const name of ['user', 'keyless']) {
    const user = role(name);
    const grant = (actions: string[], resources: string[]) =>
      user.addToPolicy(new iam.PolicyStatement({ actions, resources }));
    grant(['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload'], [bucket.arnForObjects('*')]);
    grant(['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'], [secret.secretArn]);
    grant(['sqs:SendMessage', 'sqs:ReceiveMessage'], [queue.queueArn]);
    grant(['dynamodb:GetItem', 'dynamodb:PutItem'], [table.tableArn]);
    if (name === 'user')
      for (const service of ['s3', 'secretsmanager', 'sqs', 'dynamodb'])
        user.addToPolicy(
          new iam.PolicyStatement({
            actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
            resources: [key.keyArn],
            conditions: { StringEquals: { 'kms:ViaService': `${service}.${region}.amazonaws.com` } },
          }),
        );
  }
  // No policy of its own: what it may do is said by the secret.
  shared.addToResourcePolicy(
    new iam.PolicyStatement({
      principals: [new iam.ArnPrincipal(role('guest').roleArn)],
      actions: ['secretsmanager:GetSecretValue'],
      resources: ['*'],
    }),
  );
  // Created before the role that names it.
  const named = new iam.CfnManagedPolicy(stack, 'ANamed', {
    policyDocument: {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: 's3:GetObject', Resource: bucket.arnForObjects('*') },
        { Effect: 'Allow', Action: 's3:ListBucket', Resource: bucket.bucketArn },
        { Effect: 'Allow', Action: 'kms:Decrypt', Resource: key.keyArn },
      ],
    },
  });
  role('lister', { managedPolicies: [iam.ManagedPolicy.fromManagedPolicyArn(stack, 'Named', named.ref)] });
  role('bounded', {
    permissionsBoundary: new iam.ManagedPolicy(stack, 'Boundary', {
      statements: [new iam.PolicyStatement({ actions: ['s3:GetObject', 'kms:*'], resources: ['*'] })],
    }),
    inlinePolicies: {
      everything: new iam.PolicyDocument({
        statements: [new iam.PolicyStatement({ actions: ['*'], resources: ['*'] })],
      }),
    },
  });
}

let aws: RunningEndpoint;
let app: DeployedApp;

beforeAll(async () => {
  app = await deployApp(synthesizeStack(guarded), async (_functions, { principals }, { authorize }) => {
    aws = await startEndpoint({ principals });
    aws.decide = authorize;
    return aws;
  });
  app.system.roles.add(administratorRole);
  const owner = clientsOf(administratorRole);
  for (const Key of ['file', 'secrets/file'])
    await owner.s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
  await owner.secrets.send(new PutSecretValueCommand({ SecretId: 'password', SecretString: 'x' }));
});
afterAll(async () => {
  await app.close();
  await aws.stop();
  removeTemporaryDirectories();
});

function clientsOf({ arn }: Pick<Role, 'arn'>) {
  const options = {
    endpoint: aws.url,
    region,
    maxAttempts: 1,
    credentials: app.system.roles.credentials(arn) as never,
  };
  return {
    s3: new S3Client({ ...options, forcePathStyle: true }),
    secrets: new SecretsManagerClient(options),
    sqs: new SQSClient(options),
    dynamodb: new DynamoDBClient(options),
  };
}
const as = (name: string) => clientsOf({ arn: `arn:aws:iam::000000000000:role/${name}` });
const get = (name: string, Key: string) => as(name).s3.send(new GetObjectCommand({ Bucket, Key }));
const lastDenial = () => app.logLines.filter((line) => line.startsWith('iam ')).at(-1);

test('who is allowed reads, and who is not learns from S3 who, what, on what and why', async () => {
  expect(await (await get('user', 'file')).Body?.transformToString()).toBe('file');
  await expect(get('keyless', 'secrets/file')).rejects.toMatchObject({
    name: 'AccessDenied',
    $metadata: { httpStatusCode: 403 },
    message: `User: arn:aws:sts::000000000000:assumed-role/keyless/local is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::${Bucket}/secrets/file" with an explicit deny in a resource-based policy`,
  });
  await expect(
    as('lister').s3.send(new PutObjectCommand({ Bucket, Key: 'new', Body: 'x' })),
  ).rejects.toMatchObject({
    message: expect.stringMatching(/because no identity-based policy allows the s3:PutObject action$/),
  });
});

test('the log says in one line who was denied, and which statement would allow it', async () => {
  await expect(
    as('lister').s3.send(new PutObjectCommand({ Bucket, Key: 'new', Body: 'x' })),
  ).rejects.toThrow();
  const needed = { Effect: 'Allow', Action: 's3:PutObject', Resource: `arn:aws:s3:::${Bucket}/new` };
  expect(lastDenial()).toBe(
    `iam lister/local may not s3:PutObject arn:aws:s3:::${Bucket}/new because no identity-based policy allows the s3:PutObject action; needed in the policies of the role: ${JSON.stringify(needed)}`,
  );
});

test('an explicit deny of a bucket outweighs all that a role is allowed, the administrator’s too', async () => {
  const owner = clientsOf(administratorRole);
  await expect(owner.s3.send(new GetObjectCommand({ Bucket, Key: 'secrets/file' }))).rejects.toMatchObject({
    name: 'AccessDenied',
  });
  expect(lastDenial()).toContain('(NobodyReadsSecrets) of example.FilesPolicy');
});

test('the policy of a secret lets in whom it names, and nobody else', async () => {
  const read = new GetSecretValueCommand({ SecretId: 'shared' });
  await expect(as('guest').secrets.send(read)).resolves.toMatchObject({ Name: 'shared' });
  await expect(as('keyless').secrets.send(read)).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: expect.stringMatching(
      /because no identity-based policy allows the secretsmanager:GetSecretValue action$/,
    ),
  });
  await expect(
    as('guest').secrets.send(new GetSecretValueCommand({ SecretId: 'password' })),
  ).rejects.toMatchObject({ name: 'AccessDeniedException' });
});

test('a missing object is a 404 to those who may list the bucket, and a 403 to all others', async () => {
  await expect(get('lister', 'absent')).rejects.toMatchObject({ name: 'NoSuchKey' });
  await expect(get('user', 'absent')).rejects.toMatchObject({
    name: 'AccessDenied',
    message: expect.stringContaining(`s3:ListBucket on resource: "arn:aws:s3:::${Bucket}"`),
  });
  const head = (name: string) => as(name).s3.send(new HeadObjectCommand({ Bucket, Key: 'absent' }));
  await expect(head('lister')).rejects.toMatchObject({ $metadata: { httpStatusCode: 404 } });
  await expect(head('user')).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
});

test('a permissions boundary limits what a policy of everything allows', async () => {
  expect(await (await get('bounded', 'file')).Body?.transformToString()).toBe('file');
  await expect(
    as('bounded').secrets.send(new GetSecretValueCommand({ SecretId: 'password' })),
  ).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: expect.stringMatching(
      /because no permissions boundary allows the secretsmanager:GetSecretValue action$/,
    ),
  });
  expect(lastDenial()).toContain('needed in the permissions boundary of the role');
});

test('a presigned URL and a presigned form do what their signer may do when they are used', async () => {
  const { s3: client } = as('keyless');
  const url = await getSignedUrl(client, new GetObjectCommand({ Bucket, Key: 'file' }));
  expect((await fetch(url)).status).toBe(403);
  const form = await createPresignedPost(client, { Bucket, Key: 'form', Conditions: [] });
  const post = () => {
    const body = new FormData();
    for (const [name, value] of Object.entries(form.fields)) body.set(name, value);
    body.set('file', new Blob(['x']));
    return fetch(form.url, { method: 'POST', body });
  };
  expect(await (await post()).text()).toContain('kms:GenerateDataKey');

  // The same signatures, once the role has the rights.
  const role = app.system.roles.byName('keyless') as Role;
  const everything: Policy = {
    id: 'later',
    document: { Statement: { Effect: 'Allow', Action: 'kms:*', Resource: '*' } },
  };
  role.policies.push(everything);
  expect((await fetch(url)).status).toBe(200);
  expect((await post()).status).toBe(204);
  role.policies.splice(role.policies.indexOf(everything), 1);
});

describe('a key of our own', () => {
  type Use = (clients: ReturnType<typeof as>) => Promise<unknown>;
  const upload = async ({ s3: client }: ReturnType<typeof as>) => {
    const Key = 'parts';
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    const { ETag } = await client.send(
      new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: 'part' }),
    );
    return client.send(
      new CompleteMultipartUploadCommand({
        Bucket,
        Key,
        UploadId,
        MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] },
      }),
    );
  };
  const QueueUrl = () => aws.sqs.urlOf(aws.sqs.queue('work'));
  const Item = { pk: { S: 'a' } };
  test.each<[string, Use, string[], string]>([
    [
      'an object of S3 is written',
      ({ s3: c }) => c.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' })),
      ['GenerateDataKey'],
      'AccessDenied',
    ],
    [
      'an object of S3 is read',
      ({ s3: c }) => c.send(new GetObjectCommand({ Bucket, Key: 'file' })),
      ['Decrypt'],
      'AccessDenied',
    ],
    ['an upload in parts is written', upload, ['GenerateDataKey', 'Decrypt', 'Decrypt'], 'AccessDenied'],
    [
      'a secret is read',
      ({ secrets: c }) => c.send(new GetSecretValueCommand({ SecretId: 'password' })),
      ['Decrypt'],
      'AccessDeniedException',
    ],
    [
      'a secret is written',
      ({ secrets: c }) => c.send(new PutSecretValueCommand({ SecretId: 'password', SecretString: 'y' })),
      ['GenerateDataKey'],
      'AccessDeniedException',
    ],
    [
      'a message is sent',
      ({ sqs: c }) => c.send(new SendMessageCommand({ QueueUrl: QueueUrl(), MessageBody: 'x' })),
      ['GenerateDataKey', 'Decrypt'],
      'KmsAccessDenied',
    ],
    [
      'messages are received',
      ({ sqs: c }) => c.send(new ReceiveMessageCommand({ QueueUrl: QueueUrl() })),
      ['Decrypt'],
      'KmsAccessDenied',
    ],
    [
      'an item is written',
      ({ dynamodb: c }) => c.send(new PutItemCommand({ TableName: 'items', Item })),
      ['Decrypt'],
      'AccessDeniedException',
    ],
    [
      'an item is read',
      ({ dynamodb: c }) => c.send(new GetItemCommand({ TableName: 'items', Key: Item })),
      ['Decrypt'],
      'AccessDeniedException',
    ],
  ])('is asked for the caller when %s, through the service only', async (_what, use, actions, code) => {
    const before = aws.asked.length;
    await use(as('user'));
    const asked = aws.asked.slice(before).filter(({ action }) => action.startsWith('kms:'));
    expect(asked.map(({ action }) => action)).toEqual(actions.map((action) => `kms:${action}`));
    for (const { conditions } of asked)
      expect(conditions).toMatchObject({
        'kms:CallerAccount': '000000000000',
        'kms:ViaService': expect.stringMatching(/^\w+\.us-east-1\.amazonaws\.com$/),
      });
    await expect(use(as('keyless'))).rejects.toMatchObject({ name: code });
    expect(lastDenial()).toMatch(/^iam keyless\/local may not kms:/);
  });
});

test('a policy that cannot be evaluated, and one that is not there, stop a start and are all listed', () => {
  const { roles, accessControl } = app.system;
  expect(() => accessControl.check()).not.toThrow();
  const Condition = { StringResembles: { 'aws:PrincipalArn': 'x' } };
  roles.add({
    arn: 'arn:aws:iam::000000000000:role/odd',
    name: 'odd',
    policies: [
      {
        id: 'example.Odd',
        document: { Statement: { Effect: 'Allow', Action: '*', Resource: '*', Condition } },
      },
    ],
  });
  roles.add({
    arn: 'arn:aws:iam::000000000000:role/unbound',
    name: 'unbound',
    policies: [],
    boundaryArn: 'arn:aws:iam::000000000000:policy/elsewhere',
  });
  expect(() => accessControl.check()).toThrow(
    /2 policies.*example\.Odd.*StringResembles.*policy\/elsewhere/s,
  );
});

test('who signs with nobody’s credentials, or not at all, is nobody', async () => {
  const status = await new Promise((resolve) => {
    request(`${aws.url}/${Bucket}/file`, (response) => resolve(response.statusCode)).end();
  });
  expect(status).toBe(403);
  await expect(get('stranger', 'file')).rejects.toMatchObject({
    message: expect.stringContaining('no identity-based policy allows'),
  });
});
