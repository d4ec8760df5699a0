import type * as z from 'zod';
import { ApiError } from '../shared/errors';
import { logger } from '../shared/logger';
import type { healthSchema } from './contract';

export interface HealthDependencies {
  readonly version: string;
  readonly database: { ping(): Promise<void> };
  /** Absent in an environment without a cache. */
  readonly cache: { ping(): Promise<void> } | undefined;
}

/** A probe that waits longer than this may as well report a failure; API Gateway would after 29 s. */
const probeMs = 4_000;

/** @throws ApiError unavailable, naming what cannot be reached; why stays in the log */
export async function getHealth({
  version,
  database,
  cache,
}: HealthDependencies): Promise<z.output<typeof healthSchema>> {
  const [databaseOk, cacheOk] = await Promise.all([
    reachable('database', database),
    cache ? reachable('cache', cache) : undefined,
  ]);
  const checks = {
    database: databaseOk ? 'ok' : 'unreachable',
    cache: cacheOk === undefined ? 'off' : cacheOk ? 'ok' : 'unreachable',
  } as const;
  if (checks.database === 'ok' && checks.cache !== 'unreachable') {
    return { status: 'ok', version, checks: { database: checks.database, cache: checks.cache } };
  }
  throw new ApiError('unavailable', 'Not everything can be reached.', { details: { version, checks } });
}

async function reachable(name: string, probe: { ping(): Promise<void> }): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  try {
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${probeMs} ms`)), probeMs);
    });
    await Promise.race([probe.ping(), late]);
    return true;
  } catch (error) {
    logger.error(`${name} unreachable`, { error: error as Error });
    return false;
  } finally {
    clearTimeout(timer);
  }
}
