import { existsSync, readFileSync } from 'node:fs';
import { nearest } from '../../lib/config/nearest';
import { outputs } from '../../lib/outputs';
import { UsageError } from '../migrate/command';
import { type OutputsFile, readableOutputs } from '../write-env';

/** Where a deployment put its outputs. */
export interface Deployment {
  readonly environment: string;
  /** Content of `cdk deploy --outputs-file`. */
  readonly outputsFile: string;
}

/** URLs of an environment's queues by the name of the worker. @throws {UsageError} when nothing is known of it */
export function queuesOf({ environment, outputsFile }: Deployment): ReadonlyMap<string, string> {
  if (!existsSync(outputsFile)) {
    throw new UsageError(
      `${outputsFile} does not exist, which says where the queues of ${environment} are. Deploy first (npm run deploy -- ` +
        `${environment}), name the file by --outputs, or pass the URL of the queue.`,
    );
  }
  const file = JSON.parse(readFileSync(outputsFile, 'utf8')) as OutputsFile;
  const value = readableOutputs(file, environment).get(outputs.workerQueues);
  if (!value) {
    throw new UsageError(
      `${outputsFile} has no output ${outputs.workerQueues} of landfall-${environment}-processing: this deployment has no ` +
        'queues, or is older than this command.',
    );
  }
  return new Map(value.split(',').map((entry) => entry.split('=', 2) as [string, string]));
}

/** @throws {UsageError} that lists the queues there are */
export function findQueue(name: string, deployment: Deployment): string {
  const queues = queuesOf(deployment);
  const url = queues.get(name);
  if (url !== undefined) return url;
  const meant = nearest(name, [...queues.keys()]);
  throw new UsageError(
    `There is no queue "${name}" in ${deployment.environment}${meant ? `; did you mean "${meant}"?` : '.'} ` +
      `Known: ${[...queues.keys()].join(', ')}.`,
  );
}
