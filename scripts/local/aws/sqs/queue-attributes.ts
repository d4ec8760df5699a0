/** Attributes of a queue, as GetQueueAttributes answers them. */
import * as z from 'zod';
import type { SqsEngine } from './engine';
import type { Queue } from './queue-directory';

export const attributeNames = z.enum([
  'All',
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesDelayed',
  'ApproximateNumberOfMessagesNotVisible',
  'CreatedTimestamp',
  'DelaySeconds',
  'LastModifiedTimestamp',
  'MaximumMessageSize',
  'MessageRetentionPeriod',
  'Policy',
  'QueueArn',
  'ReceiveMessageWaitTimeSeconds',
  'RedriveAllowPolicy',
  'RedrivePolicy',
  'SqsManagedSseEnabled',
  'VisibilityTimeout',
]);

export function attributesOf(engine: SqsEngine, queue: Queue): Readonly<Record<string, string | undefined>> {
  const { waiting, inFlight, delayed } = engine.counts(queue);
  const created = String(Math.floor(queue.created / 1000));
  return {
    QueueArn: queue.arn,
    ApproximateNumberOfMessages: String(waiting),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    CreatedTimestamp: created,
    LastModifiedTimestamp: created,
    VisibilityTimeout: String(queue.visibilitySeconds),
    MaximumMessageSize: String(queue.maximumMessageSize),
    MessageRetentionPeriod: String(queue.retentionSeconds),
    DelaySeconds: String(queue.delaySeconds),
    ReceiveMessageWaitTimeSeconds: String(queue.waitSeconds),
    Policy: queue.policy === undefined ? undefined : JSON.stringify(queue.policy),
    RedrivePolicy:
      queue.redrive &&
      JSON.stringify({
        deadLetterTargetArn: queue.redrive.deadLetterArn,
        maxReceiveCount: queue.redrive.maxReceiveCount,
      }),
    SqsManagedSseEnabled: 'true',
  };
}
