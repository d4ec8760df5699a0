import * as z from 'zod';
import { systemClock } from '../clock';
import { openWorkerDatabase } from '../database';
import { readEnv } from '../env';
import { s3ObjectStore } from '../object-store';
import type { WorkerDependencies } from './queue-handler';
import { sqsWorkQueue } from './work-queue';

const environment = z.object({
  SOURCE_BUCKET: z.string().min(1),
  QUEUE_URL: z.url(),
  DEAD_LETTERS_URL: z.url(),
});

/** What every worker's handler works with, by the environment that `QueueWorker` gives it. */
export function workerDependencies(variables: NodeJS.ProcessEnv = process.env): WorkerDependencies {
  const env = readEnv(environment, variables);
  return {
    database: openWorkerDatabase(),
    storage: s3ObjectStore(env.SOURCE_BUCKET),
    queue: sqsWorkQueue({ queueUrl: env.QUEUE_URL, deadLettersUrl: env.DEAD_LETTERS_URL }),
    clock: systemClock,
  };
}
