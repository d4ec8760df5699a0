import { audit } from '../shared/audit';
import type { Request } from '../shared/http';
import type { Dependencies } from './dependencies';
import { jobNotFound } from './job';
import { buryJob } from './job-queries';

/**
 * Deletes a job with its candidates: from the commit on nobody sees any of them. There may be hundreds of files, so
 * the sweep removes them all, and then the rows.
 */
export async function deleteJob(
  { database, clock }: Pick<Dependencies, 'database' | 'clock'>,
  { identity, params: { id }, requestId }: Request<{ id: string }>,
): Promise<void> {
  await database.withUser(identity, async (tx) => {
    const now = clock();
    if (!(await buryJob(tx, id, now))) throw jobNotFound();
    await audit(tx, { action: 'job.delete', entityId: id, requestId, at: now });
  });
}
