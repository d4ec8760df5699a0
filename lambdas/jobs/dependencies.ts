import type { MultipartStore } from '../shared/multipart-store';
import type { UploadDependencies } from '../shared/uploads/upload-domain';

/** What the use cases work with. */
export interface Dependencies extends UploadDependencies {
  readonly multipart: MultipartStore;
  readonly limits: Limits;
  /** Files are scanned for malware, and nobody gets one before that. */
  readonly scanned: boolean;
}

export interface Limits {
  /** Of one resume. */
  readonly maxBytes: number;
  /** Of a ZIP of resumes. */
  readonly maxArchiveBytes: number;
  readonly retentionDays: number;
}

/** A form takes its file for this long. */
export const formSeconds = 300;

/** The parts of a ZIP are taken for this long, as long as the upload itself lasts. */
export const partSeconds = 3600;

/** A download address works for this long. */
export const downloadSeconds = 3600;
