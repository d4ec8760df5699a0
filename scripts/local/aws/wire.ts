/** Node's view of a request turned into what signatures and services are about. */
import type { IncomingMessage } from 'node:http';
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
