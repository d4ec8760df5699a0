/** Services that speak AWS JSON: one POST, the operation in X-Amz-Target, faults as `__type` and message. */
import type * as z from 'zod';
import { type Principals, readAuthentication, verifySignature } from './authentication';
import type { Conditions } from './authorization';
import type { Call, Reply } from './call';
import { AwsError, notImplemented } from './errors';
import { parseInput, readJson } from './json-input';
import { sha256Hex } from './sigv4';
import { readBody } from './wire';

/** What a caller needs to be allowed. */
export interface Grant {
  readonly action: string;
  readonly resource: string;
  /** Condition keys of the service with their values. @default none */
  readonly conditions?: Conditions;
}

type Grants = Grant | readonly Grant[];

export interface Operation {
  /** Members this operation knows here; any other is an error that names it. */
  readonly input: z.ZodObject;
  /** Absent: everybody may call it, without a signature. */
  readonly authorize?: (input: never) => Grants | Promise<Grants>;
  readonly run: (input: never, call: Call) => Promise<object> | object;
}

/** Ties the input's type to what uses it. */
export function operation<Schema extends z.ZodObject>(definition: {
  readonly input: Schema;
  readonly authorize?: (input: z.infer<Schema>) => Grants | Promise<Grants>;
  readonly run: (input: z.infer<Schema>, call: Call) => Promise<object> | object;
}): Operation {
  return definition as Operation;
}

export interface JsonServiceOptions {
  /** IAM prefix, and the service of the signature's scope. */
  readonly name: string;
  /** Part of X-Amz-Target before the operation, with its dot. */
  readonly target: string;
  readonly operations: Readonly<Record<string, Operation>>;
  /** Code of the fault for a malformed input. */
  readonly invalidCode: string;
  readonly principals: Principals;
  readonly region: string;
  /** Of AWS JSON. @default '1.1' */
  readonly version?: '1.0' | '1.1';
  /** Largest request in bytes. @default 1 MiB */
  readonly limit?: number;
  /** Code of a fault in the query protocol the service spoke before. @default it never did */
  readonly queryCode?: (code: string) => string;
}

export class JsonService {
  constructor(private readonly options: JsonServiceOptions) {}

  get name(): string {
    return this.options.name;
  }

  private get headers() {
    return { 'content-type': `application/x-amz-json-${this.options.version ?? '1.1'}`, ...CORS };
  }

  /** Operations that a caller needs to be allowed to. */
  get guarded(): readonly string[] {
    return Object.entries(this.options.operations).flatMap(([name, { authorize }]) =>
      authorize ? [name] : [],
    );
  }

  handles(target: string): boolean {
    return target.startsWith(this.options.target);
  }

  async handle(call: Call): Promise<Reply> {
    const { name, target, operations, principals, region, invalidCode, limit = 1024 ** 2 } = this.options;
    const sent = call.request.headers.get('x-amz-target') ?? '';
    call.operation = sent.slice(target.length);
    const body = await readBody(call.incoming, limit);
    if (!body) throw new AwsError('RequestEntityTooLargeException', 'Request entity too large', 413);
    const authentication = readAuthentication(call.request);
    if (authentication) {
      call.signature = verifySignature(call.request, authentication, sha256Hex(body), {
        principals,
        region,
        now: call.now,
      });
      call.credentials = call.signature.principal;
      call.principal = call.credentials.roleArn;
    }
    const definition = Object.hasOwn(operations, call.operation) ? operations[call.operation] : undefined;
    if (!this.handles(sent) || !definition)
      throw notImplemented(`${name} ${call.operation || '(no X-Amz-Target)'}`);
    const input = parseInput(definition.input, readJson(body), {
      name: `${name} ${call.operation}`,
      invalidCode,
    }) as never;
    if (definition.authorize) {
      if (!call.signature)
        throw new AwsError('MissingAuthenticationToken', 'Missing Authentication Token', 403);
      const grants = [await definition.authorize(input)].flat();
      call.resource = [...new Set(grants.map(({ resource }) => resource))].join(' ');
      for (const { action, resource, conditions } of grants)
        await call.authorize(action, resource, conditions);
    }
    const output = await definition.run(input, call);
    return { status: 200, headers: this.headers, body: JSON.stringify(output) };
  }

  fault(error: AwsError, call: Call): Reply {
    const body = JSON.stringify({ __type: error.code, message: error.message, ...error.members });
    const { queryCode } = this.options;
    const fault = error.status < 500 ? 'Sender' : 'Receiver';
    const headers = {
      ...this.headers,
      'x-amzn-errortype': error.code,
      ...(queryCode && { 'x-amzn-query-error': `${queryCode(error.code)};${fault}` }),
    };
    return { status: error.status, headers, ...(call.request.method === 'HEAD' ? {} : { body }) };
  }
}

/** AWS lets browsers of every origin call these; their credentials are in the call itself. */
export const CORS = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'x-amzn-RequestId,x-amzn-ErrorType',
};
