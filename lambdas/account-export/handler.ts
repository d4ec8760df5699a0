import type { Context } from 'aws-lambda';
import * as z from 'zod';
import { systemClock } from '../shared/clock';
import { openDatabase } from '../shared/database';
import { readEnv } from '../shared/env';
import { exportJobSchema } from '../shared/export-job';
import { logger } from '../shared/logger';
import { s3ObjectStore } from '../shared/object-store';
import { s3ArchiveStore } from './archive-store';
import { writeExport } from './write-export';

const bucket = z.string().min(1);
const env = readEnv(z.object({ DOCUMENTS_BUCKET: bucket, PHOTOS_BUCKET: bucket.optional() }));
const deps = {
  database: openDatabase(),
  storage: s3ObjectStore(env.DOCUMENTS_BUCKET),
  photoStorage: env.PHOTOS_BUCKET === undefined ? undefined : s3ObjectStore(env.PHOTOS_BUCKET),
  archives: s3ArchiveStore(env.DOCUMENTS_BUCKET),
  clock: systemClock,
};

/** Runs asynchronously. Lambda repeats a failed event twice, with the same request id. */
export async function handler(event: unknown, context: Context): Promise<void> {
  logger.addContext(context);
  await writeExport(deps, exportJobSchema.parse(event), context.awsRequestId);
}
