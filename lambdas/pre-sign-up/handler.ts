import type { PreSignUpTriggerEvent } from 'aws-lambda';
import * as z from 'zod';
import { commaList, readEnv } from '../shared/env';
import { triggerEvent } from '../shared/trigger';
import { checkDomain } from './check-domain';

const env = readEnv(z.object({ ALLOWED_EMAIL_DOMAINS: commaList }));
const eventSchema = triggerEvent({});

/** Asked about every new user: who signs up, arrives from another identity provider, or is created by an operator. */
export async function handler(event: PreSignUpTriggerEvent): Promise<PreSignUpTriggerEvent> {
  const { request } = eventSchema.parse(event);
  checkDomain(request.userAttributes.email, env.ALLOWED_EMAIL_DOMAINS);
  return event;
}
