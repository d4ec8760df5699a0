import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { MultipartStore } from './multipart-store';
import { newClient } from './s3-object-store';

/** What S3 says of parts that are not there, not in order, or too small. */
const refusals = new Set(['InvalidPart', 'InvalidPartOrder', 'EntityTooSmall', 'MalformedXML']);

export function connectMultipart(bucket: string, client = newClient()): MultipartStore {
  const named = ({ key, uploadId }: { key: string; uploadId: string }) => ({
    Bucket: bucket,
    Key: key,
    UploadId: uploadId,
  });
  return {
    async begin({ key, mimeType }) {
      const command = new CreateMultipartUploadCommand({ Bucket: bucket, Key: key, ContentType: mimeType });
      const { UploadId: uploadId } = await client.send(command);
      if (!uploadId) throw new Error('S3 answered no upload id');
      return { key, uploadId };
    },

    partUrl(upload, { partNumber, size }, seconds) {
      // The length is signed: S3 refuses a part with any other.
      const command = new UploadPartCommand({
        ...named(upload),
        PartNumber: partNumber,
        ContentLength: size,
      });
      return getSignedUrl(client, command, {
        expiresIn: seconds,
        signableHeaders: new Set(['content-length', 'host']),
      });
    },

    async complete(upload, parts) {
      const Parts = parts.map(({ partNumber, etag }) => ({ PartNumber: partNumber, ETag: etag }));
      const command = new CompleteMultipartUploadCommand({ ...named(upload), MultipartUpload: { Parts } });
      try {
        await client.send(command);
        return 'completed';
      } catch (error) {
        if (!(error instanceof S3ServiceException)) throw error;
        if (error.name === 'NoSuchUpload') return 'unknown';
        if (refusals.has(error.name)) return 'refused';
        throw error;
      }
    },

    async abort(upload) {
      try {
        await client.send(new AbortMultipartUploadCommand(named(upload)));
      } catch (error) {
        if (!(error instanceof S3ServiceException && error.name === 'NoSuchUpload')) throw error;
      }
    },
  };
}
