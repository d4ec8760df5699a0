/** Operations on queues as a whole: finding, describing, emptying them, and moving dead letters back. */
import * as z from 'zod';
import { AwsError } from '../errors';
import { type Grant, type Operation, operation } from '../json-service';
import { type KeyUse, keyUse } from '../key-use';
import type { SqsEngine } from './engine';
import { QueueUrl } from './inputs';
import { MoveTasks } from './move-tasks';
import { attributeNames, attributesOf } from './queue-attributes';
import type { Queue } from './queue-directory';

/**
 * What whoever sends or receives needs of the queue's key.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html (read 2026-11-26)
 */
const KEY_ACTIONS: Readonly<Record<string, KeyUse['actions']>> = {
  SendMessage: ['kms:GenerateDataKey', 'kms:Decrypt'],
  ReceiveMessage: ['kms:Decrypt'],
};

/** What an action on a queue needs of it, and of the key that it is encrypted with. */
export const grantsOn = ({ arn, keyArn }: Queue, action: string): Grant[] => [
  { action: `sqs:${action}`, resource: arn },
  ...keyUse('sqs', { keyArn, actions: KEY_ACTIONS[action] ?? [], context: { 'aws:sqs:arn': arn } }),
];

/** A batch needs the permission of the single operation, as on AWS. */
export const on =
  (engine: SqsEngine, action: string) =>
  (input: { QueueUrl: string }): Grant[] =>
    grantsOn(engine.queue(input.QueueUrl), action);

export function queueOperations(engine: SqsEngine): Record<string, Operation> {
  return {
    GetQueueUrl: operation({
      input: z.object({ QueueName: z.string().min(1), QueueOwnerAWSAccountId: z.string().optional() }),
      authorize: (input) => ({ action: 'sqs:GetQueueUrl', resource: engine.queue(input.QueueName).arn }),
      run: (input) => {
        const owner = input.QueueOwnerAWSAccountId ?? engine.options.accountId;
        // Of another account there is none.
        const queue = engine.queue(owner === engine.options.accountId ? input.QueueName : '/');
        return { QueueUrl: engine.urlOf(queue) };
      },
    }),
    GetQueueAttributes: operation({
      input: z.object({ QueueUrl, AttributeNames: z.array(attributeNames).optional() }),
      authorize: on(engine, 'GetQueueAttributes'),
      run: (input) => {
        const all = attributesOf(engine, engine.queue(input.QueueUrl));
        const names: readonly string[] = input.AttributeNames ?? [];
        const asked = Object.entries(all).filter(
          ([name, value]) => value !== undefined && (names.includes('All') || names.includes(name)),
        );
        return asked.length === 0 ? {} : { Attributes: Object.fromEntries(asked) };
      },
    }),
    ListQueues: operation({
      input: z.object({
        QueueNamePrefix: z.string().optional(),
        MaxResults: z.number().int().min(1).max(1000).optional(),
        NextToken: z.string().optional(),
      }),
      authorize: () => ({
        action: 'sqs:ListQueues',
        resource: `arn:aws:sqs:${engine.options.region}:${engine.options.accountId}:*`,
      }),
      run: ({ QueueNamePrefix: prefix = '', MaxResults: max, NextToken: after = '' }) => {
        const found = engine.queues().filter(({ name }) => name.startsWith(prefix) && name > after);
        const page = found.slice(0, max ?? 1000);
        return {
          ...(page.length > 0 && { QueueUrls: page.map((queue) => engine.urlOf(queue)) }),
          // AWS answers a token only to those who asked for pages.
          ...(max !== undefined && found.length > page.length && { NextToken: page.at(-1)?.name }),
        };
      },
    }),
    PurgeQueue: operation({
      input: z.object({ QueueUrl }),
      authorize: on(engine, 'PurgeQueue'),
      run: async (input) => {
        await engine.purge(engine.queue(input.QueueUrl));
        return {};
      },
    }),
  };
}

export function moveOperations(engine: SqsEngine): Record<string, Operation> {
  const tasks = new MoveTasks(engine);
  const SourceArn = z.string().min(1);
  const source = (arn: string): Queue => {
    try {
      return engine.queue(arn);
    } catch (error) {
      if (error instanceof AwsError)
        throw new AwsError(
          'ResourceNotFoundException',
          'The resource that you specified for the SourceArn parameter doesn’t exist.',
        );
      throw error;
    }
  };
  return {
    StartMessageMoveTask: operation({
      input: z.object({
        SourceArn,
        DestinationArn: z.string().min(1).optional(),
        // A local queue is moved at once.
        MaxNumberOfMessagesPerSecond: z.number().int().min(1).max(500).optional(),
      }),
      authorize: (input) => [
        ...['StartMessageMoveTask', 'ReceiveMessage', 'DeleteMessage'].flatMap((action) =>
          grantsOn(source(input.SourceArn), action),
        ),
        ...(input.DestinationArn === undefined
          ? []
          : grantsOn(engine.queue(input.DestinationArn), 'SendMessage')),
      ],
      run: async (input) => ({
        TaskHandle: await tasks.start(source(input.SourceArn), input.DestinationArn),
      }),
    }),
    ListMessageMoveTasks: operation({
      input: z.object({ SourceArn, MaxResults: z.number().int().min(1).max(10).default(1) }),
      authorize: (input) => ({ action: 'sqs:ListMessageMoveTasks', resource: source(input.SourceArn).arn }),
      run: (input) => ({ Results: tasks.list(source(input.SourceArn)).slice(0, input.MaxResults) }),
    }),
  };
}
