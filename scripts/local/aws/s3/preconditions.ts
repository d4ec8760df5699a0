/** If-Match and its kin, for reads (RFC 9110), for conditional writes, and for the source of a copy. */
import { AwsError } from '../errors';
import type { ObjectVersion } from './version-store';

type Headers = ReadonlyMap<string, string>;

const failed = (condition: string) =>
  new AwsError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', 412, {
    Condition: condition,
  });

const strip = (etag: string): string =>
  etag
    .trim()
    .replace(/^W\//, '')
    .replace(/^"(.*)"$/, '$1');

function matches(header: string, version: ObjectVersion): boolean {
  return header.split(',').some((etag) => etag.trim() === '*' || strip(etag) === version.etag);
}

/** HTTP dates have whole seconds, so an object is compared by its own second. */
function modifiedAfter(version: ObjectVersion, date: string): boolean | undefined {
  const time = Date.parse(date);
  return Number.isNaN(time) ? undefined : Math.floor(Date.parse(version.lastModified) / 1000) * 1000 > time;
}

/** @returns 304 when the caller's copy is current, undefined when the object is to be sent */
export function checkRead(headers: Headers, version: ObjectVersion): 304 | undefined {
  const ifMatch = headers.get('if-match');
  const ifNoneMatch = headers.get('if-none-match');
  if (ifMatch !== undefined && !matches(ifMatch, version)) throw failed('If-Match');
  const unmodifiedSince = headers.get('if-unmodified-since');
  if (
    ifMatch === undefined &&
    unmodifiedSince !== undefined &&
    modifiedAfter(version, unmodifiedSince) === true
  )
    throw failed('If-Unmodified-Since');
  if (ifNoneMatch !== undefined) return matches(ifNoneMatch, version) ? 304 : undefined;
  const modifiedSince = headers.get('if-modified-since');
  return modifiedSince !== undefined && modifiedAfter(version, modifiedSince) === false ? 304 : undefined;
}

/** For PutObject, CompleteMultipartUpload, CopyObject (destination) and DeleteObject. */
export function checkWrite(headers: Headers, key: string): (current: ObjectVersion | undefined) => void {
  const ifMatch = headers.get('if-match');
  const ifNoneMatch = headers.get('if-none-match');
  if (ifNoneMatch !== undefined && ifNoneMatch.trim() !== '*')
    throw new AwsError('NotImplemented', 'If-None-Match of a write supports the value * only.', 501);
  return (current) => {
    const existing = current?.deleteMarker ? undefined : current;
    if (ifNoneMatch !== undefined && existing) throw failed('If-None-Match');
    if (ifMatch === undefined) return;
    if (!existing) throw new AwsError('NoSuchKey', 'The specified key does not exist.', 404, { Key: key });
    if (!matches(ifMatch, existing)) throw failed('If-Match');
  };
}

/** For the source of a copy: there a match of If-None-Match fails instead of answering 304. */
export function checkCopySource(headers: Headers, source: ObjectVersion): void {
  const renamed = new Map<string, string>();
  for (const [name, value] of headers)
    if (name.startsWith('x-amz-copy-source-if-')) renamed.set(name.slice('x-amz-copy-source-'.length), value);
  if (checkRead(renamed, source) === 304) throw failed('x-amz-copy-source-If-None-Match');
}
