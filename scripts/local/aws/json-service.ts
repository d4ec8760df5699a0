/** Services that speak AWS JSON 1.1: one POST, the operation in X-Amz-Target, faults as `__type` and message. */
import type * as z from 'zod';
import { type Principals, readAuthentication, verifySignature } from './authentication';
import type { Call, Reply } from './call';
import { AwsError, notImplemented } from './errors';
import { sha256Hex } from './sigv4';
import { readBody } from './wire';

const MAX_BODY = 1024 ** 2;
const CONTENT_TYPE = 'application/x-amz-json-1.1';

/** What a caller needs to be allowed. */
export interface Grant {
  readonly action: string;
  readonly resource: string;
}

export interface Operation {
  /** Members this operation knows here; any other is an error that names it. */
  readonly input: z.ZodObject;
  /** Absent: everybody may call it, without a signature. */
  readonly authorize?: (input: never) => Grant | readonly Grant[];
  readonly run: (input: never) => Promise<object> | object;
}

/** Ties the input's type to what uses it. */
export function operation<Schema extends z.ZodObject>(definition: {
  readonly input: Schema;
  readonly authorize?: (input: z.infer<Schema>) => Grant | readonly Grant[];
  readonly run: (input: z.infer<Schema>) => Promise<object> | object;
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
}

export class JsonService {
  readonly deniedCode = 'AccessDeniedException' as const;

  constructor(private readonly options: JsonServiceOptions) {}

  get name(): string {
    return this.options.name;
  }

  handles(target: string): boolean {
    return target.startsWith(this.options.target);
  }

  async handle(call: Call): Promise<Reply> {
    const { name, target, operations, principals, region } = this.options;
    const sent = call.request.headers.get('x-amz-target') ?? '';
    call.operation = sent.slice(target.length);
    const body = await readBody(call.incoming, MAX_BODY);
    if (!body) throw new AwsError('RequestEntityTooLargeException', 'Request entity too large', 413);
    const authentication = readAuthentication(call.request);
    if (authentication) {
      call.signature = verifySignature(call.request, authentication, sha256Hex(body), {
        principals,
        region,
        now: call.now,
      });
      call.principal = call.signature.principal.roleArn;
    }
    const definition = Object.hasOwn(operations, call.operation) ? operations[call.operation] : undefined;
    if (!this.handles(sent) || !definition)
      throw notImplemented(`${name} ${call.operation || '(no X-Amz-Target)'}`);
    const input = this.parse(definition.input, body, call.operation) as never;
    if (definition.authorize) {
      if (!call.signature)
        throw new AwsError('MissingAuthenticationToken', 'Missing Authentication Token', 403);
      const grants = [definition.authorize(input)].flat();
      call.resource = grants.map(({ resource }) => resource).join(' ');
      for (const { action, resource } of grants) await call.authorize(action, resource);
    }
    const output = await definition.run(input);
    return { status: 200, headers: { 'content-type': CONTENT_TYPE, ...CORS }, body: JSON.stringify(output) };
  }

  private parse(schema: z.ZodObject, body: Buffer, name: string): unknown {
    let json: unknown;
    try {
      json = JSON.parse(body.toString('utf8') || '{}', withoutNull);
    } catch {
      throw new AwsError('SerializationException', 'The request body is no JSON.');
    }
    const parsed = schema.strict().safeParse(json);
    if (parsed.success) return parsed.data;
    const unknown = parsed.error.issues.find((issue) => issue.code === 'unrecognized_keys');
    if (unknown)
      throw notImplemented(
        `the parameter ${[...unknown.path, ...unknown.keys].join('.')} of ${this.name} ${name}`,
      );
    const [issue] = parsed.error.issues;
    throw new AwsError(
      this.options.invalidCode,
      `Invalid parameter ${issue?.path.join('.')}: ${issue?.message}`,
    );
  }

  fault(error: AwsError, call: Call): Reply {
    const body = JSON.stringify({ __type: error.code, message: error.message });
    const headers = { 'content-type': CONTENT_TYPE, 'x-amzn-errortype': error.code, ...CORS };
    return { status: error.status, headers, ...(call.request.method === 'HEAD' ? {} : { body }) };
  }
}

/** A member that is null is one that is not there: some clients write down what they do not have. */
const withoutNull = (_name: string, value: unknown): unknown => value ?? undefined;

/** AWS lets browsers of every origin call these; their credentials are in the call itself. */
export const CORS = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'x-amzn-RequestId,x-amzn-ErrorType',
};
