import type { PhotoSigner } from '../shared/signed-url';
import type { UploadDependencies } from '../shared/uploads/upload-domain';

/** What the use cases work with. */
export interface Dependencies extends UploadDependencies {
  readonly signer: PhotoSigner;
  readonly limits: Limits;
}

export interface Limits {
  readonly maxBytes: number;
  readonly maxPixels: number;
  readonly maxPerUser: number;
}
