/**
 * What IAM is asked about an operation: the action, and the condition keys that follow from the request.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html (read 2026-11-26).
 */
import type { Conditions } from '../authorization';
import type { Call } from '../call';
import { parseTimestamp } from '../sigv4';
import type { OperationName } from './operations';
import type { ObjectVersion } from './version-store';

/** IAM knows fewer actions than the API has operations; the rest are named alike. */
const ACTIONS: Partial<Record<OperationName, string>> = {
  ListBuckets: 's3:ListAllMyBuckets',
  HeadBucket: 's3:ListBucket',
  ListObjects: 's3:ListBucket',
  ListObjectsV2: 's3:ListBucket',
  ListObjectVersions: 's3:ListBucketVersions',
  ListMultipartUploads: 's3:ListBucketMultipartUploads',
  GetBucketCors: 's3:GetBucketCORS',
  HeadObject: 's3:GetObject',
  CopyObject: 's3:PutObject',
  CreateMultipartUpload: 's3:PutObject',
  UploadPart: 's3:PutObject',
  CompleteMultipartUpload: 's3:PutObject',
  ListParts: 's3:ListMultipartUploadParts',
};

/** These have an action of their own for a version that the request names. */
const VERSIONED: Readonly<Record<string, string>> = {
  's3:DeleteObject': 's3:DeleteObjectVersion',
  's3:GetObject': 's3:GetObjectVersion',
  's3:GetObjectTagging': 's3:GetObjectVersionTagging',
};

export const versionOf = ({ request }: Call): string | undefined =>
  request.query.find(([name]) => name === 'versionId')?.[1];

export const versionedAction = (action: string, versionId: string | undefined): string =>
  (versionId !== undefined && VERSIONED[action]) || action;

export const actionOf = (operation: OperationName, call: Call): string =>
  versionedAction(ACTIONS[operation] ?? `s3:${operation}`, versionOf(call));

/** Of every request. */
function signatureConditions({ request, signature, now }: Call): Conditions {
  const hash = request.headers.get('x-amz-content-sha256');
  const signed = signature && parseTimestamp(signature.authentication.timestamp);
  return {
    's3:authType': signature
      ? signature.authentication.via === 'query'
        ? 'REST-QUERY-STRING'
        : 'REST-HEADER'
      : 'POST',
    's3:signatureversion': 'AWS4-HMAC-SHA256',
    // What stands for TLS here is as new as AWS's.
    's3:TlsVersion': '1.3',
    ...(signed !== undefined && { 's3:signatureAge': String(Math.max(0, now - signed)) }),
    ...(hash !== undefined && { 's3:x-amz-content-sha256': hash }),
  };
}

const LISTS = ['s3:ListBucket', 's3:ListBucketVersions'];
const WRITE_HEADERS = [
  'x-amz-acl',
  'x-amz-copy-source',
  'x-amz-metadata-directive',
  'x-amz-server-side-encryption',
  'x-amz-server-side-encryption-aws-kms-key-id',
  'x-amz-storage-class',
];
const PRECONDITIONS = ['if-match', 'if-none-match'];

const named = (names: readonly string[], value: (name: string) => string | undefined): Conditions =>
  Object.fromEntries(
    names.flatMap((name) => {
      const found = value(name);
      return found === undefined ? [] : [[`s3:${name}`, found]];
    }),
  );

/** @param fields what a form says in place of headers */
export function conditionsOf(action: string, call: Call, fields?: ReadonlyMap<string, string>): Conditions {
  const headers = fields ?? call.request.headers;
  const query = new Map(call.request.query);
  const version = versionOf(call);
  return {
    ...signatureConditions(call),
    ...(LISTS.includes(action) && named(['prefix', 'delimiter', 'max-keys'], (name) => query.get(name))),
    ...(action === 's3:PutObject' &&
      named([...WRITE_HEADERS, ...PRECONDITIONS], (name) => headers.get(name))),
    ...(action === 's3:DeleteObject' && named(['if-match'], (name) => headers.get(name))),
    ...(Object.values(VERSIONED).includes(action) && version !== undefined && { 's3:versionid': version }),
  };
}

/** Of an action that reads an object: its tags. A missing object has none. */
export const tagConditions = (version: ObjectVersion | undefined): Conditions =>
  Object.fromEntries(
    Object.entries(version?.tags ?? {}).map(([key, value]) => [`s3:ExistingObjectTag/${key}`, value]),
  );
