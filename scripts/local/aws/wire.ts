/** Between Node's requests and responses and what signatures and services are about. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Reply } from './call';
import { decode, type WireRequest } from './sigv4';

/** Query names and values in order. A plus means a space here, and only here: in a path it is a plus. */
export function parseQuery(text: string): [string, string][] {
  return text
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const equals = part.indexOf('=');
      const name = equals < 0 ? part : part.slice(0, equals);
      const value = equals < 0 ? '' : part.slice(equals + 1);
      return [decode(name.replaceAll('+', ' ')), decode(value.replaceAll('+', ' '))];
    });
}

export function readWireRequest(incoming: IncomingMessage): WireRequest {
  const url = incoming.url ?? '/';
  const question = url.indexOf('?');
  const headers = new Map<string, string>();
  for (let i = 0; i + 1 < incoming.rawHeaders.length; i += 2) {
    const name = (incoming.rawHeaders[i] ?? '').toLowerCase();
    // Node hands headers out as Latin-1; what clients signed is UTF-8.
    const value = Buffer.from(incoming.rawHeaders[i + 1] ?? '', 'latin1').toString('utf8');
    const earlier = headers.get(name);
    headers.set(name, earlier === undefined ? value : `${earlier},${value}`);
  }
  return {
    method: incoming.method ?? 'GET',
    path: question < 0 ? url : url.slice(0, question),
    query: question < 0 ? [] : parseQuery(url.slice(question + 1)),
    headers,
  };
}

/** Reads a small body whole; a body over `limit` bytes is undefined, read to its end so that the answer arrives. */
export async function readBody(incoming: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of incoming as AsyncIterable<Buffer>) {
    size += part.length;
    if (size <= limit) parts.push(part);
  }
  return size <= limit ? Buffer.concat(parts) : undefined;
}

/** More than this of a refused upload is not worth reading to the end. */
const MAX_DRAIN = 64 * 1024 ** 2;

/** Reads what a handler left of the body: a client still sending would see a reset instead of the answer. */
export async function drain(incoming: IncomingMessage): Promise<void> {
  if (incoming.complete || incoming.destroyed) return;
  let size = 0;
  await new Promise<void>((resolve) => {
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_DRAIN) resolve();
    });
    incoming
      .once('end', resolve)
      .once('error', () => resolve())
      .once('close', () => resolve());
  });
}

export async function send(
  response: ServerResponse,
  { status, headers = {}, body }: Reply,
  requestId: string,
): Promise<void> {
  response.statusCode = status;
  response.setHeader('x-amz-request-id', requestId);
  response.setHeader('x-amzn-requestid', requestId);
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) response.setHeader(name, value);
  if (typeof body === 'string' && !response.hasHeader('content-type'))
    response.setHeader('content-type', 'application/xml');
  if (body instanceof Readable) await pipeline(body, response);
  else response.end(body);
}
