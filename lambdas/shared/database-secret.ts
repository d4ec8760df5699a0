/** What the secrets of databases hold: where to connect, and as whom. */
import * as z from 'zod';
import type { Target } from './connection';

const expected = '{"url": "postgresql://user:password@host:5432/name", "ca"?: "PEM"}';

/**
 * Connection target of an external database's secret. TLS is always verified: `sslmode` in the URL is ignored, `ca`
 * names the authority of a provider with its own.
 */
export const urlSecret = z
  .object({ url: z.string().min(1), ca: z.string().min(1).optional() })
  .transform(({ url: text, ca }, context): Target => {
    const target = targetOf(text);
    if (target) return { ...target, ca };
    context.addIssue('not the URL of a Postgres database');
    return z.NEVER;
  })
  .describe(expected);

function targetOf(text: string): Target | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^postgres(ql)?:$/.test(url.protocol) || !url.username || url.pathname.length < 2)
    return undefined;
  try {
    return {
      host: url.hostname,
      port: Number(url.port || 5432),
      database: decodeURIComponent(url.pathname.slice(1)),
      user: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
    };
  } catch {
    // A percent sign that encodes nothing.
    return undefined;
  }
}

/** @throws Error that never contains the URL */
export function urlTarget(secret: unknown): Target {
  const parsed = urlSecret.safeParse(secret);
  if (!parsed.success) throw new Error(`expected the database secret to be ${expected}`);
  return parsed.data;
}

const ownerSecret = z.object({
  username: z.string().min(1),
  password: z.string().min(1),
  host: z.string().min(1),
  port: z.coerce.number().int(),
  dbname: z.string().min(1),
});

/** Connection target of the secret RDS keeps for the owner of an instance, or of an external database's. */
export function ownerTarget(secret: unknown): Target {
  const parsed = ownerSecret.safeParse(secret);
  if (!parsed.success) return urlTarget(secret);
  const { username: user, password, host, port, dbname: database } = parsed.data;
  return { host, port, database, user, password };
}
