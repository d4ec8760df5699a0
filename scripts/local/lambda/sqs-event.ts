/** Deliveries of a queue as Lambda hands them to a function. */
import type { Delivered } from '../aws/sqs/engine';
import { systemAttributesOf } from '../aws/sqs/inputs';
import { type MessageAttributes, md5, md5OfAttributes } from '../aws/sqs/message';

export interface SqsEventSource {
  readonly queueArn: string;
  readonly region: string;
}

/** Members that have no value are absent, and lists, which SQS has never offered, are empty. */
const attributesOf = (attributes: MessageAttributes) =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
      name,
      {
        ...(StringValue !== undefined && { stringValue: StringValue }),
        ...(BinaryValue !== undefined && { binaryValue: BinaryValue }),
        stringListValues: [],
        binaryListValues: [],
        dataType: DataType,
      },
    ]),
  );

export function sqsEvent(delivered: readonly Delivered[], { queueArn, region }: SqsEventSource) {
  return {
    Records: delivered.map((one) => {
      const { message, receiptHandle } = one;
      const digest = md5OfAttributes(message.attributes);
      return {
        messageId: message.id,
        receiptHandle,
        body: message.body,
        attributes: systemAttributesOf(one),
        messageAttributes: attributesOf(message.attributes),
        ...(digest !== undefined && { md5OfMessageAttributes: digest }),
        md5OfBody: md5(message.body),
        eventSource: 'aws:sqs',
        eventSourceARN: queueArn,
        awsRegion: region,
      };
    }),
  };
}
