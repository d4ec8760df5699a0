import { createHash } from 'node:crypto';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import type * as z from 'zod';
import type { Contract, Route } from './contract';
import { ApiError, errorBody } from './errors';
import { type Identity, identityOf } from './identity';
import { logger } from './logger';

/** The same key must come with the same request. */
export interface IdempotentRequest {
  readonly key: string;
  /** SHA-256 of route, parameters and body. */
  readonly hash: Buffer;
}

/** A request whose parts have been checked against the route's schemas. */
export interface Request<Params = unknown, Query = unknown, Body = unknown> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly requestId: string;
  /** Address of the caller as API Gateway saw it, IPv4 or IPv6. */
  readonly sourceIp: string;
  readonly identity: Identity;
  /** Set when the route is idempotent and the caller sent an Idempotency-Key. */
  readonly idempotency?: IdempotentRequest;
}

interface Schemas<P = z.ZodObject | undefined, Q = z.ZodObject | undefined, B = z.ZodObject | undefined> {
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
}

/** Answers a route; what it returns becomes the body, with the status of the contract. */
export interface RouteHandler {
  readonly schemas: Schemas;
  readonly handle: (request: Request) => Promise<unknown>;
}

type Output<S> = S extends z.ZodType ? z.output<S> : undefined;

/** Binds a use case to a route's schemas, which give the request its type. */
export function on<
  P extends z.ZodObject | undefined = undefined,
  Q extends z.ZodObject | undefined = undefined,
  B extends z.ZodObject | undefined = undefined,
>(
  schemas: Schemas<P, Q, B>,
  handle: (request: Request<Output<P>, Output<Q>, Output<B>>) => Promise<unknown>,
): RouteHandler {
  return { schemas, handle: handle as RouteHandler['handle'] };
}

export interface HttpOptions {
  /** Origins that browsers may call from. */
  readonly corsOrigins: readonly string[];
}

/** Of public routes: as an identity it finds no user, because a real issuer is never empty. */
const nobody: Identity = { issuer: '', subject: '' };

/** API Gateway passes bodies up to 10 MB on; no JSON of ours comes near this. */
const maxBodyBytes = 64 * 1024;

/**
 * A Lambda handler for all routes of a contract. `handlers` has one entry per route id, bound to the schemas of
 * that route; anything else fails when the function is loaded.
 */
export function createHttpHandler(
  contract: Contract,
  handlers: Readonly<Record<string, RouteHandler>>,
  options: HttpOptions,
) {
  const faults = contract.routes.filter(({ id, params, query, body }) => {
    const schemas = handlers[id]?.schemas;
    return !schemas || schemas.params !== params || schemas.query !== query || schemas.body !== body;
  });
  if (faults.length > 0 || Object.keys(handlers).length !== contract.routes.length) {
    const names = faults.map(({ id }) => id).join(', ') || Object.keys(handlers).join(', ');
    throw new Error(`routes and handlers of ${contract.domain} differ: ${names}`);
  }

  return async (event: APIGatewayProxyEvent, context?: Context): Promise<APIGatewayProxyResult> => {
    if (context) logger.addContext(context);
    const requestId = event.requestContext.requestId;
    const headers = responseHeaders(event, options);
    try {
      const route = findRoute(contract, event);
      const request = parseRequest(route, event, requestId);
      const value = await (handlers[route.id] as RouteHandler).handle(request);
      return respond(route.response.status, value, headers);
    } catch (error) {
      const known = asApiError(error, event);
      return respond(known.status, errorBody(known, requestId), headers);
    }
  };
}

function respond(statusCode: number, value: unknown, headers: Record<string, string>): APIGatewayProxyResult {
  if (statusCode === 204) return { statusCode, headers, body: '' };
  return {
    statusCode,
    headers: { ...headers, 'Content-Type': 'application/json; charset=utf-8' },
    body: JSON.stringify(value),
  };
}

