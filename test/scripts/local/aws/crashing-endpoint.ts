/** A process of its own that serves an endpoint until it is killed; argument: the state directory. */
import { startAwsEndpoint } from '../../../../scripts/local/aws/endpoint';
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

async function main(stateDirectory: string): Promise<void> {
  const aws = await startAwsEndpoint({
    port: 0,
    stateDirectory,
    region: REGION,
    accountId: ACCOUNT,
    principals: new Map([[CREDENTIALS.accessKeyId, { ...CREDENTIALS, roleArn: ROLE }]]),
    authorize: async () => 'allow',
    log: () => undefined,
  });
  await aws.s3.createBucket({ name: 'plain' });
  await aws.s3.createBucket({
    name: 'versions',
    properties: { VersioningConfiguration: { Status: 'Enabled' } },
  });
  await aws.dynamodb.createTable(table);
  const pool = await aws.cognito.createUserPool({ key: 'pool' });
  const client = await aws.cognito.createClient({ key: 'client', poolId: pool.id });
  const started: Started = { url: aws.url, clientId: client.id, poolId: pool.id };
  process.stdout.write(`${JSON.stringify(started)}\n`);
}

if (require.main === module) main(process.argv[2] as string);
