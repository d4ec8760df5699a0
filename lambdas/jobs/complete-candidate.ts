import type { Request } from '../shared/http';
import { completeUpload } from '../shared/uploads/complete-upload';
import { candidateUpload } from './candidate-upload';
import type { Dependencies } from './dependencies';
import type { Candidate } from './views';

/** Turns an uploaded resume into a candidate. */
export function completeCandidate(
  deps: Dependencies,
  request: Request<{ id: string; candidateId: string }>,
): Promise<Candidate> {
  const { id: jobId, candidateId } = request.params;
  return completeUpload(deps, candidateUpload(jobId, deps.limits), {
    ...request,
    params: { id: candidateId },
  });
}
