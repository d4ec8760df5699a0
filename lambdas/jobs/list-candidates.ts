import type * as z from 'zod';
import { decodeCursor } from '../shared/cursor';
import type { Request } from '../shared/http';
import { type CandidateRow, candidatePage } from './candidate-queries';
import type { Dependencies } from './dependencies';
import { jobNotFound } from './job';
import { page } from './list-jobs';
import type { candidatePageSchema, listCandidatesQuery } from './schemas';
import { toSummary } from './views';

/** One page of a job's candidates, newest first. */
export async function listCandidates(
  { database, clock }: Pick<Dependencies, 'database' | 'clock'>,
  { identity, params, query }: Request<{ id: string }, z.output<typeof listCandidatesQuery>>,
): Promise<z.output<typeof candidatePageSchema>> {
  const { status, limit } = query;
  const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
  const rows = await database.withUser<CandidateRow | { id: null }>(
    identity,
    candidatePage({ jobId: params.id, status, limit, after, now: clock() }),
  );
  if (rows.length === 0) throw jobNotFound();
  const candidates = rows.filter((row): row is CandidateRow => row.id !== null);
  return page(candidates, limit, toSummary);
}
