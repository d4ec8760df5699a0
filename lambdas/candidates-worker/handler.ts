import * as z from 'zod';
import { openExtractor } from '../extraction/extraction';
import { ruleParser } from '../profile/rule-parser';
import { readEnv } from '../shared/env';
import { workerDependencies } from '../shared/processing/dependencies';
import { createQueueHandler } from '../shared/processing/queue-handler';
import { candidateProcessor } from './candidate-processor';

const env = readEnv(z.object({ RESUMES_MAX_BYTES: z.coerce.number().int().min(1) }));

export const handler = createQueueHandler(
  // Another parser takes its place here: see lambdas/profile/profile-parser.ts.
  candidateProcessor(openExtractor(), ruleParser, { fileBytes: env.RESUMES_MAX_BYTES }),
  workerDependencies(),
);
