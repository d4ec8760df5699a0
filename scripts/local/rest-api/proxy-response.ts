/** Answers of `AWS_PROXY` integrations. */
import type { InvocationResult } from '../lambda/worker';
import type { RestApiDefinition } from './definition';
import { type ApiResponse, GatewayError } from './gateway-responses';
import { type ApiRequest, headerOf, isBinary } from './request';

/** Lambda's limit for a synchronous answer: 6 MB and a little for the envelope. */
const responseLimitBytes = 6_291_556;

interface ProxyResult {
  readonly statusCode?: unknown;
  readonly headers?: Record<string, unknown> | null;
  readonly multiValueHeaders?: Record<string, unknown[]> | null;
  readonly body?: unknown;
  readonly isBase64Encoded?: unknown;
}

/**
 * @throws {GatewayError} 502, as API Gateway does, when the function failed or its answer has another shape.
 */
export function toApiResponse(
  api: RestApiDefinition,
  request: ApiRequest,
  result: InvocationResult,
): ApiResponse {
  if (!result.ok) throw new GatewayError('DEFAULT_5XX');
  const answer = result.payload as ProxyResult | null;
  if (JSON.stringify(answer).length > responseLimitBytes) throw new GatewayError('DEFAULT_5XX');
  const known = ['statusCode', 'headers', 'multiValueHeaders', 'body', 'isBase64Encoded'];
  const malformed =
    answer === null ||
    typeof answer !== 'object' ||
    Object.keys(answer).some((key) => !known.includes(key)) ||
    !Number.isInteger(Number(answer.statusCode)) ||
    (answer.body !== undefined && answer.body !== null && typeof answer.body !== 'string');
  if (malformed) throw new GatewayError('DEFAULT_5XX');

  const headers: [string, string][] = [];
  const multi = answer.multiValueHeaders ?? {};
  for (const [name, values] of Object.entries(multi))
    for (const value of values) headers.push([name, String(value)]);
  for (const [name, value] of Object.entries(answer.headers ?? {})) {
    if (!(name in multi)) headers.push([name, String(value)]);
  }
  if (!headers.some(([name]) => name.toLowerCase() === 'content-type'))
    headers.push(['Content-Type', 'application/json']);
  headers.push(['x-amzn-RequestId', request.requestId], ['X-Amzn-Trace-Id', request.traceId]);

  const body = String(answer.body ?? '');
  // API Gateway turns base64 into bytes only when the caller accepts a binary media type of the API.
  const asBytes =
    answer.isBase64Encoded === true && isBinary(api, headerOf(request, 'accept')?.split(',')[0]);
  return { status: Number(answer.statusCode), headers, body: Buffer.from(body, asBytes ? 'base64' : 'utf8') };
}
