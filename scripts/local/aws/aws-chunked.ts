/**
 * The `aws-chunked` framing of streamed uploads: `<hex size>[;chunk-signature=..]CRLF data CRLF`, a chunk of size
 * 0, then optional trailers. Decodes while verifying each chunk's signature and never holds more than one line.
 */
import { createHash, type Hash } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import type { VerifiedSignature } from './authentication';
import { AwsError } from './errors';
import { sameText, scopeText, sha256Hex, sign } from './sigv4';

/** Longest legal line: a trailer with a SHA-256, or a size with its signature. */
const MAX_LINE = 1024;

const broken = (message: string) => new AwsError('IncompleteBody', message);
const wrongSignature = () =>
  new AwsError(
    'SignatureDoesNotMatch',
    'The signature of a chunk of the streamed payload does not match.',
    403,
  );

export interface ChunkedOptions {
  /** Absent: chunks are not signed (STREAMING-UNSIGNED-PAYLOAD-TRAILER). */
  readonly signature?: VerifiedSignature;
  readonly trailer: boolean;
  /** x-amz-decoded-content-length */
  readonly decodedLength: number;
}

export class AwsChunkedDecoder extends Transform {
  /** Lower-case trailer names to values; complete when the stream has ended. */
  readonly trailers = new Map<string, string>();
  private state: 'header' | 'data' | 'data-end' | 'trailer' | 'done' = 'header';
  private line = Buffer.alloc(0);
  private remaining = 0;
  private decoded = 0;
  private hash: Hash | undefined;
  private expected = '';
  private previous: string;

  constructor(private readonly options: ChunkedOptions) {
    super();
    this.previous = options.signature?.authentication.signature ?? '';
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, callback: TransformCallback): void {
    try {
      this.consume(chunk);
      callback();
    } catch (error) {
      callback(error as Error);
    }
  }

  override _flush(callback: TransformCallback): void {
    if (this.state !== 'done') callback(broken('The request body ended before its last chunk.'));
    else if (this.decoded !== this.options.decodedLength)
      callback(
        broken(
          `The body holds ${this.decoded} bytes, x-amz-decoded-content-length says ${this.options.decodedLength}.`,
        ),
      );
    else callback();
  }

  private consume(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.state === 'done') throw broken('There are bytes after the last chunk.');
      rest = this.state === 'data' ? this.takeData(rest) : this.takeLine(rest);
    }
  }

  private takeData(rest: Buffer): Buffer {
    const data = rest.subarray(0, this.remaining);
    this.hash?.update(data);
    this.push(data);
    this.decoded += data.length;
    this.remaining -= data.length;
    if (this.decoded > this.options.decodedLength)
      throw broken('The body is longer than x-amz-decoded-content-length.');
    if (this.remaining === 0) {
      this.verifyChunk();
      this.state = 'data-end';
    }
    return rest.subarray(data.length);
  }

  private takeLine(rest: Buffer): Buffer {
    const newline = rest.indexOf(0x0a);
    const end = newline < 0 ? rest.length : newline + 1;
    this.line = Buffer.concat([this.line, rest.subarray(0, end)]);
    if (this.line.length > MAX_LINE) throw broken('A line of the aws-chunked body is too long.');
    if (newline >= 0) {
      const text = this.line.toString('latin1');
      this.line = Buffer.alloc(0);
      if (!text.endsWith('\r\n')) throw broken('A line of the aws-chunked body does not end with CRLF.');
      this.handleLine(text.slice(0, -2));
    }
    return rest.subarray(end);
  }

  private handleLine(line: string): void {
    if (this.state === 'header') this.startChunk(line);
    else if (this.state === 'data-end') {
      if (line !== '') throw broken('A chunk is longer than its size says.');
      this.state = 'header';
    } else if (line === '') this.finish();
    else if (this.options.trailer) this.addTrailer(line);
    else throw broken('A trailer was sent that x-amz-content-sha256 did not announce.');
  }

  private startChunk(line: string): void {
    const parts = /^([0-9a-fA-F]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line);
    if (!parts) throw broken('A chunk does not start with its size.');
    if (this.options.signature) {
      if (!parts[2]) throw wrongSignature();
      this.hash = createHash('sha256');
      this.expected = parts[2];
    }
    this.remaining = Number.parseInt(parts[1] as string, 16);
    if (this.remaining > 0) {
      this.state = 'data';
      return;
    }
    this.verifyChunk();
    this.state = 'trailer';
  }

  private verifyChunk(): void {
    const { signature } = this.options;
    if (!signature || !this.hash) return;
    const { timestamp, scope } = signature.authentication;
    const text = [
      'AWS4-HMAC-SHA256-PAYLOAD',
      timestamp,
      scopeText(scope),
      this.previous,
      sha256Hex(''),
      this.hash.digest('hex'),
    ].join('\n');
    if (!sameText(sign(signature.key, text), this.expected)) throw wrongSignature();
    this.previous = this.expected;
  }

  private addTrailer(line: string): void {
    const colon = line.indexOf(':');
    if (colon < 1) throw broken('A trailer is not of the form name:value.');
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === 'x-amz-trailer-signature') this.verifyTrailers(value);
    else this.trailers.set(name, value);
  }

  private trailersVerified = false;

  private verifyTrailers(claimed: string): void {
    const { signature } = this.options;
    if (!signature) return;
    const { timestamp, scope } = signature.authentication;
    const lines = [...this.trailers].map(([name, value]) => `${name}:${value}\n`).join('');
    const text = [
      'AWS4-HMAC-SHA256-TRAILER',
      timestamp,
      scopeText(scope),
      this.previous,
      sha256Hex(lines),
    ].join('\n');
    if (!sameText(sign(signature.key, text), claimed)) throw wrongSignature();
    this.trailersVerified = true;
  }

  private finish(): void {
    if (this.options.signature && this.options.trailer && !this.trailersVerified) throw wrongSignature();
    this.state = 'done';
  }
}
