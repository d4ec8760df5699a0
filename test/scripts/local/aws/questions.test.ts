/**
 * What IAM is asked about each operation of the JSON services. Every request of the suite is held against AWS's
 * Service Authorization Reference by the endpoint that tests start; here no operation is left out.
 */
import * as cognito from '@aws-sdk/client-cognito-identity-provider';
import * as dynamodb from '@aws-sdk/client-dynamodb';
import * as kms from '@aws-sdk/client-kms';
import * as secrets from '@aws-sdk/client-secrets-manager';
import * as sqs from '@aws-sdk/client-sqs';
import * as ssm from '@aws-sdk/client-ssm';
import { cognitoService } from '../../../../scripts/local/aws/cognito/service';
import { dynamoService } from '../../../../scripts/local/aws/dynamodb/service';
import { kmsService } from '../../../../scripts/local/aws/kms-service';
import { secretsService } from '../../../../scripts/local/aws/secrets-service';
import { sqsService } from '../../../../scripts/local/aws/sqs/service';
import { ssmService } from '../../../../scripts/local/aws/ssm';
import { deny } from '../../../support/decisions';
import { faultsOf } from '../../../support/service-reference';
import { type RunningEndpoint, startEndpoint } from './running-endpoint';

let aws: RunningEndpoint;
let QueueUrl: string;
let SourceArn: string;
let KeyId: string;
let UserPoolId: string;

beforeAll(async () => {
  aws = await startEndpoint();
  const queue = await aws.sqs.createQueue({ name: 'work', properties: {} });
  QueueUrl = aws.sqs.urlOf(queue);
  SourceArn = queue.arn;
  KeyId = (await aws.kms.createKey({ key: 'mac', spec: 'HMAC_256' })).arn;
  await aws.secrets.createSecret({ name: 'secret', properties: { SecretString: 'x' } });
  await aws.dynamodb.createTable({
    name: 'items',
    properties: {
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    },
  });
  UserPoolId = (await aws.cognito.createUserPool({ key: 'users' })).id;
  aws.decide = async () => deny;
});
afterAll(() => aws.stop());

const TableName = 'items';
const Key = { pk: { S: 'a' } };
const user = () => ({ UserPoolId, Username: 'ann' });
const group = () => ({ UserPoolId, GroupName: 'admin' });
const mac = () => ({ KeyId, MacAlgorithm: 'HMAC_SHA_256', Message: Buffer.from('x') });

