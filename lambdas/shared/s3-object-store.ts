import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { ApiError } from './errors';
import { logger } from './logger';
import type { ObjectStore } from './object-store';

export function connectS3(bucket: string, client = newClient()): ObjectStore {
  return {
    async uploadForm({ key, mimeType, size }, seconds) {
      const { url, fields } = await createPresignedPost(client, {
        Bucket: bucket,
        Key: key,
        Expires: seconds,
        Fields: { 'Content-Type': mimeType },
        Conditions: [
          ['eq', '$Content-Type', mimeType],
          ['content-length-range', size, size],
        ],
      });
      return { url, fields };
    },

    downloadUrl({ key, disposition, mimeType }, seconds) {
      const command = new GetObjectCommand({
        Bucket: bucket,
        Key: key,
        ResponseContentDisposition: disposition,
        ResponseContentType: mimeType,
      });
      return getSignedUrl(client, command, { expiresIn: seconds });
    },

    async find(key, versionId) {
      const object = { Bucket: bucket, Key: key, ...(versionId !== undefined && { VersionId: versionId }) };
      const head = await client.send(new HeadObjectCommand(object)).catch(absent);
      if (!head) return undefined;
      const { ETag: etag = '', ContentLength: size = 0 } = head;
      return {
        etag,
        size,
        async read(start, length) {
          if (size === 0 || length === 0) return Buffer.alloc(0);
          const end = Math.min(start + length, size) - 1;
          // The etag keeps every part from the same upload.
          const request = { ...object, IfMatch: etag, Range: `bytes=${start}-${end}` };
          const part = await client.send(new GetObjectCommand(request)).catch(changedOrAbsent);
          if (!part) {
            throw new ApiError('conflict', 'The file was replaced while it was read. Try again.', {
              details: { reason: 'file_replaced' },
            });
          }
          if (!part.Body) throw new Error('S3 answered no body');
          return Buffer.from(await part.Body.transformToByteArray());
        },
      };
    },

    async copy(from, to) {
      const command = new CopyObjectCommand({
        Bucket: bucket,
        Key: to.key,
        CopySource: `${bucket}/${from.key.split('/').map(encodeURIComponent).join('/')}`,
        CopySourceIfMatch: from.etag,
        MetadataDirective: 'REPLACE',
        ContentType: to.mimeType,
        // Even an address without a signed disposition must not open the file in a browser.
        ContentDisposition: 'attachment',
      });
      const copied = await client.send(command).catch(changedOrAbsent);
      if (!copied) return undefined;
      if (!copied.VersionId)
        throw new Error(`expected a versioned bucket, found that ${bucket} keeps no versions: turn them on`);
      return { versionId: copied.VersionId };
    },

    async put({ key, mimeType, cacheControl }, body) {
      const command = new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        Body: body,
        ContentType: mimeType,
        ...(cacheControl === undefined
          ? { ContentDisposition: 'attachment' }
          : { CacheControl: cacheControl }),
      });
      const { VersionId: versionId } = await client.send(command);
      if (!versionId) throw new Error(`expected a version of ${key}: bucket ${bucket} keeps none`);
      return { versionId };
    },

    async remove(key) {
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
    },
  };
}

export function newClient(): S3Client {
  // Signed forms and addresses must not carry a checksum of a body nobody has yet.
  return new S3Client({
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}

/** Without the right to list the bucket, S3 answers 403 for an object that is not there. */
function absent(error: unknown): undefined {
  if (isStatus(error, 404)) return undefined;
  if (isStatus(error, 403)) {
    // The same answer as for a missing right: whoever looks for one finds it here.
    logger.info('S3 answered 403: no such object, or no right to read it');
    return undefined;
  }
  throw error;
}

function changedOrAbsent(error: unknown): undefined {
  if (isStatus(error, 412) || isStatus(error, 404)) return undefined;
  throw error;
}

function isStatus(error: unknown, status: number): boolean {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === status;
}
