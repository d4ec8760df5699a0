import type { Request } from '../shared/http';
import { type CandidateRow, candidateById } from './candidate-queries';
import type { Dependencies } from './dependencies';
import { candidateNotFound } from './job';
import { type Candidate, toCandidate } from './views';

type CandidateRequest = Request<{ id: string; candidateId: string }>;

/** @throws ApiError not_found */
export async function getCandidate(
  deps: Pick<Dependencies, 'database' | 'clock'>,
  request: CandidateRequest,
): Promise<Candidate> {
  return toCandidate(await ownCandidate(deps, request));
}

export async function ownCandidate(
  { database, clock }: Pick<Dependencies, 'database' | 'clock'>,
  { identity, params: { id, candidateId } }: CandidateRequest,
): Promise<CandidateRow> {
  const [row] = await database.withUser<CandidateRow>(identity, candidateById(id, candidateId, clock()));
  if (!row) throw candidateNotFound();
  return row;
}
