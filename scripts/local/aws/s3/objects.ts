/** PutObject, GetObject, HeadObject and CopyObject. */

import { type FileHandle, open, rm } from 'node:fs/promises';
import type { Call, Reply } from '../call';
import { parseAlgorithm } from '../checksums';
import { AwsError } from '../errors';
import { decode } from '../sigv4';
import { conditionsOf, tagConditions, versionedAction, versionOf } from './actions';
import { checksumHeaders, objectHeaders, overrideHeaders, readContent, versionHeaders } from './content';
import { mayDecrypt, mayEncrypt } from './encryption';
import type { Bucket, S3Engine } from './engine';
import { arnOf } from './names';
import { type Staged, stage, stageUpload } from './payload';
import { checkCopySource, checkRead, checkWrite } from './preconditions';
import type { NewVersion, ObjectVersion } from './version-store';
import { s3Document } from './xml';

/** Makes staged bytes an object, or leaves nothing behind. */
export async function commit(
  bucket: Bucket,
  key: string,
  staged: Staged,
  content: Omit<NewVersion, 'size' | 'etag' | 'checksum'> & Partial<Pick<NewVersion, 'etag' | 'checksum'>>,
  check: (current: ObjectVersion | undefined) => void,
): Promise<ObjectVersion> {
  const checksum = staged.checksum && { ...staged.checksum, type: 'FULL_OBJECT' as const };
  try {
    return await bucket.store.put(
      key,
      staged.file,
      { size: staged.size, etag: staged.md5, checksum, ...content },
      bucket.versioning,
      check,
    );
  } catch (error) {
    await rm(staged.file, { force: true });
    throw error;
  }
}

export async function putObject(engine: S3Engine, bucket: Bucket, key: string, call: Call): Promise<Reply> {
  const content = readContent(call.request.headers, bucket);
  await mayEncrypt(call, { bucket, key, keyArn: content.keyArn });
  const check = checkWrite(call.request.headers, key);
  const staged = await stageUpload(call, bucket.store.staging);
  const version = await commit(bucket, key, staged, content, check);
  await engine.emit('ObjectCreated:Put', bucket, version, call);
  return {
    status: 200,
    headers: { etag: `"${version.etag}"`, ...versionHeaders(bucket, version), ...checksumHeaders(version) },
  };
}

/**
 * The version a read is about, if the caller may read just this one. A missing object is a 404 only to those who may
 * list the bucket.
 */
async function readableVersion(
  bucket: Bucket,
  { key, versionId }: Omit<CopySource, 'bucket'>,
  action: 's3:GetObject' | 's3:GetObjectTagging',
  call: Call,
): Promise<ObjectVersion> {
  const version = versionId === undefined ? bucket.store.current(key) : bucket.store.find(key, versionId);
  const asked = versionedAction(action, versionId);
  await call.authorize(asked, arnOf(bucket.name, key), {
    ...conditionsOf(asked, call),
    ...(versionId !== undefined && { 's3:versionid': versionId }),
    ...tagConditions(version),
  });
  if (version && !version.deleteMarker) return version;
  if (version && versionId !== undefined)
    throw new AwsError('MethodNotAllowed', 'The specified method is not allowed against this resource.', 405);
  await call.authorize('s3:ListBucket', arnOf(bucket.name), conditionsOf('s3:ListBucket', call));
  throw versionId === undefined
    ? new AwsError('NoSuchKey', 'The specified key does not exist.', 404, { Key: key })
    : new AwsError('NoSuchVersion', 'The specified version does not exist.', 404, {
        Key: key,
        VersionId: versionId,
      });
}

/** First and last byte of a single range; undefined when the header is absent or not understood, as HTTP asks. */
function readRange(header: string | undefined, size: number): [number, number] | undefined {
  const parts = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (!parts || (parts[1] === '' && parts[2] === '')) return undefined;
  const [, first = '', last = ''] = parts;
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (start >= size || (first === '' && Number(last) === 0))
    throw new AwsError('InvalidRange', 'The requested range is not satisfiable', 416, {
      RangeRequested: header ?? '',
      ActualObjectSize: String(size),
    });
  return [start, end];
}

/**
 * The data of a version, opened before the answer starts: from here on neither a delete nor an overwrite changes
 * what is read. Undefined when the version was replaced since it was looked up: the caller looks again.
 */
async function openVersion(bucket: Bucket, version: ObjectVersion): Promise<FileHandle | undefined> {
  try {
    return await open(bucket.store.dataFile(version));
  } catch (error) {
    if (bucket.store.find(version.key, version.versionId)?.id !== version.id) return undefined;
    throw error;
  }
}

