import type * as z from 'zod';
import { candidateKey } from '../shared/candidate-key';
import { ApiError } from '../shared/errors';
import { formatOf } from '../shared/file-formats';
import { safeFileName } from '../shared/file-name';
import type { Request } from '../shared/http';
import { createUpload, type Upload } from '../shared/uploads/create-upload';
import { type Dependencies, formSeconds } from './dependencies';
import { holdOpenJob } from './job';
import type { createCandidateBody } from './schemas';

type Body = z.output<typeof createCandidateBody>;

/** Starts the upload of a resume. */
export async function createCandidate(
  deps: Dependencies,
  request: Request<{ id: string }, undefined, Body>,
): Promise<Upload> {
  const { fileName, fileSize, mimeType } = request.body;
  const { maxBytes } = deps.limits;
  if (fileSize > maxBytes) {
    throw new ApiError('payload_too_large', `Send a file of at most ${maxBytes} bytes.`, {
      details: { maxBytes },
    });
  }
  const name = safeFileName(fileName, formatOf(mimeType));
  const jobId = request.params.id;
  const file = { mimeType, size: fileSize };
  return createUpload(deps, { purpose: 'candidate', formSeconds }, request, file, async (tx, id) => {
    await holdOpenJob(tx, jobId);
    return { jobId, fileName: name, objectKey: candidateKey(id, name) };
  });
}
