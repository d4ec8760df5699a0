import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod';
import { systemClock } from '../shared/clock';
import { commaList, readEnv } from '../shared/env';
import { createHttpHandler } from '../shared/http';
import { magicLinkTable } from '../shared/magic-link-table';
import { poolClient } from '../shared/user-pool';
import { contract } from './contract';
import { routes } from './routes';

const env = readEnv(
  z.object({
    USER_POOL_ID: z.string().min(1),
    USER_POOL_CLIENT_ID: z.string().min(1),
    MAGIC_LINK_TABLE: z.string().min(1),
    MAGIC_LINK_REDIRECT_URIS: commaList,
    MAGIC_LINK_REQUESTS_PER_HOUR: z.coerce.number().int().min(1),
    CORS_ORIGINS: commaList,
  }),
);

export const handler = createHttpHandler(
  contract,
  routes({
    table: magicLinkTable(env.MAGIC_LINK_TABLE),
    answerChallenge: poolClient(env.USER_POOL_CLIENT_ID),
    clock: systemClock,
    wait,
    userPoolId: env.USER_POOL_ID,
    clientId: env.USER_POOL_CLIENT_ID,
    redirectUris: env.MAGIC_LINK_REDIRECT_URIS,
    requestsPerHour: env.MAGIC_LINK_REQUESTS_PER_HOUR,
  }),
  { corsOrigins: env.CORS_ORIGINS },
);