export async function getObject(bucket: Bucket, key: string, call: Call): Promise<Reply> {
  const { method, query, headers } = call.request;
  const version = await readableVersion(bucket, { key, versionId: versionOf(call) }, 's3:GetObject', call);
  // A HEAD answers what is kept beside the ciphertext, except the checksum of what is in it.
  if (method !== 'HEAD' || headers.get('x-amz-checksum-mode') === 'ENABLED')
    await mayDecrypt(call, { bucket, key, keyArn: version.keyArn });
  const reply = { ...objectHeaders(bucket, version), ...overrideHeaders(query) };
  if (checkRead(headers, version))
    return { status: 304, headers: { etag: reply.etag, 'last-modified': reply['last-modified'] } };
  const range = readRange(headers.get('range'), version.size);
  const [start, end] = range ?? [0, version.size - 1];
  const checksums =
    headers.get('x-amz-checksum-mode') === 'ENABLED' && !range ? checksumHeaders(version) : {};
  const all = {
    ...reply,
    ...checksums,
    'content-length': end - start + 1,
    'content-range': range ? `bytes ${start}-${end}/${version.size}` : undefined,
  };
  const status = range ? 206 : 200;
  if (method === 'HEAD' || version.size === 0) return { status, headers: all };
  const handle = await openVersion(bucket, version);
  if (!handle) return getObject(bucket, key, call);
  return { status, headers: all, body: handle.createReadStream({ start, end }) };
}

export async function getObjectTagging(bucket: Bucket, key: string, call: Call): Promise<Reply> {
  const versionId = versionOf(call);
  const version = await readableVersion(bucket, { key, versionId }, 's3:GetObjectTagging', call);
  const Tag = Object.entries(version.tags ?? {}).map(([Key, Value]) => ({ Key, Value }));
  return {
    status: 200,
    headers: versionHeaders(bucket, version),
    body: s3Document('Tagging', { TagSet: { Tag } }),
  };
}

interface CopySource {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string | undefined;
}

function readCopySource(header: string): CopySource {
  const [path = '', query] = header.split('?versionId=');
  const plain = decode(path).replace(/^\//, '');
  const slash = plain.indexOf('/');
  if (slash < 1 || slash === plain.length - 1)
    throw new AwsError(
      'InvalidArgument',
      'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
    );
  return { bucket: plain.slice(0, slash), key: plain.slice(slash + 1), versionId: query };
}

/** Tags go with a copy, if the caller may read them there and set them here. */
async function copiedTags(
  version: ObjectVersion,
  { bucket, key, versionId }: CopySource,
  target: string,
  call: Call,
): Promise<ObjectVersion['tags']> {
  if (Object.keys(version.tags ?? {}).length === 0) return undefined;
  const action = versionedAction('s3:GetObjectTagging', versionId);
  await call.authorize(action, arnOf(bucket, key), {
    ...conditionsOf(action, call),
    ...tagConditions(version),
  });
  await call.authorize('s3:PutObjectTagging', target, conditionsOf('s3:PutObjectTagging', call));
  return version.tags;
}

export async function copyObject(engine: S3Engine, bucket: Bucket, key: string, call: Call): Promise<Reply> {
  const { headers } = call.request;
  const source = readCopySource(headers.get('x-amz-copy-source') ?? '');
  const from = engine.bucket(source.bucket);
  const version = await readableVersion(from, source, 's3:GetObject', call);
  await mayDecrypt(call, { bucket: from, key: source.key, keyArn: version.keyArn });
  checkCopySource(headers, version);
  const directive = headers.get('x-amz-metadata-directive') ?? 'COPY';
  if (directive !== 'COPY' && directive !== 'REPLACE')
    throw new AwsError('InvalidArgument', 'Unknown metadata directive.');
  const own = readContent(headers, bucket);
  await mayEncrypt(call, { bucket, key, keyArn: own.keyArn });
  const tags = await copiedTags(version, source, arnOf(bucket.name, key), call);
  if (
    from === bucket &&
    source.key === key &&
    source.versionId === undefined &&
    directive === 'COPY' &&
    own.storageClass === version.storageClass
  )
    throw new AwsError(
      'InvalidRequest',
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  const content =
    directive === 'REPLACE'
      ? { ...own, tags }
      : { ...own, tags, headers: version.headers, metadata: version.metadata };
  const wanted = headers.get('x-amz-checksum-algorithm');
  const algorithm = wanted ? parseAlgorithm(wanted) : version.checksum?.algorithm;
  const handle = await openVersion(from, version);
  if (!handle) return copyObject(engine, bucket, key, call);
  const staged = await stage([() => handle.createReadStream()], bucket.store.staging, { algorithm });
  const copy = await commit(bucket, key, staged, content, checkWrite(headers, key));
  await engine.emit('ObjectCreated:Copy', bucket, copy, call);
  const body = s3Document('CopyObjectResult', {
    LastModified: copy.lastModified,
    ETag: `"${copy.etag}"`,
    ...xmlChecksum(copy),
  });
  const sourceVersion = from.versioning === 'off' ? undefined : version.versionId;
  return {
    status: 200,
    headers: { ...versionHeaders(bucket, copy), 'x-amz-copy-source-version-id': sourceVersion },
    body,
  };
}

export function xmlChecksum({ checksum }: Pick<ObjectVersion, 'checksum'>): Record<string, string> {
  return checksum ? { [`Checksum${checksum.algorithm}`]: checksum.value, ChecksumType: checksum.type } : {};
}
