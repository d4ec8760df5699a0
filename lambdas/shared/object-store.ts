/** An object that is read in parts. */
export interface Content {
  readonly size: number;
  /** `length` bytes from `start`, fewer at the end. */
  read(start: number, length: number): Promise<Buffer>;
}

export interface UploadForm {
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** An object as it was when it was looked at; `etag` names exactly that content. */
export interface StoredObject extends Content {
  readonly etag: string;
}

/** What the use cases need from a bucket. */
export interface ObjectStore {
  /** A form that takes one file: this key, this type, this size. */
  uploadForm(file: { key: string; mimeType: string; size: number }, seconds: number): Promise<UploadForm>;
  /** An address that answers the object with this Content-Disposition. */
  downloadUrl(
    object: { key: string; disposition: string; mimeType: string },
    seconds: number,
  ): Promise<string>;
  /** Undefined when there is no such object, or no such version of it. @param versionId default: the newest one */
  find(key: string, versionId?: string): Promise<StoredObject | undefined>;
  /** Copies inside the store and answers the copy's version. Undefined when the source no longer has this etag. */
  copy(
    from: { key: string; etag: string },
    to: { key: string; mimeType: string },
  ): Promise<{ versionId: string } | undefined>;
  /**
   * Writes an object and answers its version.
   * @param object `cacheControl` is for files that pages show; a file without it is for keeping: an attachment
   */
  put(
    object: { key: string; mimeType: string; cacheControl?: string },
    body: Buffer,
  ): Promise<{ versionId: string }>;
  /** No error when there is no such object. */
  remove(key: string): Promise<void>;
}

/** The store of an environment's bucket. The SDK is loaded at the first use: lists never need its 60 ms. */
export function s3ObjectStore(bucket: string): ObjectStore {
  const loaded = once(() => import('./s3-object-store').then(({ connectS3 }) => connectS3(bucket)));
  return {
    uploadForm: async (...args) => (await loaded()).uploadForm(...args),
    downloadUrl: async (...args) => (await loaded()).downloadUrl(...args),
    find: async (...args) => (await loaded()).find(...args),
    copy: async (...args) => (await loaded()).copy(...args),
    put: async (...args) => (await loaded()).put(...args),
    remove: async (...args) => (await loaded()).remove(...args),
  };
}

function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | undefined;
  return () => {
    loading ??= load();
    return loading;
  };
}

/** Where the file of an upload lies until it has been checked; the bucket empties this prefix after a day. */
export function quarantineKey(userId: string, uploadId: string): string {
  return `quarantine/${userId}/${uploadId}`;
}
