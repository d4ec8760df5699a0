import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import { diskBackend } from './disk';
import { cleanName, typeOf } from './names';
import { s3Backend } from './s3';
import type { Backend, Storage, TemporaryFile } from './storage';
import { StorageError } from './storage-error';

export interface StorageOptions {
  /** Where new files go. A file that exists is looked for where its path says. */
  readonly backend: 'disk' | 's3';
  /**
   * Folder of the files on disk. With `backend: 's3'` files that were stored on disk before can be read if it is given.
   * @default 'uploads' with `backend: 'disk'`, else none
   */
  readonly uploadDir?: string | undefined;
  /** Required with `backend: 's3'`. With `backend: 'disk'` files of this bucket can be read if it is given. */
  readonly bucket?: string | undefined;
  /** @default what the SDK finds */
  readonly region?: string | undefined;
  /** Folder of all files in the bucket. @default 'resumes' */
  readonly prefix?: string | undefined;
  /** @default one with the SDK's own way to find credentials */
  readonly client?: S3Client | undefined;
  /** Of copies. @default the system's folder for temporary files */
  readonly temporaryFolder?: string | undefined;
}

/**
 * The storage that USE_S3, S3_BUCKET_NAME, UPLOAD_DIR and AWS_REGION describe.
 * @throws StorageError `configuration`: S3 without a bucket is an error, and never the disk instead
 */
export function createStorage(env: Readonly<Record<string, string | undefined>>): Storage {
  const useS3 = (env.USE_S3 ?? '').trim().toLowerCase();
  if (!['', 'true', 'false', '1', '0'].includes(useS3))
    throw new StorageError(
      'configuration',
      `expected USE_S3 to be true or false, found ${JSON.stringify(env.USE_S3)}`,
    );
  return openStorage({
    backend: useS3 === 'true' || useS3 === '1' ? 's3' : 'disk',
    bucket: env.S3_BUCKET_NAME || undefined,
    uploadDir: env.UPLOAD_DIR || undefined,
    region: env.AWS_REGION || undefined,
  });
}

/** @throws StorageError `configuration` */
export function openStorage(options: StorageOptions): Storage {
  const { backend, bucket, region, prefix, client, temporaryFolder = os.tmpdir() } = options;
  const uploadDir = options.uploadDir ?? (backend === 'disk' ? 'uploads' : undefined);
  if (bucket !== undefined && !/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket))
    throw new StorageError(
      'configuration',
      `expected S3_BUCKET_NAME to be the name of a bucket alone, such as my-app-files, found ${JSON.stringify(bucket)}`,
    );
  const s3 = bucket === undefined ? undefined : s3Backend({ bucket, region, prefix, client });
  const disk = uploadDir === undefined ? undefined : diskBackend(uploadDir);
  const writer = backend === 's3' ? s3 : disk;
  if (!writer)
    throw new StorageError(
      'configuration',
      'expected S3_BUCKET_NAME beside USE_S3=true, found none: set it to the name of the bucket, or USE_S3=false to store on disk',
    );

  function backendOf(stored: string): Backend {
    const found = stored.startsWith('s3://') ? s3 : disk;
    if (found) return found;
    throw new StorageError(
      'refused-path',
      stored.startsWith('s3://')
        ? `expected a path on disk, found ${JSON.stringify(stored)}: set S3_BUCKET_NAME to read the files that are in S3`
        : `expected a path in S3, found ${JSON.stringify(stored)}: set UPLOAD_DIR to read the files that are still on disk`,
    );
  }

  async function downloadToTemp(stored: string): Promise<TemporaryFile> {
    const { stream } = await backendOf(stored).open(stored);
    try {
      const folder = await mkdtemp(path.join(temporaryFolder, 'storage-'));
      const remove = () => rm(folder, { recursive: true, force: true });
      try {
        // Programs that ask for the ending of a name find it.
        const file = path.join(folder, cleanName(stored));
        await pipeline(stream, createWriteStream(file, { flags: 'wx', mode: 0o600 }));
        return { file, remove };
      } catch (error) {
        await remove();
        throw error;
      }
    } catch (error) {
      stream.destroy();
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOSPC' && code !== 'EACCES') throw error;
      throw new StorageError(
        code === 'ENOSPC' ? 'full' : 'denied',
        `expected to store a copy of ${stored} in ${temporaryFolder}, found ${code}: free some space or set TMPDIR to another folder`,
        error,
      );
    }
  }

  return {
    save: async (name, content, { contentType } = {}) =>
      writer.save(name, content, contentType === undefined ? typeOf(name) : checkedType(contentType)),
    open: async (stored) => backendOf(stored).open(stored),
    exists: async (stored) => backendOf(stored).exists(stored),
    delete: async (stored) => backendOf(stored).delete(stored),
    downloadToTemp,
    async withLocalFile(stored, use) {
      const local = await backendOf(stored).localFile(stored);
      if (local !== undefined) return use(local);
      const copy = await downloadToTemp(stored);
      try {
        return await use(copy.file);
      } finally {
        await copy.remove();
      }
    },
    async url(stored, seconds) {
      if (!Number.isInteger(seconds) || seconds < 1 || seconds > 7 * 86_400)
        throw new RangeError(`expected 1 to ${7 * 86_400} seconds, found ${seconds}`);
      return backendOf(stored).url(stored, seconds);
    },
    close: () => {
      s3?.close();
      disk?.close();
    },
  };
}

function checkedType(contentType: string): string {
  if (/^[\w.+-]+\/[\w.+-]+(?:; ?[\w.+-]+=[\w.+"-]+)*$/.test(contentType)) return contentType;
  throw new TypeError(
    `expected a content type such as application/pdf, found ${JSON.stringify(contentType)}`,
  );
}
