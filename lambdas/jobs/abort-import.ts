import { audit } from '../shared/audit';
import { ApiError } from '../shared/errors';
import type { Request } from '../shared/http';
import { quarantineKey } from '../shared/object-store';
import type { Dependencies } from './dependencies';
import { deleteImportUpload, importById, importUpload } from './import-queries';
import { importNotFound } from './job';

/** Throws the parts of a ZIP away, first in S3: what interrupts this leaves the row, and the call can be repeated. */
export async function abortImport(
  { database, multipart, clock }: Pick<Dependencies, 'database' | 'multipart' | 'clock'>,
  { identity, params: { id: jobId, importId }, requestId }: Request<{ id: string; importId: string }>,
): Promise<void> {
  const found = await database.withUser(identity, async (tx) => ({
    upload: await importUpload(tx, jobId, importId),
    done: await importById(tx, jobId, importId),
  }));
  const { upload, done } = found;
  if (!upload) throw done && !done.deleted_at ? tooLate() : importNotFound();
  await multipart.abort({ key: quarantineKey(upload.user_id, importId), uploadId: upload.multipart_id });
  await database.withUser(identity, async (tx) => {
    const now = clock();
    if (!(await deleteImportUpload(tx, importId, now))) throw tooLate();
    await audit(tx, { action: 'upload.abort', entityId: importId, requestId, at: now });
  });
}

function tooLate(): ApiError {
  return new ApiError('conflict', 'The upload is complete already. Delete its candidates, or the job.', {
    details: { reason: 'completed' },
  });
}
