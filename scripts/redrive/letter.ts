/** What a dead letter says about itself. */
import type { Message } from '@aws-sdk/client-sqs';

/** Written by a worker that gives a file up. Lambda's service moves what no worker could even do that to without them. */
export const attributes = {
  reason: 'landfall-reason',
  error: 'landfall-error',
  key: 'landfall-key',
  redrive: 'landfall-redrive',
} as const;

export interface Letter {
  readonly id: string;
  readonly receipt: string;
  readonly body: string;
  /** Those of the original message, without what was written when it died. */
  readonly attributes: NonNullable<Message['MessageAttributes']>;
  /** Undefined when no worker gave one. */
  readonly reason: string | undefined;
  readonly error: string | undefined;
  /** Of the object in the bucket. */
  readonly key: string | undefined;
  readonly sentAt: Date | undefined;
  readonly receives: number;
}

export function letterOf(message: Message): Letter {
  const { MessageId = '', ReceiptHandle = '', Body = '', MessageAttributes = {}, Attributes = {} } = message;
  const written = (name: string) => MessageAttributes[name]?.StringValue;
  const ours: readonly string[] = Object.values(attributes);
  return {
    id: MessageId,
    receipt: ReceiptHandle,
    body: Body,
    attributes: Object.fromEntries(
      Object.entries(MessageAttributes).filter(([name]) => !ours.includes(name)),
    ),
    reason: written(attributes.reason),
    error: written(attributes.error),
    key: written(attributes.key) ?? keyOf(Body),
    sentAt: Attributes.SentTimestamp ? new Date(Number(Attributes.SentTimestamp)) : undefined,
    receives: Number(Attributes.ApproximateReceiveCount ?? 0),
  };
}

/** The object of an event of EventBridge; its shape is not ours, and a dead letter may hold anything. */
function keyOf(body: string): string | undefined {
  try {
    const { detail } = JSON.parse(body) as {
      detail?: { object?: { key?: unknown }; s3ObjectDetails?: { objectKey?: unknown } };
    };
    const key = detail?.object?.key ?? detail?.s3ObjectDetails?.objectKey;
    return typeof key === 'string' ? key : undefined;
  } catch {
    return undefined;
  }
}
