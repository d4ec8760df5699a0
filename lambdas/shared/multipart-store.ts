/** An upload in parts that somebody has begun. */
export interface MultipartUpload {
  readonly key: string;
  readonly uploadId: string;
}

/** Lets a client send a large object in parts, each by an address of its own. */
export interface MultipartStore {
  begin(object: { key: string; mimeType: string }): Promise<MultipartUpload>;
  /** An address that takes this part, with exactly so many bytes. */
  partUrl(
    upload: MultipartUpload,
    part: { partNumber: number; size: number },
    seconds: number,
  ): Promise<string>;
  /** `refused`: these are not the parts that arrived. `unknown`: completed or thrown away before. */
  complete(
    upload: MultipartUpload,
    parts: readonly { partNumber: number; etag: string }[],
  ): Promise<'completed' | 'refused' | 'unknown'>;
  /** No error when there is no such upload. */
  abort(upload: MultipartUpload): Promise<void>;
}

/** The store of an environment's bucket. The SDK is loaded at the first use. */
export function s3MultipartStore(bucket: string): MultipartStore {
  let loading: Promise<MultipartStore> | undefined;
  const loaded = () => {
    loading ??= import('./s3-multipart-store').then(({ connectMultipart }) => connectMultipart(bucket));
    return loading;
  };
  return {
    begin: async (...args) => (await loaded()).begin(...args),
    partUrl: async (...args) => (await loaded()).partUrl(...args),
    complete: async (...args) => (await loaded()).complete(...args),
    abort: async (...args) => (await loaded()).abort(...args),
  };
}
