/** A process of its own that serves an endpoint until it is killed; argument: the state directory. */
import { type AwsEndpoint, startAwsEndpoint } from '../../../../scripts/local/aws/endpoint';
import { compilePattern } from '../../../../scripts/local/aws/events/pattern';
import { allow } from '../../../support/decisions';
import { ACCOUNT, CREDENTIALS, REGION, ROLE } from './running-endpoint';

/** What it prints, as JSON, when it is ready. */
export interface Started {
  readonly url: string;
  readonly clientId: string;
  readonly poolId: string;
}

export const table = {
  name: 'items',
  properties: {
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
  },
};

/** Queues and the rule that fills one of them; declared again by whoever opens the state. */
export async function declareQueues(aws: AwsEndpoint): Promise<void> {
  const dead = await aws.sqs.createQueue({ name: 'dead' });
  await aws.sqs.createQueue({
    name: 'work',
    properties: {
      VisibilityTimeout: 0,
      RedrivePolicy: { deadLetterTargetArn: dead.arn, maxReceiveCount: 3 },
    },
  });
  const objects = await aws.sqs.createQueue({ name: 'objects' });
  aws.events.addRule({
    name: 'objects',
    arn: 'arn:aws:events:us-east-1:000000000000:rule/objects',
    matches: compilePattern({ source: ['aws.s3'] }),
    targets: [{ id: 'queue', arn: objects.arn }],
  });
}

async function main(stateDirectory: string): Promise<void> {
  const aws = await startAwsEndpoint({
    port: 0,
    stateDirectory,
    region: REGION,
    accountId: ACCOUNT,
    principals: new Map([[CREDENTIALS.accessKeyId, { ...CREDENTIALS, roleArn: ROLE }]]),
    authorize: async () => allow,
    log: () => undefined,
  });
  await aws.s3.createBucket({ name: 'plain' });
  await aws.s3.createBucket({
    name: 'versions',
    properties: {
      VersioningConfiguration: { Status: 'Enabled' },
      NotificationConfiguration: { EventBridgeConfiguration: {} },
    },
  });
  await aws.dynamodb.createTable(table);
  await declareQueues(aws);
  const pool = await aws.cognito.createUserPool({ key: 'pool' });
  const client = await aws.cognito.createClient({ key: 'client', poolId: pool.id });
  const started: Started = { url: aws.url, clientId: client.id, poolId: pool.id };
  process.stdout.write(`${JSON.stringify(started)}\n`);
}

if (require.main === module) main(process.argv[2] as string);
