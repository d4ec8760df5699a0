import type * as z from 'zod';
import { ApiError } from '../shared/errors';
import type { Request } from '../shared/http';
import { logger } from '../shared/logger';
import type { acceptedSchema, requestLinkBody } from './contract';
import { type Dependencies, floorMs } from './dependencies';
import { addressHash } from './source-address';

type Body = z.output<typeof requestLinkBody>;

/**
 * Asks the pool for a link. What the pool thinks of the user changes neither the answer nor its time; what is
 * refused here does not depend on the user.
 *
 * @throws ApiError bad_request, too_many_requests, unavailable
 */
export async function requestLink(
  deps: Dependencies,
  { body, sourceIp }: Request<undefined, undefined, Body>,
): Promise<z.output<typeof acceptedSchema>> {
  const { email, redirectUri, locale } = body;
  if (!deps.redirectUris.includes(redirectUri)) {
    throw new ApiError('bad_request', 'The redirectUri is not one of this application\u2019s.', {
      details: { issues: [{ in: 'body', path: 'redirectUri', message: 'expected one that is configured' }] },
    });
  }
  const { table, clock, requestsPerHour: limit } = deps;
  if (!(await table.countRequest({ addressHash: addressHash(sourceIp), now: clock(), limit }))) {
    throw new ApiError('too_many_requests', 'Too many links were asked for from here. Try again in an hour.');
  }
  const outcome = await atTheEarliest(deps.wait(floorMs), async () =>
    // Anything that is no token asks for a link.
    deps.answerChallenge({
      username: email,
      answer: 'send',
      metadata: { redirectUri, ...(locale !== undefined && { locale }) },
    }),
  );
  if ('refusal' in outcome) logger.info('the pool sent no link', { reason: outcome.refusal });
  return {};
}

/** The result or the error of `work`, not before `floor`. */
async function atTheEarliest<T>(floor: Promise<void>, work: () => Promise<T>): Promise<T> {
  const [result] = await Promise.allSettled([work(), floor]);
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}
