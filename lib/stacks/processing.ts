import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { WorkerContract } from '../../lambdas/shared/processing/contract';
import type { ConnectionShares } from '../constructs/connection-budget';
import type { DatabaseAccess } from '../constructs/database-access';
import type { FunctionDefaults, FunctionNetwork, NodeFunction } from '../constructs/function';
import type { Monitored } from '../constructs/monitored';
import { type Buckets, QueueWorker } from '../constructs/queue-worker';
import { outputs } from '../outputs';

export interface ProcessingStackProps extends StackProps {
  /** At least one: CloudFormation takes no empty stack. */
  readonly workers: readonly WorkerContract[];
  readonly network: FunctionNetwork;
  readonly database: DatabaseAccess;
  /** Copies that the database allows, by function. @default a few each */
  readonly connections?: ConnectionShares | undefined;
  readonly buckets: Buckets;
  /** Objects are scanned for malware before anything reads them. */
  readonly scanned: boolean;
  /** Environment variables of single workers, by bundle. @default none */
  readonly settings?: Readonly<Record<string, Record<string, string>>>;
  readonly functions: FunctionDefaults;
}

/** Copies of a worker whose database we do not size. */
const modestConcurrency = 4;

/** What works on files once they have been uploaded. */
export class ProcessingStack extends Stack {
  /** By bundle. */
  readonly workers: ReadonlyMap<string, QueueWorker>;
  readonly functions: readonly NodeFunction[];
  readonly monitored: Monitored[];

  constructor(scope: Construct, id: string, props: ProcessingStackProps) {
    super(scope, id, props);
    const { network, database, buckets, scanned, functions, connections, settings = {} } = props;
    this.workers = new Map(
      props.workers.map((worker) => [
        worker.bundle,
        new QueueWorker(this, worker.bundle, {
          ...functions,
          worker,
          network,
          database,
          buckets,
          scanned,
          concurrency: connections?.get(worker.bundle) ?? modestConcurrency,
          environment: settings[worker.bundle] ?? {},
        }),
      ]),
    );
    // For people who look after dead letters: `npm run landfall -- redrive`.
    new CfnOutput(this, outputs.workerQueues, {
      value: [...this.workers].map(([bundle, { queue }]) => `${bundle}=${queue.queueUrl}`).join(','),
    });
    const all = [...this.workers.values()];
    this.functions = all.map((worker) => worker.function);
    this.monitored = all.flatMap((worker) => worker.monitored);
  }
}
