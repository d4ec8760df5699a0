import type { Clock } from '../shared/clock';
import type { Database } from '../shared/database';
import type { ObjectStore } from '../shared/object-store';
import type { Format } from './kinds';

/** What the use cases work with; all of it arguments, so that tests choose time, ids and stores. */
export interface Dependencies {
  readonly database: Database;
  readonly storage: ObjectStore;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly wait: (milliseconds: number) => Promise<void>;
  readonly limits: Limits;
  /** Files are scanned for malware: none is handed out before it has been found clean. */
  readonly malwareProtection: boolean;
}

export interface Limits {
  readonly maxBytes: number;
  readonly formats: readonly Format[];
}

/** A form takes its file for this long. */
export const formSeconds = 300;

/** An upload that has not become a document by then never will. */
export const uploadSeconds = 3600;

/** A download address works for this long. */
export const downloadSeconds = 3600;

/** A worker that has not finished an upload by then has crashed: above the function's timeout of 20 s. */
export const claimSeconds = 30;
