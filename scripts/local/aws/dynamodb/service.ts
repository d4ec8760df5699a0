/** The DynamoDB API. Tables are made by templates only. */
import * as z from 'zod';
import type { Principals } from '../authentication';
import { AwsError } from '../errors';
import { type Grant, JsonService, type Operation, operation } from '../json-service';
import { keyUse } from '../key-use';
import type { DynamoEngine } from './engine';
import { leadingKey } from './leading-keys';
import { attributes, storeOperations, TableName } from './operations';
import type { Attributes } from './store';
import type { TransactionAction } from './transactions';

/** Largest request that DynamoDB takes, in bytes. */
const MAX_REQUEST = 16 * 1024 ** 2;

export function dynamoService(engine: DynamoEngine, principals: Principals): JsonService {
  return new JsonService({
    name: 'dynamodb',
    target: 'DynamoDB_20120810.',
    invalidCode: 'ValidationException',
    principals,
    region: engine.options.region,
    version: '1.0',
    limit: MAX_REQUEST,
    operations: {
      ...timeToLiveOperations(engine),
      ...withKeys(engine, {
        ...storeOperations(engine),
        TransactWriteItems: transactWriteItems(engine),
        TransactGetItems: transactGetItems(engine),
      }),
    },
  });
}

/** These are about tables and not about what is in them. */
const withoutItems = new Set(['dynamodb:DescribeTable', 'dynamodb:ListTables']);

/**
 * DynamoDB decrypts the key of a table in its caller's name before it touches an item.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html (read 2026-11-26)
 */
function withKeys(
  engine: DynamoEngine,
  operations: Readonly<Record<string, Operation>>,
): Record<string, Operation> {
  const keysOf = (grants: readonly Grant[]): Grant[] => {
    const touched = grants.filter(({ action }) => !withoutItems.has(action));
    const tables = new Set(touched.map(({ resource }) => resource.split('/')[1] ?? ''));
    return [...tables].flatMap((table) =>
      keyUse('dynamodb', {
        keyArn: engine.keyArn(table),
        actions: ['kms:Decrypt'],
        context: {
          'aws:dynamodb:tableName': table,
          'aws:dynamodb:subscriberId': engine.options.accountId,
        },
      }),
    );
  };
  return Object.fromEntries(
    Object.entries(operations).map(([name, definition]) => [
      name,
      {
        ...definition,
        authorize: async (input: never) => {
          const grants = [(await definition.authorize?.(input)) ?? []].flat();
          return [...grants, ...keysOf(grants)];
        },
      },
    ]),
  );
}

function timeToLiveOperations(engine: DynamoEngine): Record<string, Operation> {
  const on =
    (name: string) =>
    (input: { TableName: string }): Grant => ({
      action: `dynamodb:${name}`,
      resource: engine.arnOf(input.TableName),
    });
  return {
    DescribeTimeToLive: operation({
      input: z.object({ TableName }),
      authorize: on('DescribeTimeToLive'),
      run: async (input) => {
        await engine.table(input.TableName);
        const attribute = engine.timeToLive(input.TableName);
        return {
          TimeToLiveDescription:
            attribute === undefined
              ? { TimeToLiveStatus: 'DISABLED' }
              : { TimeToLiveStatus: 'ENABLED', AttributeName: attribute },
        };
      },
    }),
    UpdateTimeToLive: operation({
      input: z.object({
        TableName,
        TimeToLiveSpecification: z.strictObject({ AttributeName: z.string().min(1), Enabled: z.boolean() }),
      }),
      authorize: on('UpdateTimeToLive'),
      run: async ({ TableName: table, TimeToLiveSpecification: wanted }) => {
        await engine.table(table);
        const current = engine.timeToLive(table);
        if (wanted.Enabled === (current !== undefined))
          throw new AwsError(
            'ValidationException',
            `TimeToLive is already ${wanted.Enabled ? 'enabled' : 'disabled'}`,
          );
        if (current !== undefined && current !== wanted.AttributeName)
          throw new AwsError(
            'ValidationException',
            `TimeToLive is active on a different AttributeName: current AttributeName is ${current}`,
          );
        await engine.setTimeToLive(table, wanted.Enabled ? wanted.AttributeName : undefined);
        return { TimeToLiveSpecification: wanted };
      },
    }),
    DescribeContinuousBackups: operation({
      input: z.object({ TableName }),
      authorize: on('DescribeContinuousBackups'),
      run: async (input) => {
        await engine.table(input.TableName);
        // Whatever the template says, nothing is backed up here.
        return {
          ContinuousBackupsDescription: {
            ContinuousBackupsStatus: 'DISABLED',
            PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'DISABLED' },
          },
        };
      },
    }),
  };
}

