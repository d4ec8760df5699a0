/** What a bucket holds and how it is set: the read operations on buckets. */
import type { Call, Reply } from '../call';
import { AwsError } from '../errors';
import { encode } from '../sigv4';
import type { Bucket, S3Engine } from './engine';
import type { OperationName } from './operations';
import { compareKeys, type ObjectVersion } from './version-store';
import { s3Document, type XmlElement } from './xml';

const MAX_KEYS = 1000;

interface Listing {
  readonly prefix: string;
  readonly delimiter: string;
  readonly maxKeys: number;
  /** Encodes keys when the caller asked for it: XML cannot carry every character a key may hold. */
  readonly text: (key: string) => string;
  readonly encodingType: string | undefined;
}

const parameter = (call: Call, name: string): string | undefined =>
  call.request.query.find(([other]) => other === name)?.[1];

function readListing(call: Call): Listing {
  const maxKeys = Number(parameter(call, 'max-keys') ?? MAX_KEYS);
  if (!Number.isInteger(maxKeys) || maxKeys < 0)
    throw new AwsError('InvalidArgument', 'Provided max-keys not an integer or within integer range');
  const encodingType = parameter(call, 'encoding-type');
  if (encodingType !== undefined && encodingType !== 'url')
    throw new AwsError('InvalidArgument', 'Invalid Encoding Method specified in Request');
  return {
    prefix: parameter(call, 'prefix') ?? '',
    delimiter: parameter(call, 'delimiter') ?? '',
    maxKeys: Math.min(maxKeys, MAX_KEYS),
    text: encodingType ? (key) => encode(key).replaceAll('%2F', '/') : (key) => key,
    encodingType,
  };
}

interface Page<T> {
  readonly items: T[];
  readonly prefixes: string[];
  /** Key or common prefix the next page starts after; undefined on the last page. */
  readonly next: string | undefined;
}

/** One page of keys, with those below a delimiter rolled up; `after` may be a common prefix of the page before. */
function page<T>(
  keys: readonly string[],
  listing: Listing,
  after: string,
  itemsOf: (key: string) => T[],
): Page<T> {
  const { prefix, delimiter, maxKeys } = listing;
  const items: T[] = [];
  const prefixes: string[] = [];
  let last: string | undefined;
  for (const key of keys) {
    if (!key.startsWith(prefix) || (after !== '' && compareKeys(key, after) <= 0)) continue;
    const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const common = cut < 0 ? undefined : key.slice(0, cut + delimiter.length);
    if (common !== undefined && (common === prefixes.at(-1) || common === after)) continue;
    const found = itemsOf(key);
    if (found.length === 0) continue;
    if (items.length + prefixes.length >= maxKeys)
      return { items, prefixes, next: maxKeys === 0 ? undefined : last };
    if (common === undefined) items.push(...found);
    else prefixes.push(common);
    last = common ?? key;
  }
  return { items, prefixes, next: undefined };
}

const liveVersion =
  (bucket: Bucket) =>
  (key: string): ObjectVersion[] => {
    const version = bucket.store.current(key);
    return version && !version.deleteMarker ? [version] : [];
  };

function contents({ items }: Page<ObjectVersion>, text: Listing['text']): XmlElement[] {
  return items.map((version) => ({
    Key: text(version.key),
    LastModified: version.lastModified,
    ETag: `"${version.etag}"`,
    ...(version.checksum
      ? { ChecksumAlgorithm: version.checksum.algorithm, ChecksumType: version.checksum.type }
      : {}),
    Size: version.size,
    StorageClass: version.storageClass,
  }));
}

