/** Removes items whose time to live is past. Until then they are read like any other, as on AWS. */
import type { Attributes } from './store';

export interface Expiry {
  readonly table: string;
  readonly attribute: string;
  /** Seconds since 1970. */
  readonly now: number;
  readonly keyOf: (item: Attributes) => Promise<Attributes>;
}

interface Page {
  readonly Items: readonly Attributes[];
  readonly LastEvaluatedKey?: Attributes;
}

/** DynamoDB takes what is longer ago for something else than a time. */
const FIVE_YEARS = 5 * 365 * 86_400;

/** @returns how many were removed */
export async function removeExpired(
  run: (operation: string, input: object) => Promise<object>,
  { table, attribute, now, keyOf }: Expiry,
): Promise<number> {
  // A text or a set never lies between two numbers, so only numbers are times.
  const expired = {
    ExpressionAttributeNames: { '#time': attribute },
    ExpressionAttributeValues: { ':from': { N: String(now - FIVE_YEARS) }, ':to': { N: String(now - 1) } },
  };
  const condition = '#time BETWEEN :from AND :to';
  let removed = 0;
  let ExclusiveStartKey: Attributes | undefined;
  do {
    const page = (await run('Scan', {
      TableName: table,
      FilterExpression: condition,
      ...expired,
      ...(ExclusiveStartKey && { ExclusiveStartKey }),
    })) as Page;
    for (const item of page.Items) {
      const Key = await keyOf(item);
      // Somebody may have given the item more time since.
      const input = { TableName: table, Key, ConditionExpression: condition, ...expired };
      removed += await run('DeleteItem', input).then(
        () => 1,
        (error: Error) => {
          if (error.name === 'ConditionalCheckFailedException') return 0;
          throw error;
        },
      );
    }
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  return removed;
}
