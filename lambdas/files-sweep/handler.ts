import * as z from 'zod';
import { systemClock } from '../shared/clock';
import { openMaintenanceDatabase } from '../shared/database';
import { readEnv } from '../shared/env';
import { logger } from '../shared/logger';
import { s3ObjectStore } from '../shared/object-store';
import { type SweepReport, sweep } from './sweep';

const env = readEnv(
  z.object({ DOCUMENTS_BUCKET: z.string().min(1), PHOTOS_BUCKET: z.string().min(1).optional() }),
);
const deps = {
  database: openMaintenanceDatabase(),
  buckets: {
    documents: s3ObjectStore(env.DOCUMENTS_BUCKET),
    ...(env.PHOTOS_BUCKET !== undefined && { photos: s3ObjectStore(env.PHOTOS_BUCKET) }),
  },
  clock: systemClock,
};

/** Runs on a schedule. Fails when objects could not be removed, so that retries and the alarm see it. */
export async function handler(): Promise<SweepReport> {
  const report = await sweep(deps);
  // A metric filter counts `waiting`.
  logger.info('sweep done', { ...report });
  if (report.failures > 0)
    throw new Error(`${report.failures} rows keep their objects; the next sweep tries again`);
  return report;
}
