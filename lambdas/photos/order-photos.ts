import type * as z from 'zod';
import { audit } from '../shared/audit';
import { ApiError } from '../shared/errors';
import type { Request } from '../shared/http';
import type { orderBody } from './contract';
import type { Dependencies } from './dependencies';
import { holdUser, photoIds, setOrder } from './queries';

type Body = z.output<typeof orderBody>;

/** Puts all photos into an order. Of two calls at once the later one counts, as a whole. */
export async function orderPhotos(
  { database, clock }: Pick<Dependencies, 'database' | 'clock'>,
  { identity, body: { ids }, requestId }: Request<undefined, undefined, Body>,
): Promise<void> {
  const wanted = new Set(ids.map((id) => id.toLowerCase()));
  if (wanted.size !== ids.length) {
    throw new ApiError('bad_request', 'Name every photo once.', {
      details: { issues: [{ in: 'body', path: 'ids', message: 'expected no id twice' }] },
    });
  }
  await database.withUser(identity, async (tx) => {
    await holdUser(tx);
    const present = await photoIds(tx);
    if (present.length !== wanted.size || !present.every((id) => wanted.has(id))) {
      throw new ApiError('conflict', 'The photos are not those of the list. Get the list again.', {
        details: { reason: 'other_photos' },
      });
    }
    await setOrder(tx, [...wanted]);
    await audit(tx, { action: 'photo.order', entityId: tx.userId, requestId, at: clock() });
  });
}
