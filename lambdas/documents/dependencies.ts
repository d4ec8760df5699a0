import type { UploadDependencies } from '../shared/uploads/upload-domain';
import type { Format } from './kinds';

/** What the use cases work with. */
export interface Dependencies extends UploadDependencies {
  readonly limits: Limits;
}

export interface Limits {
  readonly maxBytes: number;
  readonly formats: readonly Format[];
}

/** A download address works for this long. */
export const downloadSeconds = 3600;
