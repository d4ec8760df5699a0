import * as z from 'zod';
import { openExtractor } from '../extraction/extraction';
import { readEnv } from '../shared/env';
import { workerDependencies } from '../shared/processing/dependencies';
import { createQueueHandler } from '../shared/processing/queue-handler';
import { documentProcessor } from './document-processor';

const env = readEnv(z.object({ DOCUMENTS_MAX_BYTES: z.coerce.number().int().min(1) }));

export const handler = createQueueHandler(
  documentProcessor(openExtractor(), { fileBytes: env.DOCUMENTS_MAX_BYTES }),
  workerDependencies(),
);
