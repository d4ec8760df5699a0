/** Tables of the local DynamoDB. */
import type { LocalSystem } from '../system';
import { type DeclaredResource, type Handlers, properties, tagsReason } from './handler';

const backups = 'Nothing is backed up on a laptop.';
const encryption = 'Encryption at rest is the file system’s matter on a laptop.';
const capacity = 'Local tables have the capacity of the machine.';
const deletion = 'Only --fresh removes tables, and it says so.';
const policies = 'Policies are not evaluated: whoever has valid credentials may call.';
const insights = 'Graphs in CloudWatch.';

const acted = [
  'AttributeDefinitions',
  'GlobalSecondaryIndexes',
  'KeySchema',
  'LocalSecondaryIndexes',
  'TableName',
  'TimeToLiveSpecification',
];

async function createTable(resource: DeclaredResource, system: LocalSystem) {
  const name = (resource.properties.TableName as string | undefined) ?? resource.generatedName;
  const { arn } = await system.aws.dynamodb.createTable({ name, properties: resource.properties });
  return { ref: name, attributes: { Arn: arn } };
}

export const dynamodbHandlers: Handlers = {
  'AWS::DynamoDB::Table': {
    properties: properties(acted, {
      BillingMode: capacity,
      ContributorInsightsSpecification: insights,
      DeletionProtectionEnabled: deletion,
      OnDemandThroughput: capacity,
      PointInTimeRecoverySpecification: backups,
      ProvisionedThroughput: capacity,
      ResourcePolicy: policies,
      SSESpecification: encryption,
      TableClass: 'The price of storage.',
      Tags: tagsReason,
      WarmThroughput: capacity,
    }),
    create: createTable,
  },
  'AWS::DynamoDB::GlobalTable': {
    properties: properties(acted, {
      BillingMode: capacity,
      GlobalTableSettingsReplicationMode: 'The local table is in one region.',
      MultiRegionConsistency: 'The local table is in one region.',
      ReadOnDemandThroughputSettings: capacity,
      ReadProvisionedThroughputSettings: capacity,
      Replicas: 'The local table is in one region, and what replicas say of backups and tags stays on AWS.',
      SSESpecification: encryption,
      WarmThroughput: capacity,
      WriteOnDemandThroughputSettings: capacity,
      WriteProvisionedThroughputSettings: capacity,
    }),
    create: createTable,
  },
};
