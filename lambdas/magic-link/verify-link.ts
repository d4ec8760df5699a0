import type * as z from 'zod';
import { ApiError } from '../shared/errors';
import type { Request } from '../shared/http';
import { logger } from '../shared/logger';
import { parseToken } from '../shared/magic-link';
import type { tokensSchema, verifyLinkBody } from './contract';
import type { Dependencies } from './dependencies';

type Body = z.output<typeof verifyLinkBody>;

/**
 * Signs in with a link's token. The token says who; whether it is to be believed, the pool's trigger decides.
 *
 * @throws ApiError unauthorized, with one message for every reason
 */
export async function verifyLink(
  { answerChallenge, userPoolId, clientId }: Dependencies,
  { body }: Request<undefined, undefined, Body>,
): Promise<z.output<typeof tokensSchema>> {
  const link = parseToken(body.token)?.link;
  if (link?.userPoolId !== userPoolId || link.clientId !== clientId) throw refused();
  const outcome = await answerChallenge({ username: link.username, answer: body.token });
  if ('tokens' in outcome) return { ...outcome.tokens, tokenType: 'Bearer' };
  logger.info('the pool refused a link', {
    reason: 'refusal' in outcome ? outcome.refusal : outcome.challenge,
  });
  throw refused();
}

function refused(): ApiError {
  return new ApiError('unauthorized', 'This link does not work, or no longer. Ask for a new one.');
}
