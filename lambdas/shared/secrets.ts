import * as z from 'zod';
import type { Target } from './connection';

/** A rotated secret is picked up after this time at the latest. */
const cacheMs = 5 * 60_000;

const cache = new Map<string, { readonly value: Promise<unknown>; readonly until: number }>();

/**
 * The JSON of a Secrets Manager secret, kept for five minutes.
 * @throws Error naming the secret, never its content, when it is absent or no JSON
 */
export async function readSecret(arn: string, { fresh = false } = {}): Promise<unknown> {
  const known = cache.get(arn);
  if (!fresh && known && known.until > Date.now()) return known.value;
  const value = fetchSecret(arn);
  cache.set(arn, { value, until: Date.now() + cacheMs });
  // A failure must not be remembered.
  value.catch(() => cache.delete(arn));
  return value;
}

async function fetchSecret(arn: string): Promise<unknown> {
  // Loaded where it is used: functions that log in with an IAM token never need it.
  const { GetSecretValueCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
  const client = new SecretsManagerClient({ maxAttempts: 3 });
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: arn }));
    return JSON.parse(SecretString ?? '');
  } catch (cause) {
    if (cause instanceof SyntaxError) throw new Error(`expected a JSON object in the secret ${arn}`);
    throw cause;
  } finally {
    client.destroy();
  }
}

const urlSecret = z.object({ url: z.string().min(1), ca: z.string().min(1).optional() });

/**
 * Connection target of an external database's secret, `{"url": "postgresql://...", "ca"?: "PEM"}`. TLS is
 * always verified: `sslmode` in the URL is ignored, `ca` names the authority of a provider with its own.
 *
 * @throws Error that never contains the URL
 */
export function urlTarget(secret: unknown): Target {
  const parsed = urlSecret.safeParse(secret);
  const url = parsed.success && URL.canParse(parsed.data.url) ? new URL(parsed.data.url) : undefined;
  if (
    !parsed.success ||
    !url ||
    !/^postgres(ql)?:$/.test(url.protocol) ||
    !url.username ||
    url.pathname.length < 2
  ) {
    throw new Error(
      'expected the database secret to be {"url": "postgresql://user:password@host:5432/name"}',
    );
  }
  return {
    host: url.hostname,
    port: Number(url.port || 5432),
    database: decodeURIComponent(url.pathname.slice(1)),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    ca: parsed.data.ca,
  };
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
