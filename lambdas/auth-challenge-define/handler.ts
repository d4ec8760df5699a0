import type { DefineAuthChallengeTriggerEvent } from 'aws-lambda';
import { sessionSchema, triggerEvent, userNotFoundSchema } from '../shared/trigger';
import { define } from './define';

const eventSchema = triggerEvent({ session: sessionSchema, userNotFound: userNotFoundSchema });

/** Decides after each answer of a sign-in by custom challenge how it goes on. */
export async function handler(
  event: DefineAuthChallengeTriggerEvent,
): Promise<DefineAuthChallengeTriggerEvent> {
  const { request } = eventSchema.parse(event);
  return { ...event, response: { ...event.response, ...define(request.session, request) } };
}
