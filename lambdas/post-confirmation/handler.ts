import type { PostConfirmationTriggerEvent } from 'aws-lambda';
import { openIdentityDatabase } from '../shared/identity-database';
import { triggerEvent } from '../shared/trigger';
import { personOf } from '../shared/user-pool';
import { register } from './register';

const deps = { database: openIdentityDatabase() };
const eventSchema = triggerEvent({});

/** Runs after a confirmed sign-up; also after a new password by code, which makes no new user. */
export async function handler(event: PostConfirmationTriggerEvent): Promise<PostConfirmationTriggerEvent> {
  const parsed = eventSchema.parse(event);
  if (parsed.triggerSource === 'PostConfirmation_ConfirmSignUp') await register(deps, personOf(parsed));
  return event;
}
