/** One HTTP request as API Gateway sees it, and the event a proxy integration makes of it. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { localAccountId } from '../intrinsics';
import type { RestApiDefinition } from './definition';
import type { Route } from './router';

export interface ApiRequest {
  readonly requestId: string;
  readonly extendedRequestId: string;
  readonly httpMethod: string;
  /** Without query string, still percent-encoded. */
  readonly path: string;
  readonly startedAt: Date;
  /** In the order and case they arrived. */
  readonly headers: readonly (readonly [string, string])[];
  readonly query: readonly (readonly [string, string])[];
  readonly sourceIp: string;
  readonly traceId: string;
  readonly body: Buffer;
}

export function toApiRequest(message: IncomingMessage, body: Buffer): ApiRequest {
  const [path = '/', search = ''] = splitOnce(message.url ?? '/', '?');
  const raw = message.rawHeaders;
  const headers = Array.from(
    { length: raw.length / 2 },
    (_, i) => [raw[2 * i], raw[2 * i + 1]] as [string, string],
  );
  const startedAt = new Date();
  return {
    requestId: randomUUID(),
    extendedRequestId: `${randomBytes(11).toString('base64').replace(/=+$/, '')}=`,
    httpMethod: message.method ?? 'GET',
    path,
    startedAt,
    headers,
    query: [...new URLSearchParams(search)],
    sourceIp: message.socket.remoteAddress?.replace(/^::ffff:/, '') ?? '127.0.0.1',
    traceId: `Root=1-${Math.floor(startedAt.getTime() / 1000).toString(16)}-${randomBytes(12).toString('hex')}`,
    body,
  };
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

/** First value of a header; names are compared without case. */
export function headerOf(request: ApiRequest, name: string): string | undefined {
  return request.headers.find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}

/** Whether a body of this content type travels as base64. */
export function isBinary(api: RestApiDefinition, contentType: string | undefined): boolean {
  const type = contentType?.split(';')[0]?.trim().toLowerCase() ?? '';
  return api.binaryMediaTypes.some(
    (pattern) =>
      pattern === '*/*' ||
      pattern === type ||
      (pattern.endsWith('/*') && type.startsWith(pattern.slice(0, -1))),
  );
}

/** What `$context` holds: the same values in events, templates and gateway responses. */
export function requestContext(api: RestApiDefinition, request: ApiRequest, route: Route | undefined) {
  const stage = api.stages[0]?.name ?? 'local';
  return {
    resourceId: route?.method.resourceId ?? '',
    resourcePath: route?.resourcePath ?? '',
    httpMethod: request.httpMethod,
    extendedRequestId: request.extendedRequestId,
    requestTime: clfTime(request.startedAt),
    path: request.path,
    accountId: localAccountId,
    protocol: 'HTTP/1.1',
    stage,
    domainPrefix: 'localhost',
    requestTimeEpoch: request.startedAt.getTime(),
    requestId: request.requestId,
    identity: {
      cognitoIdentityPoolId: null,
      accountId: null,
      cognitoIdentityId: null,
      caller: null,
      sourceIp: request.sourceIp,
      principalOrgId: null,
      accessKey: null,
      cognitoAuthenticationType: null,
      cognitoAuthenticationProvider: null,
      userArn: null,
      userAgent: headerOf(request, 'user-agent') ?? null,
      user: null,
    },
    domainName: headerOf(request, 'host') ?? 'localhost',
    apiId: api.id,
  };
}

/** `20/Nov/2026:12:00:00 +0000` */
function clfTime(time: Date): string {
  const [, day, month, year, clock] = /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(time.toUTCString()) ?? [];
  return `${day}/${month}/${year}:${clock} +0000`;
}

/** Event of an `AWS_PROXY` integration, payload version 1. */
export function proxyEvent(
  api: RestApiDefinition,
  request: ApiRequest,
  route: Route,
  authorizer: Readonly<Record<string, unknown>> | undefined,
) {
  const headers: [string, string][] = [
    ...request.headers.map(([name, value]): [string, string] => [name, value]),
    ['X-Amzn-Trace-Id', request.traceId],
    ['X-Forwarded-For', request.sourceIp],
    ['X-Forwarded-Port', headerOf(request, 'host')?.split(':')[1] ?? '80'],
    ['X-Forwarded-Proto', 'http'],
  ];
  const binary = isBinary(api, headerOf(request, 'content-type'));
  const variables = api.stages[0]?.variables ?? {};
  return {
    resource: route.resourcePath,
    path: request.path,
    httpMethod: request.httpMethod,
    ...both('headers', 'multiValueHeaders', headers),
    ...both('queryStringParameters', 'multiValueQueryStringParameters', request.query),
    pathParameters: orNull(route.pathParameters),
    stageVariables: orNull(variables),
    requestContext: { ...requestContext(api, request, route), ...(authorizer && { authorizer }) },
    body: request.body.length === 0 ? null : request.body.toString(binary ? 'base64' : 'utf8'),
    isBase64Encoded: binary && request.body.length > 0,
  };
}

/** A name sent more than once: the single form holds the last value, the multi form all of them. */
function both(single: string, multi: string, pairs: readonly (readonly [string, string])[]) {
  const all: Record<string, string[]> = {};
  for (const [name, value] of pairs) {
    all[name] ??= [];
    all[name].push(value);
  }
  const last = Object.fromEntries(Object.entries(all).map(([name, values]) => [name, values.at(-1)]));
  return { [single]: orNull(last), [multi]: orNull(all) };
}

function orNull<T extends object>(value: T): T | null {
  return Object.keys(value).length === 0 ? null : value;
}
