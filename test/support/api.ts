import { randomUUID } from 'node:crypto';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import type { Identity } from '../../lambdas/shared/identity';

export interface Call {
  readonly method: string;
  /** Path of the route, with `{parameters}`. */
  readonly resource: string;
  readonly params?: Record<string, string>;
  readonly query?: Record<string, string>;
  readonly headers?: Record<string, string>;
  /** Anything but a string is sent as JSON. */
  readonly body?: unknown;
  readonly identity?: Identity | undefined;
  /** @default an address of the range for documentation */
  readonly sourceIp?: string;
}

/** The event API Gateway makes of a request to a REST API with a Cognito authorizer. */
export function proxyEvent({
  method,
  resource,
  params,
  query,
  headers,
  body,
  identity,
  sourceIp = '203.0.113.7',
}: Call): APIGatewayProxyEvent {
  const path = resource.replace(/\{(\w+)\}/g, (_, name: string) => params?.[name] ?? '');
  const claims = identity && {
    iss: identity.issuer,
    sub: identity.subject,
    email: identity.email,
    'cognito:username': identity.username ?? identity.subject,
    // API Gateway writes every claim as text.
    'cognito:groups': identity.claims?.groups?.join(','),
    auth_time: identity.claims?.auth_time?.toString(),
  };
  return {
    httpMethod: method,
    resource,
    path,
    pathParameters: params ?? null,
    queryStringParameters: query ?? null,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: body === undefined || typeof body === 'string' ? (body ?? null) : JSON.stringify(body),
    isBase64Encoded: false,
    requestContext: {
      requestId: randomUUID(),
      identity: { sourceIp },
      authorizer: claims ? { claims } : null,
    },
  } as unknown as APIGatewayProxyEvent;
}

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
  readonly body: any;
}

export function answerOf({ statusCode, headers, body }: APIGatewayProxyResult): Answer {
  return {
    status: statusCode,
    headers: (headers ?? {}) as Record<string, string>,
    body: body === '' ? undefined : JSON.parse(body),
  };
}
