import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { withinTrigger } from './client-timeouts';
import type { MagicLinkTable } from './magic-link-table';

/** At least this time lies between two mails to a user. */
const linkSpacingMs = 60_000;

/** Cognito asks a trigger that does not answer within 5 s again, three times in all. */
const retryMs = 20_000;

/** DynamoDB removes an item some time after this, counted from the end of what it is good for. */
const keepSeconds = 3600;

/**
 * One item per user, `user#<sub>`: there is one outstanding link because there is one item. One per address and
 * hour, `address#<hash>#<hour>`. No decision relies on DynamoDB having removed what has expired.
 */
export function connectTable(name: string, client = new DynamoDBClient(withinTrigger)): MagicLinkTable {
  return {
    replaceLink({ username, tokenHash, tokenExpiresAt, sentAt, requestId }) {
      return applied(
        client.send(
          new PutItemCommand({
            TableName: name,
            Item: {
              pk: text(`user#${username}`),
              tokenHash: text(tokenHash),
              tokenExpiresAt: number(tokenExpiresAt),
              sentAt: number(sentAt.getTime()),
              requestId: text(requestId),
              expiresAt: number(tokenExpiresAt + keepSeconds),
            },
            ConditionExpression:
              'attribute_not_exists(pk) or sentAt <= :spaced or (requestId = :request and attribute_not_exists(redeemedBy))',
            ExpressionAttributeValues: {
              ':spaced': number(sentAt.getTime() - linkSpacingMs),
              ':request': text(requestId),
            },
          }),
        ),
      );
    },

    redeem({ username, tokenHash, attempt, now }) {
      return applied(
        client.send(
          new UpdateItemCommand({
            TableName: name,
            Key: { pk: text(`user#${username}`) },
            UpdateExpression: 'set redeemedBy = :attempt, redeemedAt = if_not_exists(redeemedAt, :now)',
            ConditionExpression:
              'tokenHash = :hash and tokenExpiresAt > :seconds and ' +
              '(attribute_not_exists(redeemedBy) or (redeemedBy = :attempt and redeemedAt > :retry))',
            ExpressionAttributeValues: {
              ':hash': text(tokenHash),
              ':seconds': number(now.getTime() / 1000),
              ':attempt': text(attempt),
              ':now': number(now.getTime()),
              ':retry': number(now.getTime() - retryMs),
            },
          }),
        ),
      );
    },

    countRequest({ addressHash, now, limit }) {
      const hour = Math.floor(now.getTime() / 3_600_000);
      return applied(
        client.send(
          new UpdateItemCommand({
            TableName: name,
            Key: { pk: text(`address#${addressHash}#${hour}`) },
            UpdateExpression: 'set expiresAt = :end add requests :one',
            ConditionExpression: 'attribute_not_exists(requests) or requests < :limit',
            ExpressionAttributeValues: {
              ':one': number(1),
              ':limit': number(limit),
              ':end': number((hour + 1) * 3600 + keepSeconds),
            },
          }),
        ),
      );
    },
  };
}

/** False when the condition did not hold. */
async function applied(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

const text = (value: string): AttributeValue => ({ S: value });
const number = (value: number): AttributeValue => ({ N: String(value) });
