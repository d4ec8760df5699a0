import type { Clock } from '../clock';
import type { Database, Transaction } from '../database';
import type { ObjectStore, StoredObject } from '../object-store';
import type { Purpose, UploadRow } from './queries';

/** What an upload works with; all of it arguments, so that tests choose time, ids and stores. */
export interface UploadDependencies {
  readonly database: Database;
  /** The bucket of the domain: quarantine and final key are in the same one. */
  readonly storage: ObjectStore;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly wait: (milliseconds: number) => Promise<void>;
}

/**
 * What a kind of file has of its own. Everything else about an upload (form, quarantine, claim, check, copy, commit,
 * repetition, crash) is the same for all of them.
 */
export interface UploadDomain<Row extends { readonly id: string; readonly deleted_at: Date | null }, View> {
  readonly purpose: Purpose;
  /** What people call the thing, in messages: `document`. */
  readonly noun: string;
  /** The form takes its file for this long. */
  readonly formSeconds: number;
  /** Says why the file is not what was announced, or nothing if it is. Its size has been compared already. */
  check(object: StoredObject, upload: UploadRow): Promise<string | undefined>;
  /** The row that an upload became, under the upload's id, tombstones included. */
  existing(tx: Transaction, id: string): Promise<Row | undefined>;
  /** Makes the row, with the version of the object that was checked, in the transaction that deletes the upload. */
  insert(tx: Transaction, upload: UploadRow, copy: { versionId: string }, now: Date): Promise<Row>;
  /** The row as the API answers it. */
  view(row: Row): View;
  /** What the audit log says when the row is made, for example `document.create`. */
  readonly created: { readonly action: `${string}.${string}`; details(row: Row): Record<string, unknown> };
}

/** The file that a form takes: of this type and of exactly this many bytes. */
export interface ExpectedFile {
  readonly mimeType: string;
  readonly size: number;
}

/** What else is remembered of an upload, as the domain has checked and cleaned it. */
export interface Announced {
  readonly jobId?: string;
  readonly type?: string;
  readonly name?: string;
  readonly fileName: string;
  /** Where the file goes once it has been checked. */
  readonly objectKey: string;
}

/** An upload that has not been completed by then never will. */
export const uploadSeconds = 3600;

/** A call that has not finished an upload by then has crashed: above the timeout of the functions (20 s). */
export const claimSeconds = 30;
