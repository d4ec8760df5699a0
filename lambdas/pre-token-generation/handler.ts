import type { PreTokenGenerationTriggerEvent } from 'aws-lambda';
import { openIdentityDatabase } from '../shared/identity-database';
import { triggerEvent } from '../shared/trigger';
import { personOf } from '../shared/user-pool';
import { userIdOf } from './user-id';

const deps = { database: openIdentityDatabase() };
const eventSchema = triggerEvent({});

/** Runs before every token, also a refreshed one, and adds the claim `landfall:user_id` to ID tokens. */
export async function handler(
  event: PreTokenGenerationTriggerEvent,
): Promise<PreTokenGenerationTriggerEvent> {
  const userId = await userIdOf(deps, personOf(eventSchema.parse(event)));
  if (userId === undefined) return event;
  const claimsOverrideDetails = { claimsToAddOrOverride: { 'landfall:user_id': userId } };
  return { ...event, response: { ...event.response, claimsOverrideDetails } };
}
