/**
 * What S3 asks KMS for the caller when objects are encrypted with a key of our own.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html (read 2026-11-26): GenerateDataKey to
 * write, Decrypt to read; a multipart upload decrypts what it has, part by part and in the end.
 */
import type { Call } from '../call';
import type { Grant } from '../json-service';
import { type KeyUse, keyUse } from '../key-use';
import type { Bucket } from './engine';
import { arnOf } from './names';

interface Encrypted {
  readonly bucket: Pick<Bucket, 'name' | 'bucketKeys'>;
  readonly key: string;
  readonly keyArn: string | undefined;
}

/** What whoever reads or writes an object needs of its key. */
export function keyGrants({ bucket, key, keyArn }: Encrypted, actions: KeyUse['actions']): Grant[] {
  // A bucket key stands for all objects of the bucket, so they are encrypted in the bucket's name.
  const context = { 'aws:s3:arn': bucket.bucketKeys ? arnOf(bucket.name) : arnOf(bucket.name, key) };
  return keyUse('s3', { keyArn, actions, context });
}

async function ask(call: Call, subject: Encrypted, actions: KeyUse['actions']): Promise<void> {
  for (const { action, resource, conditions } of keyGrants(subject, actions))
    await call.authorize(action, resource, conditions);
}

/** @throws AwsError AccessDenied */
export const mayEncrypt = (call: Call, subject: Encrypted): Promise<void> =>
  ask(call, subject, ['kms:GenerateDataKey']);

/** @throws AwsError AccessDenied */
export const mayDecrypt = (call: Call, subject: Encrypted): Promise<void> =>
  ask(call, subject, ['kms:Decrypt']);
