import type { Clock } from '../shared/clock';
import type { Database } from '../shared/database';
import type { ExportJob } from '../shared/export-job';
import type { ObjectStore } from '../shared/object-store';
import type { UserPool } from '../shared/user-pool-admin';

/** What the use cases work with; all of it arguments, so that tests choose time, ids and services. */
export interface Dependencies {
  readonly database: Database;
  readonly storage: Pick<ObjectStore, 'downloadUrl'>;
  /** Absent where another issuer signs people in. */
  readonly userPool: Pick<UserPool, 'signOut'> | undefined;
  /** Resolves when the job is sure to be tried. */
  readonly startExport: (job: ExportJob) => Promise<void>;
  readonly clock: Clock;
  readonly newId: () => string;
}

/**
 * How long after the deletion of an account somebody may still post the form of an upload: what a form lives
 * (300 s), and what the request may take that has just signed one (30 s). Uploads end then and no sooner, so that
 * the sweep removes what was posted.
 */
export const lastFormSeconds = 330;

/** An export is offered for this long after it was made, and waited for as long after it was started. */
export const offerSeconds = 900;

/** Lambda itself tries a failed export again, after a minute; until then nobody starts another one. */
export const retrySeconds = 60;

/** An address of an export works for this long. */
export const addressSeconds = 900;

/** What is left of an export that never became ready is removed after this time. */
export const unfinishedSeconds = 3600;
