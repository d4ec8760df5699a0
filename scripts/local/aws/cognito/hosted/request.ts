/** A request to the sign-in pages, read once. */
import type { IncomingMessage } from 'node:http';
import { readBody } from '../../wire';
import type { Refusal } from './answer';

/** Names and values; each name once. */
export type Parameters = ReadonlyMap<string, string>;

export interface HostedRequest {
  readonly method: string;
  readonly path: string;
  /** Without its question mark. */
  readonly query: string;
  readonly body: string;
  readonly headers: IncomingMessage['headers'];
  readonly cookies: Parameters;
}

const MAX_BODY = 64 * 1024;

function readCookies(header = ''): Parameters {
  const pairs = header.split(';').map((pair): [string, string] => {
    const equals = pair.indexOf('=');
    return [pair.slice(0, Math.max(0, equals)).trim(), pair.slice(equals + 1).trim()];
  });
  return new Map(pairs);
}

/** Undefined: the body is larger than any form of these pages. */
export async function readRequest(incoming: IncomingMessage): Promise<HostedRequest | undefined> {
  const [path = '/', ...query] = (incoming.url ?? '/').split('?');
  const body = await readBody(incoming, MAX_BODY);
  if (!body) return undefined;
  return {
    method: incoming.method ?? 'GET',
    path,
    query: query.join('?'),
    body: body.toString('utf8'),
    headers: incoming.headers,
    cookies: readCookies(incoming.headers.cookie),
  };
}

/** A parameter given twice would mean one thing to us and another to the next reader: RFC 6749 forbids it. */
export function readParameters(text: string, refuseRepeated: (name: string) => Refusal): Parameters {
  const parameters = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(text)) {
    if (parameters.has(name)) throw refuseRepeated(name);
    parameters.set(name, value);
  }
  return parameters;
}

export function isForm({ headers }: HostedRequest): boolean {
  return (
    (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ===
    'application/x-www-form-urlencoded'
  );
}
