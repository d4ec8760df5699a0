/** Services that speak REST JSON: the operation in method and path, faults as `message` and X-Amzn-ErrorType. */
import { type Principals, readAuthentication, verifySignature } from './authentication';
import type { Call, Reply } from './call';
import { AwsError, notImplemented } from './errors';
import { decode, sha256Hex } from './sigv4';
import { readBody } from './wire';

export interface Route {
  readonly operation: string;
  readonly method: 'GET' | 'POST';
  /** A segment in braces takes any value and gives it that name. */
  readonly path: string;
  /** Query parameters it knows; any other is an error that names it. @default none */
  readonly query?: readonly string[];
  /** `x-amz-*` headers it knows beside those of every signed request. @default none */
  readonly headers?: readonly string[];
  /** Largest body in bytes. @default 1 MiB */
  readonly limit?: number;
  readonly run: (request: RestRequest) => Promise<Reply>;
}

export interface RestRequest {
  /** Its `authorize` is for the route to call. */
  readonly call: Call;
  /** Values of the path's braces, decoded. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: ReadonlyMap<string, string>;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

export interface RestJsonServiceOptions {
  /** IAM prefix, and the service of the signature's scope. */
  readonly name: string;
  readonly routes: readonly Route[];
  /** Of the fault for a body over the limit. */
  readonly tooLargeCode: string;
  readonly principals: Principals;
  readonly region: string;
}

/** What every SDK sends; none of them changes what an operation does. */
const everywhere = new Set([
  'x-amz-content-sha256',
  'x-amz-date',
  'x-amz-security-token',
  'x-amz-user-agent',
]);

export class RestJsonService {
  constructor(private readonly options: RestJsonServiceOptions) {}

  get name(): string {
    return this.options.name;
  }

  async handle(call: Call): Promise<Reply> {
    const { name, routes, tooLargeCode, principals, region } = this.options;
    const { request } = call;
    const found = matching(routes, call);
    call.operation = found?.route.operation ?? `${request.method} ${request.path}`;
    const limit = found?.route.limit ?? 1024 ** 2;
    const body = await readBody(call.incoming, limit);
    if (!body) throw new AwsError(tooLargeCode, `Request must be smaller than ${limit} bytes`, 413);
    const authentication = readAuthentication(request);
    if (!authentication)
      throw new AwsError('MissingAuthenticationTokenException', 'Missing Authentication Token', 403);
    call.signature = verifySignature(request, authentication, sha256Hex(body), {
      principals,
      region,
      now: call.now,
    });
    call.credentials = call.signature.principal;
    call.principal = call.credentials.roleArn;
    if (!found) throw notImplemented(`${name} ${call.operation}`);
    const { route, path } = found;
    refuseUnknown(`${name} ${route.operation}`, route, request);
    return route.run({ call, path, query: new Map(request.query), headers: request.headers, body });
  }

  fault(error: AwsError): Reply {
    return {
      status: error.status,
      headers: { 'content-type': 'application/json', 'x-amzn-errortype': error.code },
      body: JSON.stringify({ message: error.message, ...error.members }),
    };
  }
}

function matching(
  routes: readonly Route[],
  { request }: Call,
): { route: Route; path: Record<string, string> } | undefined {
  for (const route of routes) {
    const path = route.method === request.method ? pathValues(route.path, request.path) : undefined;
    if (path) return { route, path };
  }
  return undefined;
}

function pathValues(pattern: string, path: string): Record<string, string> | undefined {
  const [expected, sent] = [pattern.split('/'), path.split('/')];
  if (expected.length !== sent.length) return undefined;
  const values: Record<string, string> = {};
  for (const [index, segment] of expected.entries()) {
    const value = decode(sent[index] ?? '');
    if (segment.startsWith('{') && value !== '') values[segment.slice(1, -1)] = value;
    else if (segment !== value) return undefined;
  }
  return values;
}

function refuseUnknown(name: string, { query = [], headers = [] }: Route, request: Call['request']): void {
  for (const [parameter] of request.query)
    if (!query.includes(parameter)) throw notImplemented(`the parameter ${parameter} of ${name}`);
  for (const header of request.headers.keys())
    if (header.startsWith('x-amz-') && !everywhere.has(header) && !headers.includes(header))
      throw notImplemented(`the header ${header} of ${name}`);
}
