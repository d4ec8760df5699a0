import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod';
import { systemClock } from '../shared/clock';
import { openDatabase } from '../shared/database';
import { commaList, readEnv } from '../shared/env';
import { createHttpHandler } from '../shared/http';
import { s3MultipartStore } from '../shared/multipart-store';
import { s3ObjectStore } from '../shared/object-store';
import { contract } from './contract';
import { routes } from './routes';

const positive = z.coerce.number().int().min(1);
const env = readEnv(
  z.object({
    DOCUMENTS_BUCKET: z.string().min(1),
    RESUMES_MAX_BYTES: positive,
    RESUMES_MAX_ARCHIVE_BYTES: positive,
    RESUMES_RETENTION_DAYS: positive,
    MALWARE_PROTECTION: z.enum(['true', 'false']).default('false'),
    CORS_ORIGINS: commaList,
  }),
);

export const handler = createHttpHandler(
  contract,
  routes({
    database: openDatabase(),
    storage: s3ObjectStore(env.DOCUMENTS_BUCKET),
    multipart: s3MultipartStore(env.DOCUMENTS_BUCKET),
    clock: systemClock,
    newId: randomUUID,
    wait,
    limits: {
      maxBytes: env.RESUMES_MAX_BYTES,
      maxArchiveBytes: env.RESUMES_MAX_ARCHIVE_BYTES,
      retentionDays: env.RESUMES_RETENTION_DAYS,
    },
    scanned: env.MALWARE_PROTECTION === 'true',
  }),
  { corsOrigins: env.CORS_ORIGINS },
);
