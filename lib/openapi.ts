import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { type Contract, type ErrorCode, errorStatus, type Route } from '../lambdas/shared/contract';

type Json = { [key: string]: unknown };

export interface OpenApiOptions {
  readonly contracts: readonly Contract[];
  readonly version: string;
}

const errorDescriptions: Readonly<Record<ErrorCode, string>> = {
  bad_request: 'The request does not match its schema.',
  unauthorized: 'The token is missing, expired or not valid for this API.',
  forbidden: 'The token is valid but does not allow the request.',
  not_found: 'There is no such thing, or it belongs to somebody else.',
  method_not_allowed: 'The path exists, but not with this method.',
  conflict: 'Another request is at work on the same thing, or something it needs is not there yet.',
  gone: 'It existed, and its time is over.',
  payload_too_large: 'Larger than this environment allows.',
  unsupported_media_type: 'A media type or file format this environment does not accept.',
  unprocessable: 'The request is well formed, but its content is not what it says.',
  too_many_requests: 'Too many requests. Try again later.',
  internal: 'A fault of ours. The request id finds it in the logs.',
  unavailable: 'Something this API depends on cannot be reached. Try again.',
  timeout: 'The answer took too long. Try again.',
};

const idempotencyKey: Json = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'Chosen by the client, new for every new intention. A repeated request with the same key and body answers ' +
    'as the first one did, for 24 hours; the same key with another request answers 422.',
  schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[!-~]+$' },
  example: '5f0c7a3e-5d0e-4b6e-9a53-1f6a3c2b7d10',
};

/** The OpenAPI 3.1 document of the API, from the same rows that deploy it. */
export function openApiDocument({ contracts, version }: OpenApiOptions): Json {
  const schemas = new Schemas();
  const paths: Record<string, Json> = {};
  const codes = new Set<ErrorCode>();
  for (const contract of contracts) {
    for (const route of contract.routes) {
      const operation = describe(route, contract, schemas, codes);
      paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation };
    }
  }

  return {
    openapi: '3.1.1',
    info: {
      title: 'Landfall API',
      version,
      description:
        'Every error has the body `{"error": {"code", "message", "details?", "requestId"}}`. Clients branch ' +
        'on `code`; `message` is for people and may change.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [
      { url: 'http://localhost:4000', description: 'Local runtime (npm start)' },
      {
        url: 'https://{api}.execute-api.{region}.amazonaws.com/v1',
        description: 'A deployment; the URL is its ApiUrl output',
        variables: { api: { default: 'api-id' }, region: { default: 'us-east-1' } },
      },
    ],
    tags: contracts.map(({ domain, description }) => ({ name: domain, description })),
    paths: Object.fromEntries(Object.entries(paths).sort(([a], [b]) => a.localeCompare(b))),
    components: {
      securitySchemes: {
        user: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description:
            'An ID token of the user pool or, in deployments with `identity: oidc`, a token of the configured issuer.',
        },
      },
      parameters: { IdempotencyKey: idempotencyKey },
      responses: Object.fromEntries(
        [...codes].sort((a, b) => errorStatus[a] - errorStatus[b]).map((code) => [code, errorResponse(code)]),
      ),
      schemas: { Error: errorSchema, ...schemas.sorted() },
    },
  };
}

function describe(route: Route, contract: Contract, schemas: Schemas, codes: Set<ErrorCode>): Json {
  const errors = errorsOf(route);
  for (const code of errors) codes.add(code);
  const { status, description, schema } = route.response;
  const parameters = [
    ...parametersOf('path', route.params),
    ...parametersOf('query', route.query),
    ...(route.idempotent ? [{ $ref: '#/components/parameters/IdempotencyKey' }] : []),
  ];
  return {
    operationId: route.id,
    tags: [contract.domain],
    summary: route.summary,
    ...(route.description ? { description: route.description } : {}),
    security: route.authorization === 'user' ? [{ user: [] }] : [],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(route.body
      ? {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: schemas.add(route.body, 'input') } },
          },
        }
      : {}),
    responses: {
      [status]: {
        description,
        ...(schema ? { content: { 'application/json': { schema: schemas.add(schema, 'output') } } } : {}),
      },
      ...Object.fromEntries(
        errors.map((code) => [errorStatus[code], { $ref: `#/components/responses/${code}` }]),
      ),
    },
  };
}

/** The errors a route declares and those that any route of its kind can give. */
function errorsOf(route: Route): ErrorCode[] {
  const input = route.body || route.params || route.query;
  const codes = new Set<ErrorCode>([
    ...(input ? (['bad_request'] as const) : []),
    ...(route.authorization === 'user' ? (['unauthorized', 'forbidden'] as const) : []),
    ...(route.errors ?? []),
    ...(['too_many_requests', 'internal', 'unavailable', 'timeout'] as const),
  ]);
  return [...codes].sort((a, b) => errorStatus[a] - errorStatus[b]);
}

function parametersOf(place: 'path' | 'query', object: z.ZodObject | undefined): Json[] {
  if (!object) return [];
  const { properties = {}, required = [] } = jsonSchema(object, 'input') as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(description ? { description } : {}),
    schema,
  }));
}

const errorSchema: Json = {
  type: 'object',
  required: ['error'],
  additionalProperties: false,
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message', 'requestId'],
      additionalProperties: false,
      properties: {
        code: { type: 'string', enum: Object.keys(errorStatus) },
        message: { type: 'string' },
        details: { type: 'object', description: 'What exactly was wrong, by the kind of error.' },
        requestId: { type: 'string', description: 'Finds the request in the logs.' },
      },
    },
  },
};

function errorResponse(code: ErrorCode): Json {
  const message = errorDescriptions[code];
  return {
    description: message,
    content: {
      'application/json': {
        schema: { $ref: '#/components/schemas/Error' },
        example: { error: { code, message, requestId: '0f9f2b0e-7c5a-4c6e-8d0e-2f6f5b1c9a11' } },
      },
    },
  };
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { target: 'draft-2020-12', io }) as Json;
  return rest;
}

/** Schemas with a title become components of that name; the others stay where they are used. */
class Schemas {
  readonly #named = new Map<string, Json>();

  add(schema: z.ZodType, io: 'input' | 'output'): unknown {
    return this.#extract(jsonSchema(schema, io));
  }

  sorted(): Record<string, Json> {
    return Object.fromEntries([...this.#named].sort(([a], [b]) => a.localeCompare(b)));
  }

  #extract(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((entry) => this.#extract(entry));
    if (typeof value !== 'object' || value === null) return value;
    const { title, ...rest } = Object.fromEntries(
      // Examples are data: an example with a property named title is no schema.
      Object.entries(value).map(([key, entry]) => [key, key === 'examples' ? entry : this.#extract(entry)]),
    ) as Json;
    if (typeof title !== 'string' || rest.type !== 'object')
      return title === undefined ? rest : { title, ...rest };

    const known = this.#named.get(title);
    if (known && !isDeepStrictEqual(known, rest)) {
      throw new Error(`Two different schemas are titled "${title}"; clients generate one type from a title`);
    }
    this.#named.set(title, rest);
    return { $ref: `#/components/schemas/${title}` };
  }
}