function listObjects(bucket: Bucket, call: Call): Reply {
  const listing = readListing(call);
  const second = parameter(call, 'list-type') === '2';
  const token = parameter(call, 'continuation-token');
  const startAfter = parameter(call, 'start-after');
  const marker = parameter(call, 'marker');
  const after =
    token === undefined ? ((second ? startAfter : marker) ?? '') : Buffer.from(token, 'base64url').toString();
  const result = page(bucket.store.keys(), listing, after, liveVersion(bucket));
  const { text } = listing;
  const next = result.next;
  const common = {
    Name: bucket.name,
    Prefix: text(listing.prefix),
    Delimiter: listing.delimiter === '' ? undefined : text(listing.delimiter),
    MaxKeys: listing.maxKeys,
    EncodingType: listing.encodingType,
    IsTruncated: next !== undefined,
    Contents: contents(result, text),
    CommonPrefixes: result.prefixes.map((prefix) => ({ Prefix: text(prefix) })),
  };
  const paging = second
    ? {
        KeyCount: result.items.length + result.prefixes.length,
        ContinuationToken: token,
        NextContinuationToken: next === undefined ? undefined : Buffer.from(next).toString('base64url'),
        StartAfter: startAfter === undefined ? undefined : text(startAfter),
      }
    : { Marker: text(marker ?? ''), NextMarker: next === undefined ? undefined : text(next) };
  return { status: 200, body: s3Document('ListBucketResult', { ...common, ...paging }) };
}

/** Pages end between keys, never within one: a key's versions are few on a laptop. */
function listObjectVersions(bucket: Bucket, call: Call): Reply {
  const listing = readListing(call);
  const { text } = listing;
  const marker = parameter(call, 'key-marker') ?? '';
  const result = page(bucket.store.keys(), listing, marker, (key) =>
    bucket.store.versions(key).map((version, index) => ({ version, latest: index === 0 })),
  );
  const entry = ({ version, latest }: { version: ObjectVersion; latest: boolean }): XmlElement => ({
    Key: text(version.key),
    VersionId: version.versionId,
    IsLatest: latest,
    LastModified: version.lastModified,
    ...(version.deleteMarker
      ? {}
      : { ETag: `"${version.etag}"`, Size: version.size, StorageClass: version.storageClass }),
  });
  const body = s3Document('ListVersionsResult', {
    Name: bucket.name,
    Prefix: text(listing.prefix),
    KeyMarker: text(marker),
    MaxKeys: listing.maxKeys,
    EncodingType: listing.encodingType,
    IsTruncated: result.next !== undefined,
    NextKeyMarker: result.next === undefined ? undefined : text(result.next),
    Version: result.items.filter(({ version }) => !version.deleteMarker).map(entry),
    DeleteMarker: result.items.filter(({ version }) => version.deleteMarker).map(entry),
    CommonPrefixes: result.prefixes.map((prefix) => ({ Prefix: text(prefix) })),
  });
  return { status: 200, body };
}

export function listBuckets(engine: S3Engine): Reply {
  const buckets = engine.list().map(({ name, created }) => ({ Name: name, CreationDate: created }));
  return { status: 200, body: s3Document('ListAllMyBucketsResult', { Buckets: { Bucket: buckets } }) };
}

function corsDocument({ cors }: Bucket): string {
  if (cors.length === 0)
    throw new AwsError('NoSuchCORSConfiguration', 'The CORS configuration does not exist', 404);
  const rules = cors.map((rule) => ({
    ID: rule.Id,
    AllowedMethod: rule.AllowedMethods,
    AllowedOrigin: rule.AllowedOrigins,
    AllowedHeader: rule.AllowedHeaders,
    ExposeHeader: rule.ExposedHeaders,
    MaxAgeSeconds: rule.MaxAge,
  }));
  return s3Document('CORSConfiguration', { CORSRule: rules });
}

export function bucketQuery(operation: OperationName, bucket: Bucket, region: string, call: Call): Reply {
  switch (operation) {
    case 'ListObjects':
    case 'ListObjectsV2':
      return listObjects(bucket, call);
    case 'ListObjectVersions':
      return listObjectVersions(bucket, call);
    case 'GetBucketLocation': {
      // us-east-1 is the empty location, as it was before there were regions.
      const body = s3Document('LocationConstraint', {}).replace(
        '></',
        `>${region === 'us-east-1' ? '' : region}</`,
      );
      return { status: 200, body };
    }
    case 'GetBucketVersioning': {
      const Status = bucket.versioning === 'off' ? undefined : bucket.versioning;
      return { status: 200, body: s3Document('VersioningConfiguration', { Status }) };
    }
    case 'GetBucketPolicy':
      if (bucket.policy === undefined)
        throw new AwsError('NoSuchBucketPolicy', 'The bucket policy does not exist', 404);
      return {
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(bucket.policy),
      };
    case 'GetBucketCors':
      return { status: 200, body: corsDocument(bucket) };
    default:
      return { status: 200, headers: { 'x-amz-bucket-region': region } };
  }
}
