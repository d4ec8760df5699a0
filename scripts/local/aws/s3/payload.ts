/** A request's body on its way to disk: unframed, counted, hashed and checked, never held in memory. */
import { createHash, randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AwsChunkedDecoder } from '../aws-chunked';
import type { Call } from '../call';
import { type ChecksumAlgorithm, checksumHeader, createChecksum, requestedChecksum } from '../checksums';
import { AwsError } from '../errors';

/** Largest object of a single upload. */
const MAX_UPLOAD = 5 * 1024 ** 3;

export interface Staged {
  readonly file: string;
  readonly size: number;
  /** Hexadecimal. */
  readonly md5: string;
  readonly sha256: string;
  readonly checksum: { readonly algorithm: ChecksumAlgorithm; readonly value: string } | undefined;
}

/** Streams `sources` into one new file under `directory`; on any error no file is left. */
export async function stage(
  sources: readonly (() => Readable)[],
  directory: string,
  options: {
    readonly algorithm?: ChecksumAlgorithm | undefined;
    readonly through?: Transform | undefined;
  } = {},
): Promise<Staged> {
  const file = path.join(directory, randomBytes(16).toString('hex'));
  const md5 = createHash('md5');
  const sha256 = createHash('sha256');
  const checksum = options.algorithm ? createChecksum(options.algorithm) : undefined;
  let size = 0;
  const meter = () =>
    new Transform({
      transform(chunk: Buffer, _encoding, done) {
        size += chunk.length;
        md5.update(chunk);
        sha256.update(chunk);
        checksum?.update(chunk);
        done(null, chunk);
      },
    });
  try {
    // An upload is durable when it is answered, so every part is flushed to the disk.
    for (const [index, source] of sources.entries()) {
      const target = createWriteStream(file, {
        flags: index === 0 ? 'wx' : 'a',
        mode: 0o600,
        flush: true,
      } as never);
      if (options.through) await pipeline(source(), options.through, meter(), target);
      else await pipeline(source(), meter(), target);
    }
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
  return {
    file,
    size,
    md5: md5.digest('hex'),
    sha256: sha256.digest('hex'),
    checksum:
      options.algorithm && checksum
        ? { algorithm: options.algorithm, value: checksum.digest().toString('base64') }
        : undefined,
  };
}

function lengthOf(headers: ReadonlyMap<string, string>, name: string): number {
  const text = headers.get(name);
  if (text === undefined)
    throw new AwsError('MissingContentLength', 'You must provide the Content-Length HTTP header.', 411);
  const length = Number(text);
  if (!Number.isInteger(length) || length < 0)
    throw new AwsError('InvalidArgument', `${name} is no size: ${text}`);
  if (length > MAX_UPLOAD)
    throw new AwsError('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', 400, {
      ProposedSize: String(length),
      MaxSizeAllowed: String(MAX_UPLOAD),
    });
  return length;
}

/** What x-amz-content-sha256 says about the body; also the last line of the canonical request. */
export function payloadHash(headers: ReadonlyMap<string, string>, presigned: boolean): string {
  const value = headers.get('x-amz-content-sha256');
  if (value !== undefined) return value;
  if (presigned) return 'UNSIGNED-PAYLOAD';
  throw new AwsError('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256');
}

/** Stages the body of a PUT after checking it against every digest the client sent. */
export async function stageUpload(call: Call, directory: string): Promise<Staged> {
  const { headers } = call.request;
  const hash = payloadHash(headers, call.signature?.authentication.via === 'query');
  const decoder = decoderFor(call, hash);
  if (!decoder) lengthOf(headers, 'content-length');
  const requested = requestedChecksum(headers);
  const staged = await stage([() => call.incoming], directory, {
    algorithm: requested?.algorithm,
    through: decoder,
  });
  try {
    if (/^[0-9a-f]{64}$/.test(hash) && staged.sha256 !== hash)
      throw new AwsError(
        'XAmzContentSHA256Mismatch',
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
        400,
        { ClientComputedContentSHA256: hash, S3ComputedContentSHA256: staged.sha256 },
      );
    checkMd5(headers.get('content-md5'), staged);
    if (requested) {
      const trailer = decoder?.trailers.get(checksumHeader(requested.algorithm));
      checkChecksum(requested.value ?? trailer, headers.has('x-amz-trailer'), staged);
    }
    return staged;
  } catch (error) {
    await rm(staged.file, { force: true });
    throw error;
  }
}

/** A body that is an XML document: verified like an upload, then read. */
export async function stageDocument(call: Call, directory: string, limit: number): Promise<string> {
  if (lengthOf(call.request.headers, 'content-length') > limit)
    throw new AwsError('MaxMessageLengthExceeded', 'Your request was too big.');
  const { file } = await stageUpload(call, directory);
  try {
    return await readFile(file, 'utf8');
  } finally {
    await rm(file, { force: true });
  }
}

function decoderFor({ request: { headers }, signature }: Call, hash: string): AwsChunkedDecoder | undefined {
  if (hash === 'UNSIGNED-PAYLOAD' || /^[0-9a-f]{64}$/.test(hash)) return undefined;
  const decodedLength = () => lengthOf(headers, 'x-amz-decoded-content-length');
  if (hash === 'STREAMING-UNSIGNED-PAYLOAD-TRAILER')
    return new AwsChunkedDecoder({ trailer: true, decodedLength: decodedLength() });
  if (
    signature &&
    (hash === 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' || hash === 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER')
  )
    return new AwsChunkedDecoder({
      signature,
      trailer: hash.endsWith('TRAILER'),
      decodedLength: decodedLength(),
    });
  throw new AwsError(
    'InvalidArgument',
    'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.',
  );
}

function checkMd5(sent: string | undefined, staged: Staged): void {
  if (sent === undefined) return;
  if (Buffer.from(sent, 'base64').length !== 16)
    throw new AwsError('InvalidDigest', 'The Content-MD5 you specified was invalid.');
  if (Buffer.from(sent, 'base64').toString('hex') !== staged.md5)
    throw new AwsError('BadDigest', 'The Content-MD5 you specified did not match what we received.');
}

function checkChecksum(sent: string | undefined, announced: boolean, { checksum }: Staged): void {
  if (!checksum) return;
  if (sent === undefined) {
    if (announced)
      throw new AwsError('MalformedTrailerError', 'The request announced a trailer that did not arrive.');
    throw new AwsError('InvalidRequest', 'x-amz-sdk-checksum-algorithm specified, but no checksum was sent.');
  }
  if (sent !== checksum.value)
    throw new AwsError(
      'BadDigest',
      `The ${checksum.algorithm} you specified did not match the calculated checksum.`,
    );
}
