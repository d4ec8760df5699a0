import { Readable } from 'node:stream';
import { S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { ArchiveStore } from './archive-store';

/** Of 10,000 parts at most: an archive may have 78 GiB. */
const partBytes = 8 * 1024 * 1024;

/** Parts that are sent at a time, and kept in memory meanwhile. */
const partsAtOnce = 2;

let shared: S3Client | undefined;

export function connectArchives(bucket: string, client = sharedClient()): ArchiveStore {
  return {
    async write(key, content) {
      let bytes = 0;
      async function* counted() {
        for await (const chunk of content) {
          bytes += chunk.length;
          yield chunk;
        }
      }
      const upload = new Upload({
        client,
        params: {
          Bucket: bucket,
          Key: key,
          Body: Readable.from(counted(), { objectMode: false }),
          ContentType: 'application/zip',
          // Even an address without a signed disposition must not open the file in a browser.
          ContentDisposition: 'attachment',
        },
        partSize: partBytes,
        queueSize: partsAtOnce,
      });
      await upload.done();
      return bytes;
    },
  };
}

function sharedClient(): S3Client {
  shared ??= new S3Client({});
  return shared;
}
