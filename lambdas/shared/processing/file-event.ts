import * as z from 'zod';

/** An object that arrived, or whose malware scan ended, by whichever service says so. */
export interface FileEvent {
  readonly bucket: string;
  /** As it is: EventBridge, unlike S3's own notifications, does not URL-encode it. */
  readonly key: string;
  readonly versionId: string;
  /** Bytes; GuardDuty does not say. */
  readonly size: number | undefined;
  /** Absent when nothing scans the bucket. */
  readonly scan?: 'clean' | 'threat' | 'unscannable';
}

const text = z.string().min(1);

const objectCreated = z
  .object({
    source: z.literal('aws.s3'),
    'detail-type': z.literal('Object Created'),
    detail: z.object({
      bucket: z.object({ name: text }),
      object: z.object({ key: text, 'version-id': text, size: z.number().optional() }),
    }),
  })
  .transform(
    ({ detail: { bucket, object } }): FileEvent => ({
      bucket: bucket.name,
      key: object.key,
      versionId: object['version-id'],
      size: object.size,
    }),
  );

const scans: Readonly<Record<string, FileEvent['scan']>> = {
  NO_THREATS_FOUND: 'clean',
  THREATS_FOUND: 'threat',
};

const scanResult = z
  .object({
    source: z.literal('aws.guardduty'),
    'detail-type': z.literal('GuardDuty Malware Protection Object Scan Result'),
    detail: z.object({
      s3ObjectDetails: z.object({ bucketName: text, objectKey: text, versionId: text }),
      scanResultDetails: z.object({ scanResultStatus: text }),
    }),
  })
  .transform(
    ({ detail: { s3ObjectDetails, scanResultDetails } }): FileEvent => ({
      bucket: s3ObjectDetails.bucketName,
      key: s3ObjectDetails.objectKey,
      versionId: s3ObjectDetails.versionId,
      size: undefined,
      // UNSUPPORTED, ACCESS_DENIED, FAILED and what may be added: nobody has seen that the file is clean.
      scan: scans[scanResultDetails.scanResultStatus] ?? 'unscannable',
    }),
  );

const fileEvent = z.union([objectCreated, scanResult]);

/** @throws Error for anything but one of the two events */
export function parseFileEvent(body: string): FileEvent {
  const result = fileEvent.safeParse(JSON.parse(body));
  if (result.success) return result.data;
  throw new Error(`expected "Object Created" of S3 or a scan result of GuardDuty: ${result.error.message}`);
}
