import type { PassThrough } from 'node:stream';
import { ZipFile } from 'yazl';
import { type Clock, secondsAfter } from '../shared/clock';
import type { Database } from '../shared/database';
import { ApiError } from '../shared/errors';
import type { ExportJob } from '../shared/export-job';
import type { Statement } from '../shared/flight';
import type { Identity } from '../shared/identity';
import { logger } from '../shared/logger';
import type { ObjectStore } from '../shared/object-store';
import { type AccountRow, ownAccount } from '../shared/own-account';
import { type ArchiveSource, fillArchive } from './archive';
import type { ArchiveStore } from './archive-store';
import {
  type CandidateRow,
  type ClaimedExport,
  candidatesAfter,
  claimExport,
  type DocumentRow,
  documentsAfter,
  failExport,
  finishExport,
  type JobRow,
  jobsAfter,
  type PhotoRow,
  photosAfter,
} from './queries';

export interface ExportDependencies {
  readonly database: Database;
  readonly storage: Pick<ObjectStore, 'find'>;
  /** Absent where there are no photos. */
  readonly photoStorage?: Pick<ObjectStore, 'find'> | undefined;
  readonly archives: ArchiveStore;
  readonly clock: Clock;
}

/** A worker that has not finished by then has crashed: above the longest a function may run (900 s). */
export const claimSeconds = 960;

/** A ZIP is removed after this time: above what it is offered for and the life of its last address. */
export const keepSeconds = 3600;

/** Rows read at a time. */
const page = 100;

/**
 * Writes the ZIP of an export, once. A repetition of the same invocation takes the work over, whether the first
 * one failed, was killed, or had already finished; another invocation leaves it alone.
 *
 * @param invocation id of the request, the same when Lambda repeats an event
 * @throws what stopped it, after the export was marked as failed, so that Lambda tries again
 */
export async function writeExport(
  deps: ExportDependencies,
  { exportId, identity }: ExportJob,
  invocation: string,
): Promise<void> {
  const { database, clock } = deps;
  try {
    const claimed = await database.withUser(identity, (tx) => {
      const now = clock();
      return claimExport(tx, exportId, { now, until: secondsAfter(now, claimSeconds), by: invocation });
    });
    if (!claimed) return logger.info('nothing to do for this export', { exportId });
    await work(deps, identity, claimed, invocation);
  } catch (error) {
    if (error instanceof ApiError && error.code === 'unauthorized') {
      // The sweep removes what is there of the export; trying again would not let anybody in.
      return logger.info('the user has left or signed out everywhere', { exportId });
    }
    await database
      .withUser(identity, (tx) =>
        failExport(tx, exportId, { by: invocation, failure: failureOf(error), now: clock() }),
      )
      .catch((cause: Error) => logger.warn('export not marked as failed', { exportId, error: cause }));
    throw error;
  }
}

async function work(
  { database, storage, photoStorage, archives, clock }: ExportDependencies,
  identity: Identity,
  { id, object_key }: ClaimedExport,
  by: string,
): Promise<void> {
  const [account] = await database.withUser<AccountRow>(identity, ownAccount);
  const { size, missing } = await transfer(archives, object_key, {
    account: account as AccountRow,
    documents: inPages<DocumentRow>(database, identity, documentsAfter),
    jobs: inPages<JobRow>(database, identity, jobsAfter),
    candidates: inPages<CandidateRow>(database, identity, (last, limit) =>
      candidatesAfter(last, limit, clock()),
    ),
    storage,
    photos: photoStorage && {
      rows: inPages<PhotoRow>(database, identity, photosAfter),
      storage: photoStorage,
    },
    now: clock(),
  });
  if (missing > 0) logger.warn('objects are missing', { exportId: id, missing });
  const now = clock();
  const outcome = { by, size, now, expiresAt: secondsAfter(now, keepSeconds) };
  const finished = await database.withUser(identity, (tx) => finishExport(tx, id, outcome));
  if (!finished) logger.info('another invocation has taken the export over', { exportId: id });
}

/** Fills the ZIP and stores it at the same time, so that neither has more than a few parts in memory. */
async function transfer(
  archives: ArchiveStore,
  key: string,
  source: ArchiveSource,
): Promise<{ size: number; missing: number }> {
  const zip = new ZipFile();
  const output = zip.outputStream as PassThrough;
  const stop = new AbortController();
  // The first failure stops the other side as well; when it is thrown, both are over.
  const stopped = (error: Error): never => {
    stop.abort(error);
    output.destroy(error);
    throw error;
  };
  output.on('error', (error) => stop.abort(error));
  const [filled, written] = await Promise.allSettled([
    fillArchive(zip, source, stop.signal).catch(stopped),
    archives.write(key, output).catch(stopped),
  ]);
  if (filled.status === 'rejected' || written.status === 'rejected') throw stop.signal.reason;
  return { size: written.value, missing: filled.value };
}

/** All rows of the user, in pages: no transaction stays open while files are copied. */
async function* inPages<Row>(
  database: Database,
  identity: Identity,
  after: (last: Row | undefined, limit: number) => Statement,
): AsyncGenerator<Row> {
  let last: Row | undefined;
  for (;;) {
    const rows = await database.withUser<Row>(identity, after(last, page));
    yield* rows;
    last = rows.at(-1);
    if (rows.length < page) return;
  }
}

/** A code for the row: what exactly happened goes to the log only. */
function failureOf(error: unknown): string {
  return error instanceof ApiError ? error.code : 'internal';
}