/** One call of each: `<operation>` -> its input. */
const services = {
  cognito: {
    sdk: cognito,
    client: () => new cognito.CognitoIdentityProviderClient(aws.client),
    guarded: () => cognitoService(aws.cognito, new Map()).guarded,
    inputs: {
      AdminCreateUser: user,
      AdminDeleteUserAttributes: () => ({ ...user(), UserAttributeNames: ['name'] }),
      AdminInitiateAuth: () => ({ UserPoolId, ClientId: 'x', AuthFlow: 'ADMIN_USER_PASSWORD_AUTH' }),
      AdminRespondToAuthChallenge: () => ({ UserPoolId, ClientId: 'x', ChallengeName: 'CUSTOM_CHALLENGE' }),
      AdminSetUserPassword: () => ({ ...user(), Password: 'x' }),
      AdminUpdateUserAttributes: () => ({ ...user(), UserAttributes: [] }),
      AdminAddUserToGroup: () => ({ ...user(), ...group() }),
      AdminRemoveUserFromGroup: () => ({ ...user(), ...group() }),
      CreateGroup: group,
      UpdateGroup: group,
      GetGroup: group,
      DeleteGroup: group,
      ListUsersInGroup: group,
      ListGroups: () => ({ UserPoolId }),
      ListUsers: () => ({ UserPoolId }),
      DescribeUserPool: () => ({ UserPoolId }),
      DescribeUserPoolClient: () => ({ UserPoolId, ClientId: 'x' }),
    } as Record<string, () => object>,
    /** Of a user of the pool, without more. */
    otherwise: user as () => object,
  },
  dynamodb: {
    sdk: dynamodb,
    client: () => new dynamodb.DynamoDBClient(aws.client),
    guarded: () => dynamoService(aws.dynamodb, new Map()).guarded,
    inputs: {
      BatchGetItem: () => ({ RequestItems: { items: { Keys: [Key] } } }),
      BatchWriteItem: () => ({ RequestItems: { items: [{ DeleteRequest: { Key } }] } }),
      DeleteItem: () => ({ TableName, Key, ReturnValues: 'ALL_OLD' }),
      GetItem: () => ({ TableName, Key }),
      UpdateItem: () => ({ TableName, Key }),
      PutItem: () => ({ TableName, Item: Key }),
      Query: () => ({
        TableName,
        KeyConditionExpression: 'pk = :a',
        ExpressionAttributeValues: { ':a': Key.pk },
        Select: 'COUNT',
      }),
      TransactGetItems: () => ({ TransactItems: [{ Get: { TableName, Key } }] }),
      TransactWriteItems: () => ({ TransactItems: [{ Delete: { TableName, Key } }] }),
      UpdateTimeToLive: () => ({
        TableName,
        TimeToLiveSpecification: { AttributeName: 'at', Enabled: true },
      }),
      ListTables: () => ({}),
    } as Record<string, () => object>,
    otherwise: () => ({ TableName }),
  },
  kms: {
    sdk: kms,
    client: () => new kms.KMSClient(aws.client),
    guarded: () => kmsService(aws.kms, new Map()).guarded,
    inputs: {
      GenerateMac: mac,
      VerifyMac: () => ({ ...mac(), Mac: Buffer.from('x') }),
    } as Record<string, () => object>,
    otherwise: () => ({ KeyId }),
  },
  secrets: {
    sdk: secrets,
    client: () => new secrets.SecretsManagerClient(aws.client),
    guarded: () => secretsService(aws.secrets, new Map()).guarded,
    inputs: {
      CreateSecret: () => ({ Name: 'new', Description: 'x', SecretString: 'x' }),
      GetRandomPassword: () => ({}),
      ListSecrets: () => ({}),
      PutSecretValue: () => ({ SecretId: 'secret', SecretString: 'x' }),
      UpdateSecretVersionStage: () => ({ SecretId: 'secret', VersionStage: 'AWSPENDING' }),
    } as Record<string, () => object>,
    otherwise: () => ({ SecretId: 'secret' }),
  },
  sqs: {
    sdk: sqs,
    client: () => new sqs.SQSClient(aws.client),
    guarded: () => sqsService(aws.sqs, new Map()).guarded,
    inputs: {
      ChangeMessageVisibility: () => ({ QueueUrl, ReceiptHandle: 'x', VisibilityTimeout: 1 }),
      DeleteMessage: () => ({ QueueUrl, ReceiptHandle: 'x' }),
      ...Object.fromEntries(
        ['ChangeMessageVisibility', 'DeleteMessage', 'SendMessage'].map((name) => [
          `${name}Batch`,
          () => ({ QueueUrl, Entries: [] }),
        ]),
      ),
      GetQueueUrl: () => ({ QueueName: 'work' }),
      ListMessageMoveTasks: () => ({ SourceArn }),
      ListQueues: () => ({}),
      SendMessage: () => ({ QueueUrl, MessageBody: 'x' }),
      StartMessageMoveTask: () => ({ SourceArn }),
    } as Record<string, () => object>,
    otherwise: () => ({ QueueUrl }),
  },
  ssm: {
    sdk: ssm,
    client: () => new ssm.SSMClient(aws.client),
    guarded: () => ssmService(aws.ssm, new Map()).guarded,
    inputs: {
      GetParameters: () => ({ Names: ['/a', 'b'] }),
      GetParametersByPath: () => ({ Path: '/a' }),
      PutParameter: () => ({ Name: '/a', Value: 'x', Type: 'String' }),
    } as Record<string, () => object>,
    otherwise: () => ({ Name: '/a' }),
  },
};

test.each(Object.entries(services))(
  'every operation of %s asks for an action, a resource and by keys that AWS has',
  async (_name, { sdk, client, guarded, inputs, otherwise }) => {
    const operations = guarded();
    expect(operations.length).toBeGreaterThan(2);
    // What is named here and no operation is a mistake of this test.
    expect(Object.keys(inputs).filter((name) => !operations.includes(name))).toEqual([]);
    const sender = client() as { send(command: unknown): Promise<unknown>; destroy(): void };
    for (const operation of operations) {
      const Command = (sdk as unknown as Record<string, new (input: object) => object>)[
        `${operation}Command`
      ] as new (
        input: object,
      ) => object;
      aws.asked.length = 0;
      const input = (inputs[operation] ?? otherwise)();
      const error: Error = await sender.send(new Command(input)).then(
        () => new Error('it was allowed'),
        (denial: Error) => denial,
      );
      expect([operation, error.name]).toEqual([operation, expect.stringMatching(/^AccessDenied/)]);
      expect([operation, aws.asked.length]).not.toEqual([operation, 0]);
    }
    sender.destroy();
  },
);

test('the reference notices an action, a resource and a key that AWS does not have', async () => {
  const resource = 'arn:aws:s3:::bucket/key';
  expect(await faultsOf({ action: 's3:HeadObject', resource, conditions: {} })).toEqual([
    'There is no action s3:HeadObject.',
  ]);
  expect(await faultsOf({ action: 's3:ListBucket', resource, conditions: {} })).toEqual([
    expect.stringContaining('s3:ListBucket is not about arn:aws:s3:::bucket/key'),
  ]);
  expect(await faultsOf({ action: 's3:GetObject', resource, conditions: { 's3:prefix': 'x' } })).toEqual([
    's3:GetObject does not know the condition key s3:prefix.',
  ]);
  expect(await faultsOf({ action: 's3:GetObject', resource, conditions: { 'aws:SourceIp': 'x' } })).toEqual(
    [],
  );
});
