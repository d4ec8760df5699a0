import { randomUUID } from 'node:crypto';
import type { CreateAuthChallengeTriggerEvent } from 'aws-lambda';
import * as z from 'zod';
import { commaList, readEnv } from '../shared/env';
import { invokeLater } from '../shared/invoke';
import { clientMetadataSchema, triggerEvent, userNotFoundSchema } from '../shared/trigger';
import { create } from './create';

const env = readEnv(
  z.object({
    MAGIC_LINK_SENDER: z.string().min(1),
    MAGIC_LINK_REDIRECT_URIS: commaList,
    MAGIC_LINK_MINUTES: z.coerce.number().int().min(1).max(10),
  }),
);
const deps = {
  send: (request: object) => invokeLater(env.MAGIC_LINK_SENDER, request),
  newId: randomUUID,
  redirectUris: env.MAGIC_LINK_REDIRECT_URIS,
  minutes: env.MAGIC_LINK_MINUTES,
};
const eventSchema = triggerEvent({ userNotFound: userNotFoundSchema, clientMetadata: clientMetadataSchema });

export async function handler(
  event: CreateAuthChallengeTriggerEvent,
): Promise<CreateAuthChallengeTriggerEvent> {
  const { userPoolId, callerContext, userName, request } = eventSchema.parse(event);
  const challenge = await create(deps, {
    userPoolId,
    clientId: callerContext.clientId,
    username: userName,
    userNotFound: request.userNotFound,
    attributes: request.userAttributes,
    metadata: request.clientMetadata,
  });
  return { ...event, response: { ...event.response, ...challenge } };
}
