/** `dynamodb:LeadingKeys`: the partition keys that a request is about, by which policies keep callers apart. */
import type { DynamoEngine } from './engine';
import type { Attributes } from './store';

type Condition = Readonly<Record<string, string>>;

/** Nothing when the table or its key is unknown. */
export async function leadingKey(engine: DynamoEngine, table: string, item: Attributes): Promise<Condition> {
  const [name] = engine.has(table) ? Object.keys(await engine.keyOf(table, item)) : [];
  return name === undefined ? {} : conditionOf(item[name]);
}

/** Of a Query, which names one partition in either of two ways. */
export async function queriedKey(engine: DynamoEngine, input: Attributes): Promise<Condition> {
  const table = String(input.TableName);
  if (!engine.has(table)) return {};
  const { KeySchema, GlobalSecondaryIndexes = [] } = await engine.table(table);
  const index = GlobalSecondaryIndexes.find(({ IndexName }) => IndexName === input.IndexName);
  const [partition] = (index?.KeySchema ?? KeySchema).filter(({ KeyType }) => KeyType === 'HASH');
  const name = partition?.AttributeName ?? '';
  const { [name]: old } = (input.KeyConditions ?? {}) as Record<string, { AttributeValueList?: unknown[] }>;
  if (old) return conditionOf(old.AttributeValueList?.[0]);
  const names = (input.ExpressionAttributeNames ?? {}) as Record<string, string>;
  const values = (input.ExpressionAttributeValues ?? {}) as Attributes;
  // `a = :b`, or `:b = a`, which DynamoDB takes as well.
  const equations = String(input.KeyConditionExpression ?? '').matchAll(
    /([#:]?[\w.-]+)\s*=\s*([#:]?[\w.-]+)/g,
  );
  for (const [, left = '', right = ''] of equations) {
    const [attribute, value] = left.startsWith(':') ? [right, left] : [left, right];
    if ((names[attribute] ?? attribute) === name) return conditionOf(values[value]);
  }
  return {};
}

function conditionOf(value: unknown): Condition {
  const [text] = Object.values((value ?? {}) as Record<string, unknown>);
  return typeof text === 'string' ? { 'dynamodb:LeadingKeys': text } : {};
}
