import type { Transaction } from '../shared/database';
import { ApiError } from '../shared/errors';
import { holdJob } from './job-queries';

/** For the jobs of others as for those that do not exist. */
export const jobNotFound = (): ApiError => new ApiError('not_found', 'There is no such job.');

export const candidateNotFound = (): ApiError => new ApiError('not_found', 'There is no such candidate.');

export const importNotFound = (): ApiError => new ApiError('not_found', 'There is no such import.');

/**
 * Holds a job that takes candidates, for the rest of the transaction.
 * @throws ApiError not_found, conflict
 */
export async function holdOpenJob(tx: Transaction, id: string): Promise<void> {
  const status = await holdJob(tx, id);
  if (!status) throw jobNotFound();
  if (status === 'closed') {
    throw new ApiError('conflict', 'The job is closed. Open it again to add candidates.', {
      details: { reason: 'job_closed' },
    });
  }
}
