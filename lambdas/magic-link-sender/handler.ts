import { randomBytes } from 'node:crypto';
import type { Context } from 'aws-lambda';
import * as z from 'zod';
import { systemClock } from '../shared/clock';
import { readEnv } from '../shared/env';
import { logger } from '../shared/logger';
import { kmsMac } from '../shared/mac';
import { linkRequestSchema } from '../shared/magic-link';
import { magicLinkTable } from '../shared/magic-link-table';
import type { Mail } from './mail';
import { sendLink } from './send-link';

const env = readEnv(
  z.object({
    MAGIC_LINK_TABLE: z.string().min(1),
    MAGIC_LINK_KEY: z.string().min(1),
    MAGIC_LINK_FROM: z.string().min(3),
    MAGIC_LINK_MINUTES: z.coerce.number().int().min(1).max(10),
    MAGIC_LINK_APPLICATION: z.string().min(1),
  }),
);
const deps = {
  table: magicLinkTable(env.MAGIC_LINK_TABLE),
  sign: kmsMac(env.MAGIC_LINK_KEY).sign,
  // Loaded at the first mail: requests for users who do not exist end before.
  deliver: async (to: string, mail: Mail) => (await import('./ses')).sendBySes(env.MAGIC_LINK_FROM, to, mail),
  clock: systemClock,
  randomBytes,
  application: env.MAGIC_LINK_APPLICATION,
  minutes: env.MAGIC_LINK_MINUTES,
};

/** Invoked asynchronously, so that nobody can measure what it does. What it throws, Lambda tries again. */
export async function handler(event: unknown, { awsRequestId }: Context): Promise<void> {
  const outcome = await sendLink(deps, linkRequestSchema.parse(event), awsRequestId);
  logger.info('magic link', { outcome });
}
