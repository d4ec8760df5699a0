import type { Redis } from 'ioredis';
import * as z from 'zod';
import { environmentCredentials, presignedToken } from './aws-presign';
import { port, readEnv } from './env';
import { logger } from './logger';

/** The application's way to the cache. */
export interface Cache {
  /** Resolves when the cache answers. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

const envSchema = z.object({
  CACHE_HOST: z.string().min(1),
  CACHE_PORT: port,
  CACHE_USER: z.string().min(1),
  CACHE_NAME: z.string().min(1),
});

const connectTimeoutMs = 2_000;

/** Undefined in an environment without a cache. */
export function openCache(variables: NodeJS.ProcessEnv = process.env): Cache | undefined {
  if (!variables.CACHE_HOST) return undefined;
  const env = readEnv(envSchema, variables);
  let client: Redis | undefined;

  const connected = async (): Promise<Redis> => {
    if (client?.status === 'ready') return client;
    client?.disconnect();
    // Loaded at the first use, like the token, which lives 15 minutes: a lost connection gets a new client.
    const { Redis: Client } = await import('ioredis');
    const { region, ...credentials } = environmentCredentials(variables);
    const password = presignedToken({
      service: 'elasticache',
      host: env.CACHE_NAME,
      query: { Action: 'connect', User: env.CACHE_USER },
      region,
      credentials,
      now: new Date(),
    });
    const fresh = new Client({
      host: env.CACHE_HOST,
      port: env.CACHE_PORT,
      username: env.CACHE_USER,
      password,
      tls: { servername: env.CACHE_HOST },
      lazyConnect: true,
      connectTimeout: connectTimeoutMs,
      commandTimeout: connectTimeoutMs,
      maxRetriesPerRequest: 0,
      enableOfflineQueue: false,
      retryStrategy: () => null,
    });
    // Without a listener a connection that breaks while idle would end the process. Of the error only the message
    // is logged: that of a refused login carries the token.
    fresh.on('error', ({ message }) => {
      logger.warn('cache connection failed', { reason: message });
      fresh.disconnect();
    });
    client = fresh;
    await fresh.connect();
    return fresh;
  };

  return {
    ping: async () => {
      await (await connected()).ping();
    },
    close: async () => client?.disconnect(),
  };
}
