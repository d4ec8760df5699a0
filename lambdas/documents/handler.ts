import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod';
import { systemClock } from '../shared/clock';
import { openDatabase } from '../shared/database';
import { commaList, readEnv } from '../shared/env';
import { type Format, formats } from '../shared/file-formats';
import { createHttpHandler } from '../shared/http';
import { s3ObjectStore } from '../shared/object-store';
import { contract } from './contract';
import { routes } from './routes';

const env = readEnv(
  z.object({
    DOCUMENTS_BUCKET: z.string().min(1),
    DOCUMENTS_MAX_BYTES: z.coerce.number().int().min(1),
    DOCUMENTS_FORMATS: commaList.pipe(z.array(z.enum(Object.keys(formats) as [Format, ...Format[]])).min(1)),
    MALWARE_PROTECTION: z.enum(['true', 'false']),
    CORS_ORIGINS: commaList,
  }),
);

export const handler = createHttpHandler(
  contract,
  routes({
    database: openDatabase(),
    storage: s3ObjectStore(env.DOCUMENTS_BUCKET),
    clock: systemClock,
    newId: randomUUID,
    wait,
    malwareProtection: env.MALWARE_PROTECTION === 'true',
    limits: { maxBytes: env.DOCUMENTS_MAX_BYTES, formats: env.DOCUMENTS_FORMATS },
  }),
  { corsOrigins: env.CORS_ORIGINS },
);
