/** Uploads in parts: create, upload, complete, abort, list. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Call, Reply } from '../call';
import { type ChecksumAlgorithm, checksumHeader, createChecksum, parseAlgorithm } from '../checksums';
import { AwsError } from '../errors';
import { checksumHeaders, readContent, versionHeaders } from './content';
import { mayDecrypt, mayEncrypt } from './encryption';
import type { Bucket, S3Engine } from './engine';
import type { Part, Upload } from './multipart-store';
import { commit, xmlChecksum } from './objects';
import { stage, stageDocument, stageUpload } from './payload';
import { checkWrite } from './preconditions';
import type { ObjectChecksum } from './version-store';
import { parseXml, s3Document } from './xml';

/** Every part but the last must be at least this large. */
const MIN_PART = 5 * 1024 ** 2;
const MAX_PARTS = 10_000;
/** A list of all parts, with their checksums. */
const MAX_DOCUMENT = 4 * 1024 ** 2;

const parameter = (call: Call, name: string): string =>
  call.request.query.find(([other]) => other === name)?.[1] ?? '';

export async function createMultipartUpload(bucket: Bucket, key: string, call: Call): Promise<Reply> {
  const { headers } = call.request;
  const wanted = headers.get('x-amz-checksum-algorithm');
  const algorithm = wanted ? parseAlgorithm(wanted) : undefined;
  const checksumType = headers.get('x-amz-checksum-type') ?? 'COMPOSITE';
  if (checksumType !== 'COMPOSITE' && checksumType !== 'FULL_OBJECT')
    throw new AwsError('InvalidRequest', 'Value for x-amz-checksum-type header is invalid.');
  if (checksumType === 'FULL_OBJECT' && !algorithm?.startsWith('CRC'))
    throw new AwsError(
      'InvalidRequest',
      `The FULL_OBJECT checksum type cannot be used with the ${algorithm} checksum algorithm.`,
    );
  const content = readContent(headers, bucket);
  await mayEncrypt(call, { bucket, key, keyArn: content.keyArn });
  const upload = await bucket.uploads.start({ key, content, algorithm, checksumType });
  return {
    status: 200,
    headers: {
      'x-amz-server-side-encryption': content.encryption,
      'x-amz-checksum-algorithm': algorithm,
      'x-amz-checksum-type': algorithm && checksumType,
    },
    body: s3Document('InitiateMultipartUploadResult', { Bucket: bucket.name, Key: key, UploadId: upload.id }),
  };
}

export async function uploadPart(bucket: Bucket, key: string, call: Call): Promise<Reply> {
  const id = parameter(call, 'uploadId');
  const number = Number(parameter(call, 'partNumber'));
  if (!Number.isInteger(number) || number < 1 || number > MAX_PARTS)
    throw new AwsError(
      'InvalidArgument',
      `Part number must be an integer between 1 and ${MAX_PARTS}, inclusive`,
    );
  const { upload } = bucket.uploads.find(id, key);
  await mayDecrypt(call, { bucket, key, keyArn: upload.content.keyArn });
  const staged = await stageUpload(call, bucket.store.staging);
  try {
    const sent = staged.checksum?.algorithm;
    if (upload.algorithm && sent && upload.algorithm !== sent)
      throw new AwsError(
        'InvalidRequest',
        `Checksum Type mismatch occurred, expected checksum Type: ${upload.algorithm}, actual checksum Type: ${sent}`,
      );
    const part = await bucket.uploads.addPart(id, key, number, staged);
    const checksum = staged.checksum && {
      [checksumHeader(staged.checksum.algorithm)]: staged.checksum.value,
    };
    return {
      status: 200,
      headers: {
        etag: `"${part.etag}"`,
        'x-amz-server-side-encryption': upload.content.encryption,
        ...checksum,
      },
    };
  } catch (error) {
    await rm(staged.file, { force: true });
    throw error;
  }
}

/** The checksum headers of this operation are the object's, not the body's. */
function readParts(call: Call, bucket: Bucket): Promise<string> {
  const { request } = call;
  const headers = new Map([...request.headers].filter(([name]) => !name.startsWith('x-amz-checksum-')));
  const document: Call = Object.create(call, { request: { value: { ...request, headers } } });
  return stageDocument(document, bucket.store.staging, MAX_DOCUMENT);
}

/** The parts the caller lists, checked against those that were uploaded. */
function chosenParts(body: string, upload: Upload, parts: ReadonlyMap<number, Part>): Part[] {
  const root = parseXml(body);
  const listed = root.all('Part');
  if (root.name !== 'CompleteMultipartUpload' || listed.length === 0)
    throw new AwsError(
      'MalformedXML',
      'A CompleteMultipartUpload document with at least one part is expected.',
    );
  const chosen = listed.map((node) => {
    const part = parts.get(Number(node.value('PartNumber')));
    const checksum = upload.algorithm && node.value(`Checksum${upload.algorithm}`);
    const wrong = !part || node.value('ETag')?.replace(/^"|"$/g, '') !== part.etag;
    if (wrong || (checksum !== undefined && checksum !== part.checksum))
      throw new AwsError(
        'InvalidPart',
        "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
        400,
        { PartNumber: node.value('PartNumber') ?? '' },
      );
    return part;
  });
  for (const [index, part] of chosen.entries()) {
    const next = chosen[index + 1];
    if (next && next.number <= part.number)
      throw new AwsError(
        'InvalidPartOrder',
        'The list of parts was not in ascending order. Parts must be ordered by part number.',
      );
    if (next && part.size < MIN_PART)
      throw new AwsError(
        'EntityTooSmall',
        'Your proposed upload is smaller than the minimum allowed size',
        400,
        {
          ProposedSize: String(part.size),
          MinSizeAllowed: String(MIN_PART),
          PartNumber: String(part.number),
        },
      );
  }
  return chosen;
}

