/** What a table declares, read from resolved CloudFormation properties. */
import * as z from 'zod';
import type { TableDescription } from './store';

export interface TableDeclaration {
  readonly name: string;
  /** Resolved properties of the AWS::DynamoDB::Table or AWS::DynamoDB::GlobalTable. */
  readonly properties: unknown;
  /** The key of our own that items are encrypted with. @default one that AWS manages */
  readonly keyArn?: string | undefined;
}

const keySchema = z
  .array(z.strictObject({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) }))
  .min(1)
  .max(2);
const projection = z.strictObject({
  ProjectionType: z.enum(['ALL', 'INCLUDE', 'KEYS_ONLY']),
  NonKeyAttributes: z.array(z.string()).optional(),
});
/** Accepted: these are about capacity and prices. */
const ignored = (...names: string[]) =>
  Object.fromEntries(names.map((name) => [name, z.unknown().optional()]));

const properties = z.strictObject({
  TableName: z.string().optional(),
  KeySchema: keySchema,
  AttributeDefinitions: z.array(
    z.strictObject({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N', 'B']) }),
  ),
  GlobalSecondaryIndexes: z
    .array(
      z.strictObject({
        IndexName: z.string(),
        KeySchema: keySchema,
        Projection: projection,
        ...ignored(
          'ContributorInsightsSpecification',
          'OnDemandThroughput',
          'ProvisionedThroughput',
          'ReadOnDemandThroughputSettings',
          'ReadProvisionedThroughputSettings',
          'WarmThroughput',
          'WriteOnDemandThroughputSettings',
          'WriteProvisionedThroughputSettings',
        ),
      }),
    )
    .optional(),
  LocalSecondaryIndexes: z
    .array(z.strictObject({ IndexName: z.string(), KeySchema: keySchema, Projection: projection }))
    .optional(),
  TimeToLiveSpecification: z
    .strictObject({ AttributeName: z.string().optional(), Enabled: z.union([z.boolean(), z.stringbool()]) })
    .optional(),
});

export interface TableInput extends Omit<TableDescription, 'TableStatus'> {
  readonly TableName: string;
  readonly BillingMode: 'PAY_PER_REQUEST';
}

/**
 * What CreateTable takes.
 * @throws Error naming properties that cannot be honoured locally
 */
export function tableInput({ name, properties: given }: TableDeclaration): {
  input: TableInput;
  /** Attribute that says when an item expires. */
  timeToLive: string | undefined;
} {
  const parsed = properties.safeParse(given);
  if (!parsed.success) throw new Error(`table ${name} cannot run locally:\n${z.prettifyError(parsed.error)}`);
  const { KeySchema, AttributeDefinitions, GlobalSecondaryIndexes, LocalSecondaryIndexes } = parsed.data;
  const ttl = parsed.data.TimeToLiveSpecification;
  if (ttl?.Enabled && ttl.AttributeName === undefined)
    throw new Error(`table ${name}: TimeToLiveSpecification needs an AttributeName.`);
  const index = ({ IndexName, KeySchema: keys, Projection }: IndexDeclaration) => ({
    IndexName,
    KeySchema: keys,
    Projection,
  });
  return {
    input: {
      TableName: name,
      KeySchema,
      AttributeDefinitions,
      ...(GlobalSecondaryIndexes && { GlobalSecondaryIndexes: GlobalSecondaryIndexes.map(index) }),
      ...(LocalSecondaryIndexes && { LocalSecondaryIndexes: LocalSecondaryIndexes.map(index) }),
      // A laptop has the capacity it has, whatever is paid for on AWS.
      BillingMode: 'PAY_PER_REQUEST',
    },
    timeToLive: ttl?.Enabled ? ttl.AttributeName : undefined,
  };
}

interface IndexDeclaration {
  readonly IndexName: string;
  readonly KeySchema: z.infer<typeof keySchema>;
  readonly Projection: z.infer<typeof projection>;
}
