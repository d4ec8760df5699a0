import * as z from 'zod';

/** The environment variables of a function do not fit what it needs: our fault, at deploy time. */
class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
}

/**
 * Reads environment variables by a schema and reports every fault at once. Values are never part of the
 * message: some of them name internal hosts.
 *
 * @throws EnvironmentError
 */
export function readEnv<T extends z.ZodType>(
  schema: T,
  variables: Readonly<Record<string, string | undefined>> = process.env,
): z.output<T> {
  const result = schema.safeParse(variables);
  if (result.success) return result.data;
  const faults = result.error.issues.map(
    (issue) => `${issue.path.join('.') || 'environment'}: ${issue.message}`,
  );
  throw new EnvironmentError(`The function's environment is incomplete. ${faults.join('; ')}`);
}

/** A list separated by commas; empty or absent is an empty list. */
export const commaList = z
  .string()
  .default('')
  .transform((value) =>
    value
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean),
  );

/** A port number. */
export const port = z.coerce.number().int().min(1).max(65_535);
