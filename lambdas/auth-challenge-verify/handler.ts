import type { VerifyAuthChallengeResponseTriggerEvent } from 'aws-lambda';
import * as z from 'zod';
import { systemClock } from '../shared/clock';
import { readEnv } from '../shared/env';
import { kmsMac } from '../shared/mac';
import { magicLinkTable } from '../shared/magic-link-table';
import { triggerEvent, userNotFoundSchema } from '../shared/trigger';
import { redeem } from './redeem';

const env = readEnv(z.object({ MAGIC_LINK_TABLE: z.string().min(1), MAGIC_LINK_KEY: z.string().min(1) }));
const deps = {
  table: magicLinkTable(env.MAGIC_LINK_TABLE),
  checkMac: kmsMac(env.MAGIC_LINK_KEY).check,
  clock: systemClock,
};
const eventSchema = triggerEvent({
  userNotFound: userNotFoundSchema,
  privateChallengeParameters: z.object({ attempt: z.string().min(1).optional() }).nullish(),
  challengeAnswer: z.string(),
});

export async function handler(
  event: VerifyAuthChallengeResponseTriggerEvent,
): Promise<VerifyAuthChallengeResponseTriggerEvent> {
  const { userPoolId, callerContext, userName, request } = eventSchema.parse(event);
  const answerCorrect = await redeem(deps, {
    userPoolId,
    clientId: callerContext.clientId,
    username: userName,
    userNotFound: request.userNotFound,
    answer: request.challengeAnswer,
    attempt: request.privateChallengeParameters?.attempt,
  });
  return { ...event, response: { ...event.response, answerCorrect } };
}
