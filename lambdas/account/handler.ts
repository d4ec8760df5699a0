import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { systemClock } from '../shared/clock';
import { openDatabase } from '../shared/database';
import { commaList, readEnv } from '../shared/env';
import { createHttpHandler } from '../shared/http';
import { invokeLater } from '../shared/invoke';
import { s3ObjectStore } from '../shared/object-store';
import { cognitoUserPool } from '../shared/user-pool-admin';
import { contract } from './contract';
import { routes } from './routes';

const env = readEnv(
  z.object({
    DOCUMENTS_BUCKET: z.string().min(1),
    EXPORT_FUNCTION: z.string().min(1),
    USER_POOL_ID: z.string().min(1).optional(),
    CORS_ORIGINS: commaList,
  }),
);

export const handler = createHttpHandler(
  contract,
  routes({
    database: openDatabase(),
    storage: s3ObjectStore(env.DOCUMENTS_BUCKET),
    userPool: env.USER_POOL_ID === undefined ? undefined : cognitoUserPool(env.USER_POOL_ID),
    startExport: (job) => invokeLater(env.EXPORT_FUNCTION, job),
    clock: systemClock,
    newId: randomUUID,
  }),
  { corsOrigins: env.CORS_ORIGINS },
);