/** What the caller may know. The rest goes to the log with the request's id, never into the response. */
function asApiError(error: unknown, event: APIGatewayProxyEvent): ApiError {
  const request = {
    requestId: event.requestContext.requestId,
    method: event.httpMethod,
    resource: event.resource,
  };
  if (error instanceof ApiError) {
    if (error.status >= 500)
      logger.error(error.message, { ...request, error: (error.cause as Error) ?? error });
    return error;
  }
  logger.error('unhandled error', { ...request, error: error as Error });
  return new ApiError('internal', 'Something went wrong on our side.');
}

function findRoute(contract: Contract, event: APIGatewayProxyEvent): Route {
  // The resource is the path of the route as deployed; unlike `path` it carries no stage and no base path.
  const candidates = contract.routes.filter((route) => route.path === event.resource);
  const found = candidates.find((route) => route.method === event.httpMethod);
  if (found) return found;
  if (candidates.length > 0) {
    throw new ApiError('method_not_allowed', `${event.httpMethod} is not possible here.`, {
      details: { allowed: candidates.map((route) => route.method) },
    });
  }
  throw new ApiError('not_found', 'There is nothing at this address.');
}

function parseRequest(route: Route, event: APIGatewayProxyEvent, requestId: string): Request {
  const identity = route.authorization === 'user' ? identityOf(event.requestContext.authorizer) : nobody;
  const params = check(route.params, event.pathParameters ?? {}, 'path');
  const query = check(route.query, event.queryStringParameters ?? {}, 'query');
  const body = check(route.body, route.body && parseBody(event), 'body');
  const idempotency = route.idempotent ? idempotencyOf(route, event, params, body) : undefined;
  const { sourceIp } = event.requestContext.identity;
  return { params, query, body, requestId, sourceIp, identity, ...(idempotency && { idempotency }) };
}

function check(schema: z.ZodObject | undefined, value: unknown, where: 'path' | 'query' | 'body'): unknown {
  if (!schema) return undefined;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new ApiError('bad_request', `The ${where} is not as expected.`, {
    details: {
      issues: result.error.issues
        .slice(0, 20)
        .map(({ path, message }) => ({ in: where, path: path.join('.'), message })),
    },
  });
}

function parseBody(event: APIGatewayProxyEvent): unknown {
  const type = header(event, 'content-type') ?? 'application/json';
  if (!/^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(type)) {
    throw new ApiError('unsupported_media_type', 'Send the body as application/json.');
  }
  const text = event.isBase64Encoded
    ? Buffer.from(event.body ?? '', 'base64').toString('utf8')
    : (event.body ?? '');
  if (Buffer.byteLength(text) > maxBodyBytes) {
    throw new ApiError('payload_too_large', `Send at most ${maxBodyBytes} bytes.`);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError('bad_request', 'The body is not valid JSON.');
  }
}

function idempotencyOf(
  route: Route,
  event: APIGatewayProxyEvent,
  params: unknown,
  body: unknown,
): IdempotentRequest | undefined {
  const key = header(event, 'idempotency-key');
  if (key === undefined) return undefined;
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw new ApiError(
      'bad_request',
      'Idempotency-Key: expected 1 to 255 visible ASCII characters without spaces.',
    );
  }
  const hash = createHash('sha256')
    .update(JSON.stringify([route.id, params, body]))
    .digest();
  return { key, hash };
}

function header(event: APIGatewayProxyEvent, name: string): string | undefined {
  const found = Object.entries(event.headers ?? {}).find(([key]) => key.toLowerCase() === name);
  return found?.[1] ?? undefined;
}

function responseHeaders(event: APIGatewayProxyEvent, { corsOrigins }: HttpOptions): Record<string, string> {
  const origin = header(event, 'origin');
  const headers: Record<string, string> = {
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    // A cache between us and the browser must not hand one origin's answer to another.
    Vary: 'Origin',
  };
  if (origin !== undefined && corsOrigins.includes(origin)) {
    headers['Access-Control-Allow-Origin'] = origin;
    headers['Access-Control-Expose-Headers'] = 'x-amzn-RequestId';
  }
  return headers;
}
