import * as z from 'zod';
import { systemClock } from '../shared/clock';
import { openMaintenanceDatabase } from '../shared/database';
import { readEnv } from '../shared/env';
import { logger } from '../shared/logger';
import { s3ObjectStore } from '../shared/object-store';
import { cognitoUserPool } from '../shared/user-pool-admin';
import { type SweepReport, sweep } from './sweep';

const env = readEnv(
  z.object({ DOCUMENTS_BUCKET: z.string().min(1), USER_POOL_ID: z.string().min(1).optional() }),
);
const deps = {
  database: openMaintenanceDatabase(),
  storage: s3ObjectStore(env.DOCUMENTS_BUCKET),
  userPool: env.USER_POOL_ID === undefined ? undefined : cognitoUserPool(env.USER_POOL_ID),
  clock: systemClock,
};

/** Runs on a schedule. Fails when something could not be removed, so that retries and the alarm see it. */
export async function handler(): Promise<SweepReport> {
  const report = await sweep(deps);
  logger.info('sweep done', { ...report });
  if (report.failures > 0)
    throw new Error(`${report.failures} removals failed; the next sweep tries them again`);
  return report;
}
