/** What API Gateway answers by itself, shaped by the API's gateway responses. */
import type { GatewayResponse, RestApiDefinition } from './definition';
import { type ApiRequest, headerOf, requestContext } from './request';
import type { Route } from './router';

export interface ApiResponse {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer;
}

/** Response type -> status and message API Gateway has for it. */
const types = {
  ACCESS_DENIED: [403, 'User is not authorized to access this resource'],
  API_CONFIGURATION_ERROR: [500, 'Internal server error'],
  AUTHORIZER_CONFIGURATION_ERROR: [500, 'Internal server error'],
  AUTHORIZER_FAILURE: [500, 'Internal server error'],
  BAD_REQUEST_BODY: [400, 'Invalid request body'],
  BAD_REQUEST_PARAMETERS: [400, 'Missing required request parameters'],
  DEFAULT_5XX: [502, 'Internal server error'],
  EXPIRED_TOKEN: [403, 'The security token included in the request is expired'],
  INTEGRATION_FAILURE: [504, 'Internal server error'],
  INTEGRATION_TIMEOUT: [504, 'Endpoint request timed out'],
  MISSING_AUTHENTICATION_TOKEN: [403, 'Missing Authentication Token'],
  REQUEST_TOO_LARGE: [413, 'Request Too Long'],
  THROTTLED: [429, 'Rate exceeded'],
  UNAUTHORIZED: [401, 'Unauthorized'],
} as const satisfies Record<string, readonly [number, string]>;

export type GatewayResponseType = keyof typeof types;

/** Ends a request with a gateway response. */
export class GatewayError extends Error {
  constructor(
    readonly type: GatewayResponseType,
    /** @default API Gateway's text for the type */
    message: string = types[type][1],
    readonly validationErrors?: string,
  ) {
    super(message);
  }
}

export function gatewayResponse(
  api: RestApiDefinition,
  request: ApiRequest,
  route: Route | undefined,
  error: GatewayError,
): ApiResponse {
  const [ownStatus] = types[error.type];
  const own = api.gatewayResponses.get(error.type);
  const fallback = api.gatewayResponses.get(ownStatus < 500 ? 'DEFAULT_4XX' : 'DEFAULT_5XX');
  const chosen: GatewayResponse = own ?? fallback ?? { parameters: {}, templates: {} };
  const context = {
    ...requestContext(api, request, route),
    error: {
      message: error.message,
      messageString: JSON.stringify(error.message),
      responseType: error.type,
      validationErrorString: error.validationErrors ?? '',
    },
  };
  const [contentType = 'application/json', template = '{"message":$context.error.messageString}'] =
    Object.entries(chosen.templates).find(([type]) => type === 'application/json') ??
    Object.entries(chosen.templates)[0] ??
    [];
  const headers: [string, string][] = [
    ['Content-Type', contentType],
    ['x-amzn-RequestId', request.requestId],
    ['x-amzn-ErrorType', errorTypeHeader(error.type)],
  ];
  for (const [parameter, source] of Object.entries(chosen.parameters)) {
    const value = parameterValue(source, request, context);
    if (value !== undefined) setHeader(headers, parameter.replace('gatewayresponse.header.', ''), value);
  }
  return {
    status: chosen.statusCode ?? ownStatus,
    headers,
    body: Buffer.from(substitute(template, context)),
  };
}

/** Gateway response templates know variables and nothing else of the template language. */
function substitute(template: string, context: object): string {
  return template.replace(
    /\$context\.(\w+(?:\.\w+)*)|\$\{context\.(\w+(?:\.\w+)*)\}/g,
    (match, plain?: string, braced?: string) => {
      const value = lookUp(context, plain ?? braced ?? '');
      return value === undefined || value === null ? match : String(value);
    },
  );
}

function lookUp(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], value);
}

function parameterValue(source: string, request: ApiRequest, context: object): string | undefined {
  const literal = /^'(.*)'$/s.exec(source);
  if (literal) return literal[1];
  const header = /^method\.request\.header\.(.+)$/.exec(source);
  if (header?.[1]) return headerOf(request, header[1]);
  const query = /^method\.request\.querystring\.(.+)$/.exec(source);
  if (query) return request.query.find(([name]) => name === query[1])?.[1];
  const variable = /^context\.(.+)$/.exec(source);
  if (variable?.[1]) {
    const value = lookUp(context, variable[1]);
    return value === undefined ? undefined : String(value);
  }
  throw new Error(`The gateway response parameter value ${source} is not supported.`);
}

/** Replaces a header of the same name, whatever its case. */
export function setHeader(headers: [string, string][], name: string, value: string): void {
  const at = headers.findIndex(([existing]) => existing.toLowerCase() === name.toLowerCase());
  if (at < 0) headers.push([name, value]);
  else headers[at] = [name, value];
}

/** Those that are not named after their response type. */
const errorTypes: Partial<Record<GatewayResponseType, string>> = {
  API_CONFIGURATION_ERROR: 'InternalServerErrorException',
  AUTHORIZER_CONFIGURATION_ERROR: 'AuthorizerConfigurationException',
};

/** `BAD_REQUEST_BODY` -> `BadRequestBodyException`: browsers' network tabs and SDKs read this header. */
function errorTypeHeader(type: GatewayResponseType): string {
  const own = errorTypes[type];
  if (own) return own;
  const words = type.toLowerCase().split('_');
  return `${words.map((word) => (word[0] ?? '').toUpperCase() + word.slice(1)).join('')}Exception`;
}
