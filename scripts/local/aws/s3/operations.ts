/**
 * Which S3 operation a request is, and which parameters that operation knows here. A parameter outside the list
 * would change the result on AWS, so it is an error rather than ignored.
 */

import { notImplemented } from '../errors';
import type { WireRequest } from '../sigv4';

const READ_CONDITIONS = [
  /^response-(content-(type|language|disposition|encoding)|cache-control|expires)$/,
  /^versionId$/,
];
const WRITE_HEADERS = [
  /^x-amz-meta-/,
  /^x-amz-checksum-(?!type$)/,
  /^x-amz-sdk-checksum-algorithm$/,
  /^x-amz-trailer$/,
  /^x-amz-decoded-content-length$/,
  /^x-amz-server-side-encryption$/,
  /^x-amz-server-side-encryption-aws-kms-key-id$/,
  /^x-amz-server-side-encryption-bucket-key-enabled$/,
  /^x-amz-storage-class$/,
  /^x-amz-acl$/,
];
const LISTING = [/^prefix$/, /^delimiter$/, /^max-keys$/, /^encoding-type$/];
const PART = [/^uploadId$/];

/** Query parameters and x-amz-* headers of each operation, beyond those every request may carry. */
const OPERATIONS = {
  ListBuckets: { query: [], headers: [] },
  HeadBucket: { query: [], headers: [] },
  GetBucketLocation: { query: [/^location$/], headers: [] },
  GetBucketVersioning: { query: [/^versioning$/], headers: [] },
  GetBucketPolicy: { query: [/^policy$/], headers: [] },
  GetBucketCors: { query: [/^cors$/], headers: [] },
  ListObjects: { query: [...LISTING, /^marker$/], headers: [] },
  ListObjectsV2: {
    query: [...LISTING, /^list-type$/, /^continuation-token$/, /^start-after$/, /^fetch-owner$/],
    headers: [],
  },
  ListObjectVersions: {
    query: [...LISTING, /^versions$/, /^key-marker$/, /^version-id-marker$/],
    headers: [],
  },
  ListMultipartUploads: { query: [/^uploads$/, /^prefix$/], headers: [] },
  DeleteObjects: {
    query: [/^delete$/],
    headers: [
      /^x-amz-checksum-/,
      /^x-amz-sdk-checksum-algorithm$/,
      /^x-amz-trailer$/,
      /^x-amz-decoded-content-length$/,
    ],
  },
  GetObject: { query: READ_CONDITIONS, headers: [/^x-amz-checksum-mode$/] },
  GetObjectTagging: { query: [/^tagging$/, /^versionId$/], headers: [] },
  HeadObject: { query: READ_CONDITIONS, headers: [/^x-amz-checksum-mode$/] },
  PutObject: { query: [], headers: WRITE_HEADERS },
  CopyObject: {
    query: [],
    headers: [...WRITE_HEADERS, /^x-amz-copy-source(-if-.*)?$/, /^x-amz-metadata-directive$/],
  },
  DeleteObject: { query: [/^versionId$/], headers: [] },
  CreateMultipartUpload: { query: [/^uploads$/], headers: [...WRITE_HEADERS, /^x-amz-checksum-type$/] },
  UploadPart: {
    query: [/^partNumber$/, ...PART],
    headers: [
      /^x-amz-checksum-/,
      /^x-amz-sdk-checksum-algorithm$/,
      /^x-amz-trailer$/,
      /^x-amz-decoded-content-length$/,
    ],
  },
  CompleteMultipartUpload: { query: PART, headers: [/^x-amz-checksum-/, /^x-amz-mp-object-size$/] },
  AbortMultipartUpload: { query: PART, headers: [] },
  ListParts: { query: [...PART, /^max-parts$/, /^part-number-marker$/], headers: [] },
  PostObject: { query: [], headers: [] },
} as const satisfies Record<string, { query: readonly RegExp[]; headers: readonly RegExp[] }>;

export type OperationName = keyof typeof OPERATIONS;

/** Sent by every SDK, or part of the signature. */
const EVERYWHERE = {
  query: [/^X-Amz-/, /^x-id$/],
  headers: [/^x-amz-(date|content-sha256|security-token|user-agent|expected-bucket-owner)$/],
};

function bucketOperation(
  method: string,
  has: (name: string) => boolean,
  query: WireRequest['query'],
): OperationName | undefined {
  if (method === 'POST') return has('delete') ? 'DeleteObjects' : 'PostObject';
  if (method === 'HEAD') return 'HeadBucket';
  if (method !== 'GET') return undefined;
  if (has('location')) return 'GetBucketLocation';
  if (has('versioning')) return 'GetBucketVersioning';
  if (has('policy')) return 'GetBucketPolicy';
  if (has('cors')) return 'GetBucketCors';
  if (has('versions')) return 'ListObjectVersions';
  if (has('uploads')) return 'ListMultipartUploads';
  return query.some(([name, value]) => name === 'list-type' && value === '2')
    ? 'ListObjectsV2'
    : 'ListObjects';
}

function objectOperation(
  method: string,
  has: (name: string) => boolean,
  copy: boolean,
): OperationName | undefined {
  if (method === 'GET' && has('tagging')) return 'GetObjectTagging';
  if (method === 'GET') return has('uploadId') ? 'ListParts' : 'GetObject';
  if (method === 'HEAD') return 'HeadObject';
  if (method === 'DELETE') return has('uploadId') ? 'AbortMultipartUpload' : 'DeleteObject';
  if (method === 'POST' && has('uploads')) return 'CreateMultipartUpload';
  if (method === 'POST' && has('uploadId')) return 'CompleteMultipartUpload';
  if (method !== 'PUT') return undefined;
  if (has('uploadId')) return copy ? undefined : 'UploadPart';
  return copy ? 'CopyObject' : 'PutObject';
}

/** @throws AwsError NotImplemented naming the operation, or the parameter that the operation does not know here */
export function identify(request: WireRequest, bucket: string, key: string): OperationName {
  const has = (name: string) => request.query.some(([other]) => other === name);
  const { method, query, headers } = request;
  const name =
    bucket === ''
      ? method === 'GET' && 'ListBuckets'
      : key === ''
        ? bucketOperation(method, has, query)
        : objectOperation(method, has, headers.has('x-amz-copy-source'));
  if (!name)
    throw notImplemented(`S3 ${method} with ${query.map(([other]) => `?${other}`).join(' ') || 'no query'}`);
  const known = OPERATIONS[name];
  const allowed = (list: readonly RegExp[], item: string) => list.some((pattern) => pattern.test(item));
  for (const [parameter] of query)
    if (
      !allowed(known.query, parameter) &&
      !allowed(EVERYWHERE.query, parameter) &&
      !parameter.startsWith('x-amz-')
    )
      throw notImplemented(`the query parameter ${parameter} of S3 ${name}`);
  for (const header of headers.keys())
    if (
      header.startsWith('x-amz-') &&
      !allowed(known.headers, header) &&
      !allowed(EVERYWHERE.headers, header)
    )
      throw notImplemented(`the header ${header} of S3 ${name}`);
  return name;
}

/** Presigners move x-amz-* headers into the query, and S3 reads them there: both are headers from here on. */
export function withHoistedHeaders(request: WireRequest): WireRequest {
  const hoisted = request.query.filter(([name]) => name.startsWith('x-amz-'));
  if (hoisted.length === 0) return request;
  return { ...request, headers: new Map([...request.headers, ...hoisted]) };
}