const common = {
  TableName,
  ExpressionAttributeNames: attributes.optional(),
  ExpressionAttributeValues: attributes.optional(),
  ReturnValuesOnConditionCheckFailure: z.enum(['ALL_OLD', 'NONE']).optional(),
};
const ConditionExpression = z.string();
const conditional = { ...common, ConditionExpression: ConditionExpression.optional() };
const writeItem = z.strictObject({
  ConditionCheck: z.strictObject({ ...common, Key: attributes, ConditionExpression }).optional(),
  Delete: z.strictObject({ ...conditional, Key: attributes }).optional(),
  Put: z.strictObject({ ...conditional, Item: attributes }).optional(),
  Update: z.strictObject({ ...conditional, Key: attributes, UpdateExpression: z.string() }).optional(),
});

/** What one member of TransactItems asks for. */
async function actionOf(engine: DynamoEngine, given: z.infer<typeof writeItem>): Promise<TransactionAction> {
  const [entry, ...more] = Object.entries(given).filter(([, request]) => request !== undefined);
  if (!entry || more.length > 0)
    throw new AwsError(
      'ValidationException',
      'TransactItems can only contain one of Check, Put, Update or Delete',
    );
  const kind = entry[0] as TransactionAction['kind'];
  const { ReturnValuesOnConditionCheckFailure: returns, ...input } = entry[1] as Attributes;
  const table = String(input.TableName);
  const key = await engine.keyOf(table, (input.Item ?? input.Key) as Attributes);
  return { kind, table, key, input, returnsOld: returns === 'ALL_OLD' };
}

function transactWriteItems(engine: DynamoEngine): Operation {
  return operation({
    input: z.object({
      TransactItems: z.array(writeItem).min(1).max(100),
      ClientRequestToken: z.string().min(1).max(36).optional(),
    }),
    authorize: async (input) => {
      const grants: Grant[] = [];
      for (const given of input.TransactItems)
        for (const [kind, request] of Object.entries(given)) {
          const item = 'Item' in request ? request.Item : request.Key;
          grants.push({
            action: `dynamodb:${kind === 'ConditionCheck' ? 'ConditionCheckItem' : `${kind}Item`}`,
            resource: engine.arnOf(request.TableName),
            conditions: {
              'dynamodb:EnclosingOperation': 'TransactWriteItems',
              ...(await leadingKey(engine, request.TableName, item)),
            },
          });
        }
      return grants;
    },
    run: async ({ TransactItems, ClientRequestToken }) => {
      const actions: TransactionAction[] = [];
      for (const given of TransactItems) actions.push(await actionOf(engine, given));
      await engine.write(actions, ClientRequestToken);
      return {};
    },
  });
}

function transactGetItems(engine: DynamoEngine): Operation {
  const Get = z.strictObject({
    TableName,
    Key: attributes,
    ExpressionAttributeNames: attributes.optional(),
    ProjectionExpression: z.string().optional(),
  });
  return operation({
    input: z.object({ TransactItems: z.array(z.strictObject({ Get })).min(1).max(100) }),
    authorize: async (input) => {
      const grants: Grant[] = [];
      for (const { Get: get } of input.TransactItems)
        grants.push({
          action: 'dynamodb:GetItem',
          resource: engine.arnOf(get.TableName),
          conditions: {
            'dynamodb:EnclosingOperation': 'TransactGetItems',
            ...(await leadingKey(engine, get.TableName, get.Key)),
          },
        });
      return grants;
    },
    run: async (input) => ({
      Responses: await engine.read(input.TransactItems.map(({ Get: get }) => get)),
    }),
  });
}
