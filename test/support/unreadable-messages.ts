import { setTimeout as wait } from 'node:timers/promises';
import type { Runtime } from '../../scripts/local/running';

/** Sends every worker a message that it cannot read. Answers the queues of dead letters it was handed in to. */
export async function sendUnreadableMessages({ queues }: Runtime): Promise<string[]> {
  const workers = queues.queues().filter(({ redrive }) => redrive);
  const before = new Map(queues.queues().map((queue) => [queue.arn, queues.counts(queue).waiting]));
  const missing = new Set(workers.map(({ redrive }) => redrive?.deadLetterArn as string));
  for (const queue of workers) await queues.send(queue, [{ body: 'nothing that a worker knows' }]);
  for (let tries = 0; tries < 300 && missing.size > 0; tries++) {
    for (const arn of missing) {
      if (queues.counts(queues.queue(arn)).waiting > (before.get(arn) ?? 0)) missing.delete(arn);
    }
    await wait(200);
  }
  if (missing.size > 0) throw new Error(`After 60 s no message was handed in to ${[...missing].join(', ')}`);
  return workers.map(({ redrive }) => queues.queue(redrive?.deadLetterArn as string).name);
}
