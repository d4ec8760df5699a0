/** What an AWS::SQS::Queue declares, read from its resolved CloudFormation properties. */
import * as z from 'zod';
import { MAX_MESSAGE } from './message-rules';

/** CloudFormation also takes numbers as text. */
const whole = (least: number, most: number, absent: number) =>
  z.coerce.number().int().min(least).max(most).default(absent);

const redrivePolicy = z.strictObject({
  deadLetterTargetArn: z.string().min(1),
  maxReceiveCount: z.coerce.number().int().min(1).max(1000),
});

const queueProperties = z.strictObject({
  DelaySeconds: whole(0, 900, 0),
  /** ARN of a key of our own. */
  KmsMasterKeyId: z.string().startsWith('arn:').optional(),
  MaximumMessageSize: whole(1024, MAX_MESSAGE, MAX_MESSAGE),
  MessageRetentionPeriod: whole(60, 1_209_600, 345_600),
  ReceiveMessageWaitTimeSeconds: whole(0, 20, 0),
  RedrivePolicy: redrivePolicy.optional(),
  VisibilityTimeout: whole(0, 43_200, 30),
});

export interface QueueSettings {
  readonly delaySeconds: number;
  readonly maximumMessageSize: number;
  readonly retentionSeconds: number;
  readonly waitSeconds: number;
  readonly visibilitySeconds: number;
  /** The key of our own that messages are encrypted with. @default one that AWS manages */
  readonly keyArn?: string | undefined;
  /** @default messages are delivered until they are deleted or too old */
  readonly redrive?: { readonly deadLetterArn: string; readonly maxReceiveCount: number };
}

/** @throws Error naming the queue and every property that cannot be honoured locally */
export function readQueueProperties(name: string, properties: unknown): QueueSettings {
  const parsed = queueProperties.safeParse(properties);
  if (!parsed.success)
    throw new Error(`AWS::SQS::Queue ${name} cannot run locally:\n${z.prettifyError(parsed.error)}`);
  const { RedrivePolicy: redrive, ...given } = parsed.data;
  return {
    delaySeconds: given.DelaySeconds,
    maximumMessageSize: given.MaximumMessageSize,
    retentionSeconds: given.MessageRetentionPeriod,
    waitSeconds: given.ReceiveMessageWaitTimeSeconds,
    visibilitySeconds: given.VisibilityTimeout,
    keyArn: given.KmsMasterKeyId,
    ...(redrive && {
      redrive: { deadLetterArn: redrive.deadLetterTargetArn, maxReceiveCount: redrive.maxReceiveCount },
    }),
  };
}
