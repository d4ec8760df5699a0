/** DeleteObject and DeleteObjects. */
import type { Call, Reply } from '../call';
import { AwsError } from '../errors';
import { conditionsOf, versionedAction } from './actions';
import type { Bucket, S3Engine } from './engine';
import { arnOf } from './names';
import { stageDocument } from './payload';
import { checkWrite } from './preconditions';
import { parseXml, s3Document } from './xml';

interface Deletion {
  readonly versionId: string | undefined;
  readonly marker: boolean;
}

async function remove(
  engine: S3Engine,
  bucket: Bucket,
  key: string,
  versionId: string | undefined,
  call: Call,
): Promise<Deletion> {
  if (versionId !== undefined) {
    const removed = await bucket.store.deleteVersion(key, versionId);
    if (removed) await engine.emit('ObjectRemoved:Delete', bucket, removed, call);
    return { versionId, marker: removed?.deleteMarker ?? false };
  }
  const { removed, marker } = await bucket.store.delete(
    key,
    bucket.versioning,
    checkWrite(call.request.headers, key),
  );
  if (marker) await engine.emit('ObjectRemoved:DeleteMarkerCreated', bucket, marker, call);
  else if (removed) await engine.emit('ObjectRemoved:Delete', bucket, removed, call);
  return { versionId: marker?.versionId, marker: marker !== undefined };
}

const deletionHeaders = ({ versionId, marker }: Deletion) => ({
  'x-amz-version-id': versionId,
  'x-amz-delete-marker': marker ? 'true' : undefined,
});

export async function deleteObject(
  engine: S3Engine,
  bucket: Bucket,
  key: string,
  call: Call,
): Promise<Reply> {
  const versionId = call.request.query.find(([name]) => name === 'versionId')?.[1];
  return { status: 204, headers: deletionHeaders(await remove(engine, bucket, key, versionId, call)) };
}

/** A list of 1000 keys of 1024 bytes each, escaped. */
const MAX_DELETE_BODY = 8 * 1024 ** 2;

export async function deleteObjects(engine: S3Engine, bucket: Bucket, call: Call): Promise<Reply> {
  const root = parseXml(await stageDocument(call, bucket.store.staging, MAX_DELETE_BODY));
  const objects = root.all('Object');
  if (root.name !== 'Delete' || objects.length === 0 || objects.length > 1000)
    throw new AwsError('MalformedXML', 'A Delete document with 1 to 1000 objects is expected.');
  const deleted = [];
  const errors = [];
  for (const object of objects) {
    const key = object.value('Key') ?? '';
    const versionId = object.value('VersionId');
    try {
      const unknown = object.children.find(({ name }) => name !== 'Key' && name !== 'VersionId');
      if (unknown)
        throw new AwsError(
          'NotImplemented',
          `${unknown.name} of DeleteObjects is not implemented locally.`,
          501,
        );
      const action = versionedAction('s3:DeleteObject', versionId);
      await call.authorize(action, arnOf(bucket.name, key), {
        ...conditionsOf(action, call),
        ...(versionId !== undefined && { 's3:versionid': versionId }),
      });
      const deletion = await remove(engine, bucket, key, versionId, call);
      deleted.push({
        Key: key,
        VersionId: versionId,
        DeleteMarker: deletion.marker || undefined,
        DeleteMarkerVersionId: deletion.marker ? deletion.versionId : undefined,
      });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      errors.push({ Key: key, VersionId: versionId, Code: error.code, Message: error.message });
    }
  }
  const quiet = root.value('Quiet') === 'true';
  return { status: 200, body: s3Document('DeleteResult', { Deleted: quiet ? [] : deleted, Error: errors }) };
}
