/** What a write says about its object besides the bytes, and how reads give it back. */
import { checksumHeader } from '../checksums';
import { AwsError, notImplemented } from '../errors';
import type { Bucket } from './engine';
import type { NewVersion, ObjectVersion } from './version-store';

const KEPT_HEADERS = [
  'content-type',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'expires',
];
const DEFAULT_TYPE = 'binary/octet-stream';
const STORAGE_CLASSES = [
  'STANDARD',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'REDUCED_REDUNDANCY',
];
/** Of all names and values of x-amz-meta-* together. */
const MAX_METADATA = 2048;

export type Content = Pick<NewVersion, 'headers' | 'metadata' | 'encryption' | 'keyArn' | 'storageClass'>;

/** Fields of a form and parameters of a URL become headers of every later answer, so they must be able to. */
function checkCharacters(headers: ReadonlyMap<string, string>): void {
  for (const [name, value] of headers) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these are refused
    if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(value) || !/^[\w.!#$&^`|~+%'*-]+$/.test(name))
      throw new AwsError('InvalidArgument', `The value or the name of ${name} cannot be a header.`, 400, {
        ArgumentName: name,
      });
  }
}

/** @param headers only those that describe the object are kept */
export function readContent(headers: ReadonlyMap<string, string>, bucket: Bucket): Content {
  const described = new Map(
    [...headers].filter(([name]) => KEPT_HEADERS.includes(name) || name.startsWith('x-amz-meta-')),
  );
  checkCharacters(described);
  const kept: Record<string, string> = { 'content-type': DEFAULT_TYPE };
  for (const name of KEPT_HEADERS) {
    const value = headers.get(name);
    if (value !== undefined && value !== '') kept[name] = value;
  }
  // aws-chunked is how the body travelled, not what it is.
  const encoding = kept['content-encoding']
    ?.split(',')
    .map((part) => part.trim())
    .filter((part) => part !== 'aws-chunked');
  if (encoding?.length) kept['content-encoding'] = encoding.join(',');
  else delete kept['content-encoding'];
  const acl = headers.get('x-amz-acl');
  if (acl !== undefined && acl !== 'bucket-owner-full-control')
    throw new AwsError('AccessControlListNotSupported', 'The bucket does not allow ACLs');
  const storageClass = headers.get('x-amz-storage-class') ?? 'STANDARD';
  if (!STORAGE_CLASSES.includes(storageClass)) throw notImplemented(`the storage class ${storageClass}`);
  return {
    headers: kept,
    metadata: readMetadata(headers),
    ...readEncryption(headers, bucket),
    storageClass,
  };
}

function readEncryption(
  headers: ReadonlyMap<string, string>,
  bucket: Bucket,
): Pick<Content, 'encryption' | 'keyArn'> {
  const value = headers.get('x-amz-server-side-encryption');
  const keyId = headers.get('x-amz-server-side-encryption-aws-kms-key-id');
  if (value === undefined) return { encryption: bucket.encryption, keyArn: bucket.keyArn };
  if (value === 'AES256') return { encryption: value };
  if (value === 'aws:kms' || value === 'aws:kms:dsse') {
    if (keyId !== undefined && !keyId.startsWith('arn:'))
      throw notImplemented(`the KMS key ${keyId} of an object by anything but its ARN`);
    return { encryption: value, keyArn: keyId };
  }
  throw new AwsError('InvalidArgument', 'The encryption method specified is not supported', 400, {
    ArgumentName: 'x-amz-server-side-encryption',
    ArgumentValue: value,
  });
}

function readMetadata(headers: ReadonlyMap<string, string>): Record<string, string> {
  const metadata: Record<string, string> = {};
  let size = 0;
  for (const [name, value] of headers) {
    if (!name.startsWith('x-amz-meta-')) continue;
    metadata[name.slice('x-amz-meta-'.length)] = value;
    size += Buffer.byteLength(name.slice('x-amz-meta-'.length)) + Buffer.byteLength(value);
  }
  if (size > MAX_METADATA)
    throw new AwsError(
      'MetadataTooLarge',
      'Your metadata headers exceed the maximum allowed metadata size',
      400,
      {
        Size: String(size),
        MaxSizeAllowed: String(MAX_METADATA),
      },
    );
  return metadata;
}

/** Node writes headers as Latin-1: hand it the bytes of the UTF-8 text, as S3 sends them. */
const toWire = (value: string): string => Buffer.from(value, 'utf8').toString('latin1');

export const versionHeaders = (
  bucket: Bucket,
  version: ObjectVersion,
): Record<string, string | undefined> => ({
  'x-amz-version-id': bucket.versioning === 'off' ? undefined : version.versionId,
  'x-amz-server-side-encryption': version.encryption || undefined,
  'x-amz-server-side-encryption-aws-kms-key-id': version.keyArn,
});

export function checksumHeaders(
  version: Pick<ObjectVersion, 'checksum'>,
): Record<string, string | undefined> {
  const { checksum } = version;
  return checksum
    ? { [checksumHeader(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': checksum.type }
    : {};
}

export function objectHeaders(bucket: Bucket, version: ObjectVersion): Record<string, string | undefined> {
  const stored = Object.entries(version.headers).map(([name, value]) => [name, toWire(value)]);
  const metadata = Object.entries(version.metadata).map(([name, value]) => [
    `x-amz-meta-${name}`,
    toWire(value),
  ]);
  return {
    'last-modified': new Date(version.lastModified).toUTCString(),
    etag: `"${version.etag}"`,
    'accept-ranges': 'bytes',
    ...versionHeaders(bucket, version),
    'x-amz-tagging-count': version.tags && String(Object.keys(version.tags).length),
    'x-amz-storage-class': version.storageClass === 'STANDARD' ? undefined : version.storageClass,
    ...Object.fromEntries(stored),
    ...Object.fromEntries(metadata),
  };
}

/** `response-content-disposition` and its kin of a signed GET. */
export function overrideHeaders(query: readonly (readonly [string, string])[]): Record<string, string> {
  const overrides: Record<string, string> = {};
  for (const [name, value] of query) {
    if (!name.startsWith('response-')) continue;
    const invalid = (message: string) =>
      new AwsError('InvalidArgument', message, 400, { ArgumentName: name, ArgumentValue: value });
    for (const character of value) {
      const point = character.codePointAt(0) as number;
      if (point > 0xff) throw invalid('Header value cannot be represented using ISO-8859-1.');
      if (point < 0x20 || point === 0x7f) throw invalid('Header value contains a control character.');
    }
    overrides[name.slice('response-'.length)] = value;
  }
  return overrides;
}
