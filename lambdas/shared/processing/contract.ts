/**
 * The vocabulary of a worker: what works on the files under one prefix, as data. Queue, rule, function, grants, alarms
 * and its share of the database's connections are derived from it.
 */
import type { Use } from '../contract';

export type BucketUse = Extract<Use, { bucket: string }>;

export interface WorkerContract {
  /** Folder name under `lambdas/`, and the function's name. */
  readonly bundle: string;
  readonly description: string;
  /** What users notice when it fails: the sentence of its alarms. */
  readonly impact: string;
  readonly memoryMiB: number;
  /** Lambda timeout in seconds, at least what a whole batch may take; see `secondsOfBatch`. */
  readonly timeoutSeconds: number;
  /** A file that takes longer has failed with code `timeout`. The processor has the same limit. */
  readonly secondsPerFile: number;
  /** Messages that one invocation gets; they are worked on one after the other. 1 to 10. */
  readonly batchSize: number;
  /** Objects that arrive under this prefix are its work. It may read them, and exact versions only. */
  readonly source: { readonly bucket: BucketUse['bucket']; readonly prefix: string };
  /** What else it does with objects. @default nothing */
  readonly uses?: readonly BucketUse[];
  /** Relative need of database connections, as a number of routes. @default 2 */
  readonly weight?: number;
}

/** Around the work on each file: claim, commit, a call of the queue. */
const overheadSeconds = 15;

/** A claim ends by itself after this time: what has not finished by then has crashed. */
export const claimSeconds = (secondsPerFile: number): number => secondsPerFile + overheadSeconds;

/** The longest that a full batch may take. */
export const secondsOfBatch = ({
  batchSize,
  secondsPerFile,
}: Pick<WorkerContract, 'batchSize' | 'secondsPerFile'>): number => batchSize * claimSeconds(secondsPerFile);

/** A message that was received this often is given up. SQS itself moves it, if the worker could not. */
export const maxReceives = 8;
