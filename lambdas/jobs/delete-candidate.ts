import { audit } from '../shared/audit';
import type { Request } from '../shared/http';
import { logger } from '../shared/logger';
import { buryCandidate, forgetCandidate } from './candidate-queries';
import type { Dependencies } from './dependencies';
import { candidateNotFound } from './job';

/** Deletes a candidate: the row becomes a tombstone, then the object goes, then the row. The sweep does what is left. */
export async function deleteCandidate(
  { database, storage, clock }: Pick<Dependencies, 'database' | 'storage' | 'clock'>,
  { identity, params: { id: jobId, candidateId }, requestId }: Request<{ id: string; candidateId: string }>,
): Promise<void> {
  const key = await database.withUser(identity, async (tx) => {
    const now = clock();
    const objectKey = await buryCandidate(tx, jobId, candidateId, now);
    if (objectKey === undefined) throw candidateNotFound();
    await audit(tx, { action: 'candidate.delete', entityId: candidateId, requestId, at: now });
    return objectKey;
  });
  try {
    await storage.remove(key);
    await database.withUser(identity, (tx) => forgetCandidate(tx, candidateId));
  } catch (error) {
    logger.warn('deletion left to the sweep', { candidateId, error: error as Error });
  }
}
