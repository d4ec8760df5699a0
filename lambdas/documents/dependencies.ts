import type { Format } from '../shared/file-formats';
import type { UploadDependencies } from '../shared/uploads/upload-domain';

/** What the use cases work with. */
export interface Dependencies extends UploadDependencies {
  readonly limits: Limits;
  /** Files are scanned for malware: none is handed out before it has been found clean. */
  readonly malwareProtection: boolean;
}

export interface Limits {
  readonly maxBytes: number;
  readonly formats: readonly Format[];
}

/** A download address works for this long. */
export const downloadSeconds = 3600;
