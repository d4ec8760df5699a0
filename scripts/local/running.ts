import type { AccessRecord } from './access-record';
import type { SqsEngine } from './aws/sqs/engine';
import type { Deployed } from './deployment';
import type { Identity } from './identity';
import type { Functions } from './lambda/functions';
import type { Log } from './log';
import type { Ports } from './ports';
import type { Schedules } from './schedules';

/** A runtime that has started. */
export interface Runtime {
  /** For example `http://localhost:4000`. */
  readonly url: string;
  readonly ports: Ports;
  readonly deployed: Deployed;
  readonly identity: Identity;
  readonly functions: Functions;
  readonly schedules: Schedules;
  /** `advance` lets their time pass, for tests of what waits. */
  readonly queues: SqsEngine;
  /** What was asked of IAM, and what it answered. */
  readonly access: AccessRecord;
  readonly log: Log;
  close(): Promise<void>;
}
