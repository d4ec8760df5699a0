import type { UserMigrationTriggerEvent } from 'aws-lambda';
import * as z from 'zod';
import { secondsAfter, systemClock } from '../shared/clock';
import { readEnv } from '../shared/env';
import { openIdentityDatabase } from '../shared/identity-database';
import { secrets } from '../shared/secrets';
import { importedHashes } from './hashes';
import { migrate } from './migrate';
import { attributesOf, type Source } from './source';
import { supabase } from './supabase';

const env = readEnv(
  z
    .object({
      LEGACY_ISSUER: z.string().min(1),
      /** The last day, in UTC. */
      MIGRATION_UNTIL: z.iso.date(),
      LEGACY_SUPABASE_URL: z
        .url()
        .refine((url) => /^https:|^http:\/\/(?:localhost|127\.0\.0\.1)[:/]/.test(url), 'expected https')
        .optional(),
      LEGACY_SUPABASE_SECRET_ARN: z.string().min(1).optional(),
      LEGACY_HASHES: z.literal('true').optional(),
    })
    .refine(
      ({ LEGACY_HASHES: hashes, LEGACY_SUPABASE_URL: url, LEGACY_SUPABASE_SECRET_ARN: secret }) =>
        url === undefined ? hashes !== undefined : secret !== undefined,
      'expected LEGACY_HASHES, LEGACY_SUPABASE_URL with LEGACY_SUPABASE_SECRET_ARN, or both',
    ),
);
const secretSchema = z.object({ serviceRoleKey: z.string().min(1) }).describe('{"serviceRoleKey": "..."}');

const sources: Source[] = [];
if (env.LEGACY_HASHES) sources.push(importedHashes(openIdentityDatabase()));
const { LEGACY_SUPABASE_URL: url, LEGACY_SUPABASE_SECRET_ARN: secretArn } = env;
if (url !== undefined && secretArn !== undefined) {
  const serviceRoleKey = async () => (await secrets.json(secretArn, secretSchema)).serviceRoleKey;
  sources.push(supabase({ url, issuer: env.LEGACY_ISSUER, serviceRoleKey, clock: systemClock }));
}
const deps = { sources, clock: systemClock, until: secondsAfter(new Date(env.MIGRATION_UNTIL), 24 * 3600) };

const eventSchema = z.object({
  triggerSource: z.enum(['UserMigration_Authentication', 'UserMigration_ForgotPassword']),
  userName: z.string(),
  request: z.object({ password: z.string().nullish() }),
});

/** Asked by Cognito about somebody it does not know, who signs in by password or has forgotten it. */
export async function handler(event: UserMigrationTriggerEvent): Promise<UserMigrationTriggerEvent> {
  const { triggerSource, userName, request } = eventSchema.parse(event);
  const signsIn = triggerSource === 'UserMigration_Authentication';
  const account = await migrate(deps, {
    username: userName,
    password: signsIn ? (request.password ?? '') : undefined,
  });
  return {
    ...event,
    response: {
      ...event.response,
      userAttributes: attributesOf(account),
      // Whoever has forgotten the password sets a new one at the next step, which confirms them.
      ...(signsIn && { finalUserStatus: 'CONFIRMED' as const }),
      messageAction: 'SUPPRESS',
    },
  };
}
