/** Tables of the local DynamoDB. */
import type { LocalSystem } from '../system';
import { type DeclaredResource, type Handlers, policyOf, properties, tagsReason } from './handler';

const backups = 'Nothing is backed up on a laptop.';
const capacity = 'Local tables have the capacity of the machine.';
const deletion = 'Only --fresh removes tables, and it says so.';
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
  const { ResourcePolicy, SSESpecification, ...given } = resource.properties;
  const { KMSMasterKeyId } = (SSESpecification ?? {}) as { KMSMasterKeyId?: string };
  const { arn } = await system.aws.dynamodb.createTable({
    name,
    properties: given,
    keyArn: system.aws.kms.customerManaged(KMSMasterKeyId),
  });
  const policy = (ResourcePolicy as { PolicyDocument?: unknown } | undefined)?.PolicyDocument;
  if (policy !== undefined) system.resourcePolicies.add(arn, policyOf(resource, policy));
  return { ref: name, attributes: { Arn: arn } };
}

export const dynamodbHandlers: Handlers = {
  'AWS::DynamoDB::Table': {
    properties: properties([...acted, 'ResourcePolicy', 'SSESpecification'], {
      BillingMode: capacity,
      ContributorInsightsSpecification: insights,
      DeletionProtectionEnabled: deletion,
      OnDemandThroughput: capacity,
      PointInTimeRecoverySpecification: backups,
      ProvisionedThroughput: capacity,
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
      SSESpecification: 'Keys of global tables belong to their replicas.',
      WarmThroughput: capacity,
      WriteOnDemandThroughputSettings: capacity,
      WriteProvisionedThroughputSettings: capacity,
    }),
    create: createTable,
  },
};
