import type { Readable } from 'node:stream';

/** Bytes, or a stream of them of any length: it is never held in memory as a whole. */
export type Content = Uint8Array | Readable | AsyncIterable<Uint8Array | string>;

export interface SaveOptions {
  /** For example `application/pdf`. @default what the name's ending says */
  readonly contentType?: string | undefined;
}

export interface StoredFile {
  /** Read it to its end or destroy it: it holds a file or a connection open. */
  readonly stream: Readable;
  readonly size: number;
  /** On S3 what the file was saved with; on disk what its ending says. */
  readonly contentType?: string | undefined;
}

/** A copy that nobody else uses. */
export interface TemporaryFile {
  readonly file: string;
  /** No error when it is gone already. */
  remove(): Promise<void>;
}

/** Everything fails with a StorageError that says what to do, or with the error of the content's own stream. */
export interface Storage {
  /**
   * Stores a file, completely or not at all.
   * @param name as the user called it; what cannot be part of a path is replaced
   * @returns the path to keep: `uploads/{uuid}_{name}` or `s3://{bucket}/resumes/{uuid}_{name}`
   */
  save(name: string, content: Content, options?: SaveOptions): Promise<string>;
  /** @throws StorageError `not-found` */
  open(path: string): Promise<StoredFile>;
  exists(path: string): Promise<boolean>;
  /** No error when there is no such file. */
  delete(path: string): Promise<void>;
  /** For programs that want a file name and may change the file. Its caller removes it. */
  downloadToTemp(path: string): Promise<TemporaryFile>;
  /**
   * Runs `use` with the name of a local file: on disk the file itself, which must not be changed, from S3 a copy that
   * is removed afterwards, also when `use` throws.
   */
  withLocalFile<T>(path: string, use: (file: string) => Promise<T>): Promise<T>;
  /**
   * An address that answers the file as a download without further permission, for so many seconds (7 days at most).
   * Undefined for a file on disk, which has no address: the application answers it by itself.
   */
  url(path: string, seconds: number): Promise<string | undefined>;
  /** Ends connections that are kept for later calls. */
  close(): void;
}

/** One place where files are. */
export interface Backend {
  save(name: string, content: Content, contentType: string): Promise<string>;
  open(path: string): Promise<StoredFile>;
  exists(path: string): Promise<boolean>;
  delete(path: string): Promise<void>;
  /** Where the file is on this machine; undefined when it is not. */
  localFile(path: string): Promise<string | undefined>;
  url(path: string, seconds: number): Promise<string | undefined>;
  close(): void;
}
