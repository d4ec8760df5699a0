import type * as z from 'zod';
import { ApiError } from '../shared/errors';
import type { Request } from '../shared/http';
import { type Content, quarantineKey } from '../shared/object-store';
import { completeUpload } from '../shared/uploads/complete-upload';
import type { UploadDomain } from '../shared/uploads/upload-domain';
import { expiryOf } from './candidate-upload';
import { type Dependencies, partSeconds } from './dependencies';
import { type ImportRow, importById, importUpload, insertImport } from './import-queries';
import { importNotFound, jobNotFound } from './job';
import { holdJob } from './job-queries';
import type { completeImportBody } from './schemas';
import { type CandidateImport, toImport } from './views';

type Body = z.output<typeof completeImportBody>;

/**
 * Puts the parts together and turns them into an import. S3 knows an upload in parts until it is completed, once;
 * whoever comes second finds the file, and from there on it is an upload like any other.
 */
export async function completeImport(
  deps: Dependencies,
  request: Request<{ id: string; importId: string }, undefined, Body>,
): Promise<CandidateImport> {
  const { database, multipart, clock } = deps;
  const { identity, body } = request;
  const { id: jobId, importId } = request.params;
  const upload = await database.withUser(identity, async (tx) => {
    // In this order: between the two reads an upload may become an import, and an import never an upload.
    const found = await importUpload(tx, jobId, importId);
    if (!found && !(await importById(tx, jobId, importId))) throw importNotFound();
    return found;
  });
  if (upload && upload.expires_at > clock()) {
    const object = { key: quarantineKey(upload.user_id, importId), uploadId: upload.multipart_id };
    const result = await multipart.complete(object, body.parts);
    if (result === 'refused') {
      throw new ApiError('unprocessable', 'These are not the parts that arrived. Send what is missing.', {
        details: { reason: 'parts_rejected' },
      });
    }
  }
  return completeUpload(deps, importDomain(jobId, deps.limits), { ...request, params: { id: importId } });
}

function importDomain(
  jobId: string,
  { retentionDays }: { retentionDays: number },
): UploadDomain<ImportRow, CandidateImport> {
  return {
    purpose: 'candidate_import',
    noun: 'import',
    formSeconds: partSeconds,
    async check(object, upload) {
      if (upload.job_id !== jobId) throw importNotFound();
      return zipFault(object);
    },
    existing: (tx, id) => importById(tx, jobId, id),
    async insert(tx, row, { versionId }, now) {
      if (!(await holdJob(tx, jobId))) throw jobNotFound();
      return insertImport(tx, row, { versionId, now, expiresAt: expiryOf(now, retentionDays) });
    },
    view: (row) => toImport(row),
    created: { action: 'candidate_import.create', details: ({ job_id }) => ({ job: job_id }) },
  };
}

/** End of central directory: 22 bytes and a comment of at most 65,535. */
const maxEndBytes = 22 + 0xffff;

/** Enough to tell a ZIP from anything else; its worker reads the directory. */
async function zipFault(content: Content): Promise<string | undefined> {
  const head = await content.read(0, 4);
  const signature = head.toString('latin1');
  // The second is that of an archive without a file.
  if (signature !== 'PK\u0003\u0004' && signature !== 'PK\u0005\u0006') return 'it does not start as a ZIP';
  const tailBytes = Math.min(content.size, maxEndBytes);
  const tail = await content.read(content.size - tailBytes, tailBytes);
  return tail.includes('PK\u0005\u0006', 0, 'latin1')
    ? undefined
    : 'its directory is missing: the file is incomplete';
}
