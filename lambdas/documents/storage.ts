import type { Content } from './content';
import type { MimeType } from './kinds';

export interface UploadForm {
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** An object as it was when it was looked at; `etag` names exactly that content. */
export interface StoredObject extends Content {
  readonly etag: string;
}

/** What documents need from an object store. */
export interface Storage {
  /** A form that takes one file: this key, this type, this size. */
  uploadForm(file: { key: string; mimeType: MimeType; size: number }, seconds: number): Promise<UploadForm>;
  /** An address that answers the object as an attachment named `fileName`. */
  downloadUrl(
    object: { key: string; fileName: string; mimeType: MimeType },
    seconds: number,
  ): Promise<string>;
  /** Undefined when there is no such object. */
  find(key: string): Promise<StoredObject | undefined>;
  /** Copies inside the store. False when the source no longer has this etag. */
  copy(from: { key: string; etag: string }, to: { key: string; mimeType: MimeType }): Promise<boolean>;
  /** No error when there is no such object. */
  remove(key: string): Promise<void>;
}

/** The store of an environment's bucket. The SDK is loaded at the first use: lists never need its 60 ms. */
export function s3Storage(bucket: string): Storage {
  const loaded = once(() => import('./s3-storage').then(({ connectS3Storage }) => connectS3Storage(bucket)));
  return {
    uploadForm: async (...args) => (await loaded()).uploadForm(...args),
    downloadUrl: async (...args) => (await loaded()).downloadUrl(...args),
    find: async (...args) => (await loaded()).find(...args),
    copy: async (...args) => (await loaded()).copy(...args),
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
