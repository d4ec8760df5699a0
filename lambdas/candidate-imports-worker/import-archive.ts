import { candidateKey } from '../shared/candidate-key';
import { type Clock, secondsAfter } from '../shared/clock';
import type { Query, SystemDatabase } from '../shared/database';
import { safeFileName } from '../shared/file-name';
import type { ObjectStore } from '../shared/object-store';
import { ProcessingFailure, type Processor } from '../shared/processing/processor';
import { Archive, type ArchiveEntry, ArchiveError, type ArchiveLimits } from './archive';
import { candidateIdOf } from './candidate-id';
import { worker } from './contract';
import { baseName, shownPath } from './entry-name';
import {
  announce,
  countEntries,
  forgetAnnounced,
  holdImport,
  type ImportRow,
  insertCandidate,
  type NewCandidate,
  type Report,
  reportEntry,
  reportedPositions,
  twin,
} from './queries';
import { identifyResume } from './resume-file';

export interface ImportDependencies {
  readonly database: SystemDatabase;
  readonly storage: Pick<ObjectStore, 'put' | 'remove'>;
  readonly clock: Clock;
  readonly limits: ArchiveLimits;
}

/** Longer than a message is tried again and again: until then nobody but this worker touches its files. */
const announcedSeconds = 3 * 24 * 3600;

/**
 * Makes candidates of the files of a ZIP, one after the other.
 *
 * Each entry ends with one row in the report, committed with the candidate that it became. What has a row is not looked
 * at again; what has none is done from its beginning, under the same id and key. So it may be killed anywhere, and run
 * twice at the same time.
 */
export function importProcessor(deps: ImportDependencies): Processor<ImportRow, number> {
  return {
    table: 'candidate_imports',
    columns: ['job_id', 'expires_at'],
    secondsPerFile: worker.secondsPerFile,
    async process({ row, object, signal }) {
      const archive = await Archive.open(object, deps.limits).catch((error) => {
        if (!(error instanceof ArchiveError)) throw error;
        throw new ProcessingFailure(error.code, error.message, { cause: error });
      });
      const { entries } = archive;
      const done = await deps.database.transaction(async (query) => {
        await countEntries(query, row, entries.length);
        return reportedPositions(query, row);
      });
      const run = new ImportRun(deps, row);
      for (const entry of entries) {
        signal.throwIfAborted();
        if (!done.has(entry.index)) await run.take(archive, entry, signal);
      }
      // Its version stays readable for a day, should this be tried again before the row is ready.
      await deps.storage.remove(row.object_key);
      return entries.length;
    },
    async save(query, row, entries) {
      const { size } = await reportedPositions(query, row);
      if (size !== entries) throw new Error(`expected a report on each of ${entries} entries, found ${size}`);
    },
  };
}

class ImportRun {
  constructor(
    private readonly deps: ImportDependencies,
    private readonly row: ImportRow,
  ) {}

  async take(archive: Archive, entry: ArchiveEntry, signal: AbortSignal): Promise<void> {
    const report = (outcome: Report['outcome'], candidateId: string | null = null): Report => ({
      position: entry.index,
      path: shownPath(entry.name),
      outcome,
      candidateId,
    });
    if (entry.litter) return this.#report(report('skipped'));
    const bytes = await archive.read(entry, signal);
    if (typeof bytes === 'string') return this.#report(report(bytes));
    const resume = await identifyResume(bytes, entry.name);
    if (typeof resume === 'string') return this.#report(report(resume));

    const id = candidateIdOf(this.row.id, entry.index);
    const fileName = safeFileName(baseName(entry.name), resume.format);
    const { mimeType, sha256 } = resume;
    const candidate: NewCandidate = {
      id,
      fileName,
      mimeType,
      size: bytes.length,
      sha256,
      key: candidateKey(id, fileName),
    };
    const equal = await this.#announce(candidate);
    if (equal !== undefined) return this.#report(report('duplicate', equal), candidate.id);
    const { versionId } = await this.deps.storage.put({ key: candidate.key, mimeType }, bytes);
    const winner = await this.#add(candidate, versionId, report('candidate', id));
    if (winner === undefined) return;
    // Another import of the same job was faster with the same file.
    await this.deps.storage.remove(candidate.key);
    await this.#report(report('duplicate', winner), candidate.id);
  }

  /** Answers the candidate with the same file, if there is one; otherwise the file may be written. */
  async #announce(candidate: NewCandidate): Promise<string | undefined> {
    return this.#transaction(async (query) => {
      const equal = await twin(query, this.row, candidate);
      const now = this.deps.clock();
      if (equal === undefined)
        await announce(query, this.row, candidate, { now, until: secondsAfter(now, announcedSeconds) });
      return equal;
    });
  }

  /** Makes the candidate and its report, or answers the one that has the same file. */
  async #add(candidate: NewCandidate, versionId: string, report: Report): Promise<string | undefined> {
    return this.#transaction(async (query) => {
      if (!(await insertCandidate(query, this.row, candidate, { versionId, now: this.deps.clock() }))) {
        const winner = await twin(query, this.row, candidate);
        // With its own id it is there already, and reported with it.
        if (winner !== undefined) return winner;
      }
      await reportEntry(query, this.row, report);
      await forgetAnnounced(query, candidate.id);
      return undefined;
    });
  }

  async #report(report: Report, announced?: string): Promise<void> {
    await this.#transaction(async (query) => {
      await reportEntry(query, this.row, report);
      if (announced !== undefined) await forgetAnnounced(query, announced);
    });
  }

  /** @throws ProcessingFailure when the import is gone; nobody sees it any more */
  #transaction<T>(work: (query: Query) => Promise<T>): Promise<T> {
    return this.deps.database.transaction(async (query) => {
      if (!(await holdImport(query, this.row))) throw new ProcessingFailure('deleted', 'its job was deleted');
      return work(query);
    });
  }
}
