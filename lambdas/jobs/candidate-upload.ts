import { createHash } from 'node:crypto';
import { secondsAfter } from '../shared/clock';
import { contentFault } from '../shared/file-content';
import { formatOf, type MimeType } from '../shared/file-formats';
import type { Content } from '../shared/object-store';
import type { UploadDomain } from '../shared/uploads/upload-domain';
import { type CandidateRow, candidateOfUpload, insertCandidate } from './candidate-queries';
import { formSeconds } from './dependencies';
import { candidateNotFound, jobNotFound } from './job';
import { holdJob } from './job-queries';
import { type Candidate, toCandidate } from './views';

const daySeconds = 24 * 3600;

const chunkBytes = 1024 * 1024;

/** When a candidate's file and row are gone. */
export const expiryOf = (now: Date, days: number): Date => secondsAfter(now, days * daySeconds);

/** How an upload becomes a candidate of a job. */
export function candidateUpload(
  jobId: string,
  { retentionDays }: { retentionDays: number },
): UploadDomain<CandidateRow, Candidate> {
  let sha256: Buffer | undefined;
  return {
    purpose: 'candidate',
    noun: 'candidate',
    formSeconds,
    async check(object, upload) {
      if (upload.job_id !== jobId) throw candidateNotFound();
      const fault = await contentFault(object, formatOf(upload.mime_type as MimeType));
      // Archives that come later are compared with it.
      if (!fault) sha256 = await digest(object);
      return fault;
    },
    existing: (tx, id) => candidateOfUpload(tx, jobId, id),
    async insert(tx, upload, { versionId }, now) {
      if (!(await holdJob(tx, jobId))) throw jobNotFound();
      return insertCandidate(tx, upload, {
        versionId,
        sha256: sha256 as Buffer,
        now,
        expiresAt: expiryOf(now, retentionDays),
      });
    },
    view: toCandidate,
    created: { action: 'candidate.create', details: ({ job_id }) => ({ job: job_id }) },
  };
}

async function digest(content: Content): Promise<Buffer> {
  const hash = createHash('sha256');
  for (let start = 0; start < content.size; start += chunkBytes)
    hash.update(await content.read(start, chunkBytes));
  return hash.digest();
}
