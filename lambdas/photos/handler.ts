import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod';
import { systemClock } from '../shared/clock';
import { openDatabase } from '../shared/database';
import { commaList, readEnv } from '../shared/env';
import { createHttpHandler } from '../shared/http';
import { s3ObjectStore } from '../shared/object-store';
import { openPhotoSigner } from '../shared/signed-url';
import { contract } from './contract';
import { routes } from './routes';

const wholeNumber = z.coerce.number().int().min(1);
const env = readEnv(
  z.object({
    PHOTOS_BUCKET: z.string().min(1),
    PHOTOS_MAX_BYTES: wholeNumber,
    PHOTOS_MAX_MEGAPIXELS: wholeNumber,
    PHOTOS_MAX_PER_USER: wholeNumber,
    CORS_ORIGINS: commaList,
  }),
);

export const handler = createHttpHandler(
  contract,
  routes({
    database: openDatabase(),
    storage: s3ObjectStore(env.PHOTOS_BUCKET),
    signer: openPhotoSigner(),
    clock: systemClock,
    newId: randomUUID,
    wait,
    limits: {
      maxBytes: env.PHOTOS_MAX_BYTES,
      maxPixels: env.PHOTOS_MAX_MEGAPIXELS * 1_000_000,
      maxPerUser: env.PHOTOS_MAX_PER_USER,
    },
  }),
  { corsOrigins: env.CORS_ORIGINS },
);
