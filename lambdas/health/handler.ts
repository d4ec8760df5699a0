import * as z from 'zod';
import { openCache } from '../shared/cache';
import { openDatabase } from '../shared/database';
import { commaList, readEnv } from '../shared/env';
import { createHttpHandler, on } from '../shared/http';
import { contract } from './contract';
import { getHealth } from './get-health';

const env = readEnv(z.object({ LANDFALL_VERSION: z.string().default('unknown'), CORS_ORIGINS: commaList }));
const deps = { version: env.LANDFALL_VERSION, database: openDatabase(), cache: openCache() };

export const handler = createHttpHandler(
  contract,
  { getHealth: on({}, () => getHealth(deps)) },
  { corsOrigins: env.CORS_ORIGINS },
);
