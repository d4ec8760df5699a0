/** Operations that the store answers itself: the parameters they know here, and who may call them. */
import * as z from 'zod';
import type { Grant, Operation } from '../json-service';
import { operation } from '../json-service';
import type { DynamoEngine } from './engine';
import { leadingKey, queriedKey } from './leading-keys';
import type { Attributes } from './store';

export const TableName = z.string().min(1);
export const attributes = z.record(z.string(), z.unknown());

const expressions = ['ExpressionAttributeNames', 'ExpressionAttributeValues'];
const condition = ['ConditionExpression', 'ConditionalOperator', 'Expected', ...expressions];
const writes = [...condition, 'ReturnConsumedCapacity', 'ReturnValues'];
const reads = [
  'AttributesToGet',
  'ConsistentRead',
  'ExclusiveStartKey',
  'FilterExpression',
  'IndexName',
  'Limit',
  'ProjectionExpression',
  'ReturnConsumedCapacity',
  'Select',
  ...expressions,
];

/** What the store checks itself: only the names are ours to know. */
const anything = (names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, z.unknown().optional()]));

const onFailure = z.enum(['ALL_OLD', 'NONE']).optional();

/** Condition keys that repeat parameters. */
function repeated(input: Readonly<Record<string, unknown>>): Record<string, string> {
  const names = ['ReturnConsumedCapacity', 'ReturnValues', 'Select'];
  return Object.fromEntries(
    names.flatMap((name) => (typeof input[name] === 'string' ? [[`dynamodb:${name}`, input[name]]] : [])),
  );
}

/** An operation on the one item that `Key` or `Item` names. */
function itemOperation(
  engine: DynamoEngine,
  name: string,
  subject: 'Key' | 'Item',
  members: string[],
): Operation {
  const grant = async (input: Attributes): Promise<Grant> => ({
    action: `dynamodb:${name}`,
    resource: engine.arnOf(String(input.TableName)),
    conditions: {
      ...repeated(input),
      ...(await leadingKey(engine, String(input.TableName), input[subject] as Attributes)),
    },
  });
  return operation({
    input: z.object({
      TableName,
      [subject]: attributes,
      ...anything(members),
      ...(name !== 'GetItem' && { ReturnValuesOnConditionCheckFailure: onFailure }),
    }),
    authorize: (input) => grant(input as Attributes),
    run: async (input) => {
      const { ReturnValuesOnConditionCheckFailure: returns, ...rest } = input as Attributes;
      if (returns !== 'ALL_OLD') return engine.run(name, rest);
      const key = await engine.keyOf(String(rest.TableName), rest[subject] as Attributes);
      return engine.runConditional(name, rest, key);
    },
  });
}

/** Query and Scan, of a table or one of its indexes. */
function search(engine: DynamoEngine, name: 'Query' | 'Scan', members: string[]): Operation {
  return operation({
    input: z.object({ TableName, ...anything([...reads, ...members]) }),
    authorize: async (input): Promise<Grant> => {
      const { TableName: table, IndexName: index } = input as Attributes;
      return {
        action: `dynamodb:${name}`,
        resource: engine.arnOf(String(table), typeof index === 'string' ? index : undefined),
        conditions: { ...repeated(input), ...(name === 'Query' && (await queriedKey(engine, input))) },
      };
    },
    run: (input) => engine.run(name, input),
  });
}

/** Items of several tables; each is authorized with its own partition key. */
function batch<Request>(
  engine: DynamoEngine,
  name: string,
  requests: z.ZodType<Request>,
  itemsOf: (requests: Request) => readonly Attributes[],
): Operation {
  return operation({
    input: z.object({
      RequestItems: z.record(z.string(), requests),
      ReturnConsumedCapacity: z.unknown().optional(),
    }),
    authorize: async (input): Promise<Grant[]> => {
      const grants: Grant[] = [];
      for (const [table, given] of Object.entries(input.RequestItems)) {
        for (const item of itemsOf(given))
          grants.push({
            action: `dynamodb:${name}`,
            resource: engine.arnOf(table),
            conditions: { ...repeated(input), ...(await leadingKey(engine, table, item)) },
          });
      }
      return grants;
    },
    run: (input) => engine.run(name, input),
  });
}

export function storeOperations(engine: DynamoEngine): Record<string, Operation> {
  return {
    GetItem: itemOperation(engine, 'GetItem', 'Key', [
      'AttributesToGet',
      'ConsistentRead',
      'ExpressionAttributeNames',
      'ProjectionExpression',
      'ReturnConsumedCapacity',
    ]),
    PutItem: itemOperation(engine, 'PutItem', 'Item', writes),
    UpdateItem: itemOperation(engine, 'UpdateItem', 'Key', [
      ...writes,
      'AttributeUpdates',
      'UpdateExpression',
    ]),
    DeleteItem: itemOperation(engine, 'DeleteItem', 'Key', writes),
    Query: search(engine, 'Query', [
      'ConditionalOperator',
      'KeyConditionExpression',
      'KeyConditions',
      'QueryFilter',
      'ScanIndexForward',
    ]),
    Scan: search(engine, 'Scan', ['ConditionalOperator', 'ScanFilter', 'Segment', 'TotalSegments']),
    BatchGetItem: batch(
      engine,
      'BatchGetItem',
      z.strictObject({
        Keys: z.array(attributes),
        ...anything([
          'AttributesToGet',
          'ConsistentRead',
          'ExpressionAttributeNames',
          'ProjectionExpression',
        ]),
      }),
      ({ Keys }) => Keys as Attributes[],
    ),
    BatchWriteItem: batch(
      engine,
      'BatchWriteItem',
      z.array(
        z.strictObject({
          PutRequest: z.strictObject({ Item: attributes }).optional(),
          DeleteRequest: z.strictObject({ Key: attributes }).optional(),
        }),
      ),
      (requests) =>
        requests.map(({ PutRequest, DeleteRequest }) => PutRequest?.Item ?? DeleteRequest?.Key ?? {}),
    ),
    DescribeTable: operation({
      input: z.object({ TableName }),
      authorize: (input) => ({ action: 'dynamodb:DescribeTable', resource: engine.arnOf(input.TableName) }),
      run: (input) => engine.run('DescribeTable', input),
    }),
    ListTables: operation({
      input: z.object(anything(['ExclusiveStartTableName', 'Limit'])),
      authorize: () => ({ action: 'dynamodb:ListTables', resource: '*' }),
      run: (input) => engine.run('ListTables', input),
    }),
  };
}
