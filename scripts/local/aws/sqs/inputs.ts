/** Inputs of the SQS API: what each operation takes, and how deliveries are shown. */
import * as z from 'zod';
import type { Delivered } from './engine';
import { type MessageAttributes, md5, md5OfAttributes } from './message';

/** Binary values are kept as the base64 they travel in. */
const attributeValue = z.strictObject({
  DataType: z.string(),
  StringValue: z.string().optional(),
  BinaryValue: z.base64().optional(),
});

export const QueueUrl = z.string().min(1);
export const ReceiptHandle = z.string().min(1);
export const VisibilityTimeout = z.number().int().min(0).max(43_200);

const attributes = z.record(z.string(), attributeValue);

export const newMessage = {
  MessageBody: z.string(),
  DelaySeconds: z.number().int().min(0).max(900).optional(),
  MessageAttributes: attributes.optional(),
  // The only one there is; it belongs to X-Ray.
  MessageSystemAttributes: z.strictObject({ AWSTraceHeader: attributeValue.optional() }).optional(),
};

export type NewMessageInput = z.infer<z.ZodObject<typeof newMessage>>;

const systemAttributes = z.array(
  z.enum([
    'All',
    'ApproximateFirstReceiveTimestamp',
    'ApproximateReceiveCount',
    'AWSTraceHeader',
    'DeadLetterQueueSourceArn',
    'MessageDeduplicationId',
    'MessageGroupId',
    'SenderId',
    'SentTimestamp',
    'SequenceNumber',
  ]),
);

export const receiveMessage = z.object({
  QueueUrl,
  AttributeNames: systemAttributes.optional(),
  MessageSystemAttributeNames: systemAttributes.optional(),
  MessageAttributeNames: z.array(z.string()).optional(),
  MaxNumberOfMessages: z.number().int().min(1).max(10).default(1),
  VisibilityTimeout: VisibilityTimeout.optional(),
  WaitTimeSeconds: z.number().int().min(0).max(20).optional(),
});

/** What SQS says of a delivery besides the message. */
export function systemAttributesOf({ message, receives, firstReceived }: Delivered): Record<string, string> {
  return {
    SenderId: message.senderId,
    ApproximateFirstReceiveTimestamp: String(firstReceived),
    ApproximateReceiveCount: String(receives),
    SentTimestamp: String(message.sent),
    ...(message.deadLetterSource && { DeadLetterQueueSourceArn: message.deadLetterSource }),
    ...(message.traceHeader !== undefined && { AWSTraceHeader: message.traceHeader }),
  };
}

/** `All`, `.*`, a name, or the start of names with `.*` after it. */
function chosen(attributes: MessageAttributes, names: readonly string[]): MessageAttributes {
  const wanted = (name: string) =>
    names.some(
      (asked) =>
        asked === 'All' || asked === name || (asked.endsWith('.*') && name.startsWith(asked.slice(0, -2))),
    );
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => wanted(name)));
}

export function shownMessage(delivered: Delivered, input: z.infer<typeof receiveMessage>): object {
  const { message, receiptHandle } = delivered;
  const asked = [...(input.AttributeNames ?? []), ...(input.MessageSystemAttributeNames ?? [])];
  const system = Object.entries(systemAttributesOf(delivered)).filter(
    ([name]) => asked.includes('All') || (asked as string[]).includes(name),
  );
  const attributes = chosen(message.attributes, input.MessageAttributeNames ?? []);
  const any = Object.keys(attributes).length > 0;
  return {
    MessageId: message.id,
    ReceiptHandle: receiptHandle,
    MD5OfBody: md5(message.body),
    Body: message.body,
    ...(system.length > 0 && { Attributes: Object.fromEntries(system) }),
    ...(any && { MessageAttributes: attributes, MD5OfMessageAttributes: md5OfAttributes(attributes) }),
  };
}
