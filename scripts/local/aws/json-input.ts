/** Reads the JSON a caller sent: what an operation does not know is refused by name, never ignored. */
import type * as z from 'zod';
import { AwsError, notImplemented } from './errors';

export interface InputOf {
  /** Service and operation, for the message. */
  readonly name: string;
  /** Code of the fault for a malformed input. */
  readonly invalidCode: string;
}

/** A member that is null is one that is not there: some clients write down what they do not have. */
const withoutNull = (_name: string, value: unknown): unknown => value ?? undefined;

/** @throws AwsError SerializationException */
export function readJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8') || '{}', withoutNull);
  } catch {
    throw new AwsError('SerializationException', 'The request body is no JSON.');
  }
}

/** @throws AwsError NotImplemented for an unknown parameter, `invalidCode` for a malformed one */
export function parseInput<Schema extends z.ZodObject>(
  schema: Schema,
  json: unknown,
  { name, invalidCode }: InputOf,
): z.infer<Schema> {
  const parsed = schema.strict().safeParse(json);
  if (parsed.success) return parsed.data as z.infer<Schema>;
  const unknown = parsed.error.issues.find((issue) => issue.code === 'unrecognized_keys');
  if (unknown)
    throw notImplemented(`the parameter ${[...unknown.path, ...unknown.keys].join('.')} of ${name}`);
  const [issue] = parsed.error.issues;
  throw new AwsError(invalidCode, `Invalid parameter ${issue?.path.join('.')}: ${issue?.message}`);
}
