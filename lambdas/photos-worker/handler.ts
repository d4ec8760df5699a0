import * as z from 'zod';
import { readEnv } from '../shared/env';
import { s3ObjectStore } from '../shared/object-store';
import { workerDependencies } from '../shared/processing/dependencies';
import { createQueueHandler } from '../shared/processing/queue-handler';
import { photoProcessor } from './processor';

const env = readEnv(
  z.object({ SOURCE_BUCKET: z.string().min(1), PHOTOS_MAX_MEGAPIXELS: z.coerce.number().int().min(1) }),
);

export const handler = createQueueHandler(
  photoProcessor({
    storage: s3ObjectStore(env.SOURCE_BUCKET),
    maxPixels: env.PHOTOS_MAX_MEGAPIXELS * 1_000_000,
  }),
  workerDependencies(),
);
