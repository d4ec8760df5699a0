import * as z from 'zod';
import { readEnv } from '../shared/env';
import { s3ObjectStore } from '../shared/object-store';
import { workerDependencies } from '../shared/processing/dependencies';
import { createQueueHandler } from '../shared/processing/queue-handler';
import { importProcessor } from './import-archive';

const positive = z.coerce.number().int().min(1);
const env = readEnv(
  z.object({
    SOURCE_BUCKET: z.string().min(1),
    RESUMES_MAX_BYTES: positive,
    RESUMES_MAX_ARCHIVE_ENTRIES: positive,
  }),
);
const deps = workerDependencies();

export const handler = createQueueHandler(
  importProcessor({
    database: deps.database,
    storage: s3ObjectStore(env.SOURCE_BUCKET),
    clock: deps.clock,
    limits: { maxEntries: env.RESUMES_MAX_ARCHIVE_ENTRIES, maxBytes: env.RESUMES_MAX_BYTES },
  }),
  deps,
);