function compositeChecksum(algorithm: ChecksumAlgorithm, parts: readonly Part[]): ObjectChecksum {
  const checksum = createChecksum(algorithm);
  for (const part of parts) checksum.update(Buffer.from(part.checksum ?? '', 'base64'));
  return { algorithm, value: `${checksum.digest().toString('base64')}-${parts.length}`, type: 'COMPOSITE' };
}

function checkDeclared(
  headers: ReadonlyMap<string, string>,
  checksum: ObjectChecksum | undefined,
  size: number,
): void {
  const declaredSize = headers.get('x-amz-mp-object-size');
  if (declaredSize !== undefined && Number(declaredSize) !== size)
    throw new AwsError(
      'InvalidRequest',
      `x-amz-mp-object-size says ${declaredSize}, the parts hold ${size} bytes.`,
    );
  const declared = checksum && headers.get(checksumHeader(checksum.algorithm));
  if (declared !== undefined && declared !== checksum?.value)
    throw new AwsError(
      'BadDigest',
      `The ${checksum?.algorithm} you specified did not match the calculated checksum.`,
    );
}

export async function completeMultipartUpload(
  engine: S3Engine,
  bucket: Bucket,
  key: string,
  call: Call,
): Promise<Reply> {
  const id = parameter(call, 'uploadId');
  const { upload, parts } = bucket.uploads.find(id, key);
  await mayDecrypt(call, { bucket, key, keyArn: upload.content.keyArn });
  const body = await readParts(call, bucket);
  const check = checkWrite(call.request.headers, key);
  const chosen = chosenParts(body, upload, parts);
  const full = upload.checksumType === 'FULL_OBJECT';
  const staged = await stage(
    chosen.map((part) => () => createReadStream(bucket.uploads.dataFile(id, part))),
    bucket.store.staging,
    { algorithm: full ? upload.algorithm : undefined },
  );
  try {
    const composite = upload.algorithm && !full && compositeChecksum(upload.algorithm, chosen);
    const checksum = composite || (staged.checksum && { ...staged.checksum, type: 'FULL_OBJECT' as const });
    checkDeclared(call.request.headers, checksum, staged.size);
    const md5 = createHash('md5');
    for (const part of chosen) md5.update(Buffer.from(part.etag, 'hex'));
    const etag = `${md5.digest('hex')}-${chosen.length}`;
    const version = await commit(bucket, key, staged, { ...upload.content, etag, checksum }, check);
    await bucket.uploads.remove(id, key);
    await engine.emit('ObjectCreated:CompleteMultipartUpload', bucket, version, call);
    const location = `http://${call.request.headers.get('host')}/${bucket.name}/${encodeURI(key)}`;
    return {
      status: 200,
      headers: { ...versionHeaders(bucket, version), ...(full ? checksumHeaders(version) : {}) },
      body: s3Document('CompleteMultipartUploadResult', {
        Location: location,
        Bucket: bucket.name,
        Key: key,
        ETag: `"${etag}"`,
        ...xmlChecksum(version),
      }),
    };
  } catch (error) {
    await rm(staged.file, { force: true });
    throw error;
  }
}

export async function abortMultipartUpload(bucket: Bucket, key: string, call: Call): Promise<Reply> {
  await bucket.uploads.remove(parameter(call, 'uploadId'), key);
  return { status: 204 };
}

export function listParts(bucket: Bucket, key: string, call: Call): Reply {
  const { upload, parts } = bucket.uploads.find(parameter(call, 'uploadId'), key);
  const max = Math.min(Number(parameter(call, 'max-parts') || 1000), 1000);
  const after = Number(parameter(call, 'part-number-marker') || 0);
  const rest = [...parts.values()].filter(({ number }) => number > after).sort((a, b) => a.number - b.number);
  const page = rest.slice(0, max);
  const body = s3Document('ListPartsResult', {
    Bucket: bucket.name,
    Key: key,
    UploadId: upload.id,
    PartNumberMarker: after,
    NextPartNumberMarker: page.at(-1)?.number,
    MaxParts: max,
    IsTruncated: rest.length > page.length,
    StorageClass: upload.content.storageClass,
    Part: page.map((part) => ({
      PartNumber: part.number,
      LastModified: part.lastModified,
      ETag: `"${part.etag}"`,
      Size: part.size,
      ...(upload.algorithm ? { [`Checksum${upload.algorithm}`]: part.checksum } : {}),
    })),
  });
  return { status: 200, body };
}

export function listMultipartUploads(bucket: Bucket, call: Call): Reply {
  const prefix = parameter(call, 'prefix');
  const uploads = bucket.uploads.list().filter(({ key }) => key.startsWith(prefix));
  const body = s3Document('ListMultipartUploadsResult', {
    Bucket: bucket.name,
    Prefix: prefix,
    IsTruncated: false,
    Upload: uploads.map(({ key, id, started }) => ({ Key: key, UploadId: id, Initiated: started })),
  });
  return { status: 200, body };
}
