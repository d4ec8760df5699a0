/** Which bucket and key a request names, in path style or virtual-hosted style. */
import { AwsError } from '../errors';
import { decode, type WireRequest } from '../sigv4';

/** Bytes of UTF-8. */
const MAX_KEY = 1024;

export const arnOf = (bucket: string, key?: string): string =>
  key === undefined ? `arn:aws:s3:::${bucket}` : `arn:aws:s3:::${bucket}/${key}`;

/** Bucket of `bucket.localhost` and `bucket.s3.us-east-1.amazonaws.com`; undefined for the endpoint's own host. */
function virtualBucket(host: string): string | undefined {
  const name = host.replace(/:\d+$/, '').toLowerCase();
  const match =
    /^(.+?)\.(?:s3\.)?localhost$/.exec(name) ?? /^(.+)\.s3(?:[.-][a-z0-9-]+)?\.amazonaws\.com$/.exec(name);
  return match?.[1] === 's3' ? undefined : match?.[1];
}

/** Empty strings where the request names none. Keys are any text: they never become a path on disk. */
export function readNames({ path, headers }: WireRequest): { bucket: string; key: string } {
  const hosted = virtualBucket(headers.get('host') ?? '');
  const rest = path.slice(1);
  const slash = rest.indexOf('/');
  const bucket = hosted ?? decode(slash < 0 ? rest : rest.slice(0, slash));
  const key = decode(hosted === undefined ? (slash < 0 ? '' : rest.slice(slash + 1)) : rest);
  checkKey(key);
  return { bucket, key };
}

export function checkKey(key: string): void {
  const size = Buffer.byteLength(key);
  if (size > MAX_KEY)
    throw new AwsError('KeyTooLongError', 'Your key is too long', 400, {
      Size: String(size),
      MaxSizeAllowed: String(MAX_KEY),
    });
}
