import type { Readable } from 'node:stream';
import type { GetObjectCommandOutput, S3Client } from '@aws-sdk/client-s3';
import { flowOf } from './content';
import { nameOfUser, safeParts, uniqueName } from './names';
import { translatedFromS3 } from './s3-errors';
import type { Backend } from './storage';
import { StorageError } from './storage-error';

export interface S3Options {
  readonly bucket: string;
  /** @default what the SDK finds: AWS_REGION of the process, or the profile */
  readonly region?: string | undefined;
  /** Folder of all files. @default 'resumes' */
  readonly prefix?: string | undefined;
  /** @default one with the SDK's own way to find credentials: environment, profile, or role of the machine */
  readonly client?: S3Client | undefined;
}

/** The smallest that S3 takes. Four of them are on their way at once, so that a save holds about 25 MB. */
const partBytes = 5 * 1024 ** 2;
const partsAtOnce = 4;

export function s3Backend({ bucket, region, prefix = 'resumes', client: given }: S3Options): Backend {
  const folder = `${prefix.replace(/^\/+|\/+$/g, '')}/`;
  let own: Promise<S3Client> | undefined;
  /** Loaded at the first file: an application that has its files on disk never waits for the SDK. */
  const connected = (): Promise<S3Client> => {
    if (given) return Promise.resolve(given);
    own ??= connect(region);
    return own;
  };

  function keyOf(path: string): string {
    const start = `s3://${bucket}/${folder}`;
    if (!path.startsWith(start))
      throw new StorageError(
        'refused-path',
        `expected a path that starts with ${start}, found ${JSON.stringify(path)}: set S3_BUCKET_NAME to the bucket of the path, or correct the stored path`,
      );
    return folder + safeParts(path.slice(start.length), path).join('/');
  }

  async function get(path: string, Range?: string): Promise<GetObjectCommandOutput> {
    const Key = keyOf(path);
    try {
      const [{ GetObjectCommand }, client] = await Promise.all([import('@aws-sdk/client-s3'), connected()]);
      return await client.send(new GetObjectCommand({ Bucket: bucket, Key, ...(Range && { Range }) }));
    } catch (error) {
      throw translatedFromS3(error, { bucket, path });
    }
  }

  return {
    async save(name, content, contentType) {
      const key = folder + uniqueName(name);
      const path = `s3://${bucket}/${key}`;
      const flow = flowOf(content);
      try {
        const [{ Upload }, client] = await Promise.all([import('@aws-sdk/lib-storage'), connected()]);
        const upload = new Upload({
          client,
          params: { Bucket: bucket, Key: key, Body: flow.stream, ContentType: contentType },
          partSize: partBytes,
          queueSize: partsAtOnce,
          leavePartsOnError: false,
        });
        await upload.done();
      } catch (error) {
        flow.stream.destroy();
        flow.rethrow();
        throw translatedFromS3(error, { bucket, path });
      }
      return path;
    },

    async open(path) {
      const { Body, ContentLength, ContentType } = await get(path);
      return { stream: Body as Readable, size: ContentLength ?? 0, contentType: ContentType };
    },

    async exists(path) {
      try {
        // Not HeadObject: without a body S3 cannot say whether the bucket, the permission or the file is missing.
        const { Body } = await get(path, 'bytes=0-0');
        (Body as Readable).destroy();
        return true;
      } catch (error) {
        if (!(error instanceof StorageError)) throw error;
        if (error.fault === 'not-found') return false;
        // An empty file has no first byte.
        if ((error.cause as Error | undefined)?.name === 'InvalidRange') return true;
        throw error;
      }
    },

    async delete(path) {
      const Key = keyOf(path);
      try {
        const [{ DeleteObjectCommand }, client] = await Promise.all([
          import('@aws-sdk/client-s3'),
          connected(),
        ]);
        await client.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
      } catch (error) {
        throw translatedFromS3(error, { bucket, path });
      }
    },

    localFile: async () => undefined,

    async url(path, seconds) {
      const Key = keyOf(path);
      const name = nameOfUser(path.slice(path.lastIndexOf('/') + 1));
      try {
        const [{ GetObjectCommand }, { getSignedUrl }, client] = await Promise.all([
          import('@aws-sdk/client-s3'),
          import('@aws-sdk/s3-request-presigner'),
          connected(),
        ]);
        const command = new GetObjectCommand({
          Bucket: bucket,
          Key,
          // What a user has uploaded must not open in a browser with the rights of the page.
          ResponseContentDisposition: `attachment; filename*=UTF-8''${encodeURIComponent(name).replace(/['()*!]/g, escaped)}`,
        });
        return await getSignedUrl(client, command, { expiresIn: seconds });
      } catch (error) {
        throw translatedFromS3(error, { bucket, path });
      }
    },

    close: () => {
      // One that was given belongs to whoever has made it.
      own?.then((client) => client.destroy()).catch(() => undefined);
      own = undefined;
    },
  };
}

async function connect(region: string | undefined): Promise<S3Client> {
  const sdk = await import('@aws-sdk/client-s3');
  return new sdk.S3Client({
    ...(region && { region }),
    // An address that is signed must not demand a checksum of whoever opens it.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}

/** RFC 5987 keeps these for itself. */
const escaped = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
