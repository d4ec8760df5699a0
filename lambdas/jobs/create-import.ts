import type * as z from 'zod';
import { audit } from '../shared/audit';
import { secondsAfter } from '../shared/clock';
import { ApiError } from '../shared/errors';
import type { Request } from '../shared/http';
import { earlier, once } from '../shared/idempotency';
import { logger } from '../shared/logger';
import type { MultipartUpload } from '../shared/multipart-store';
import { quarantineKey } from '../shared/object-store';
import { uploadSeconds } from '../shared/uploads/upload-domain';
import { type Dependencies, partSeconds } from './dependencies';
import { importUpload, insertImportUpload } from './import-queries';
import { holdOpenJob } from './job';
import { partsOf } from './parts';
import type { createImportBody, importUploadSchema } from './schemas';
import { zipName } from './zip-name';

type Body = z.output<typeof createImportBody>;
type CreateRequest = Request<{ id: string }, undefined, Body>;

/**
 * Starts the upload of a ZIP in parts. S3 begins the upload first, because its row names S3's id; whoever loses the
 * race for an Idempotency-Key throws the upload away that nobody will use.
 */
export async function createImport(
  deps: Dependencies,
  request: CreateRequest,
): Promise<z.output<typeof importUploadSchema>> {
  const { database, clock, newId, multipart, limits } = deps;
  const { identity, idempotency, params, body } = request;
  if (body.fileSize > limits.maxArchiveBytes) {
    throw new ApiError('payload_too_large', `Send a ZIP of at most ${limits.maxArchiveBytes} bytes.`, {
      details: { maxBytes: limits.maxArchiveBytes },
    });
  }
  const state = await database.withUser(identity, async (tx) => {
    const before = await earlier<{ id: string }>(tx, idempotency, clock);
    if (!before) await holdOpenJob(tx, params.id);
    return { userId: tx.userId, id: before?.body.id };
  });
  let id = state.id;
  if (id === undefined) {
    const own = newId();
    const object = { key: quarantineKey(state.userId, own), mimeType: 'application/zip' };
    const upload = await multipart.begin(object);
    id = await remember(deps, request, own, upload).catch(async (error) => {
      await throwAway(deps, upload);
      throw error;
    });
    if (id !== own) await throwAway(deps, upload);
  }
  return sign(deps, request, id);
}

/** The id of the upload that this request, or an earlier one with the same key, has begun. */
async function remember(
  { database, clock }: Dependencies,
  { identity, idempotency, params, body, requestId }: CreateRequest,
  own: string,
  { uploadId }: MultipartUpload,
): Promise<string> {
  const { id } = await database.withUser(identity, (tx) =>
    once(tx, idempotency, clock, async () => {
      const now = clock();
      await holdOpenJob(tx, params.id);
      await insertImportUpload(tx, {
        id: own,
        jobId: params.id,
        fileName: zipName(body.fileName),
        size: body.fileSize,
        multipartId: uploadId,
        now,
        expiresAt: secondsAfter(now, uploadSeconds),
      });
      const details = { purpose: 'candidate_import' };
      await audit(tx, { action: 'upload.create', entityId: own, requestId, at: now, details });
      return { id: own };
    }),
  );
  return id;
}

async function throwAway({ multipart }: Dependencies, upload: MultipartUpload): Promise<void> {
  // The bucket forgets uploads that are never completed.
  await multipart.abort(upload).catch((error: Error) => logger.warn('upload in parts left', { error }));
}

async function sign(
  { database, clock, multipart }: Dependencies,
  { identity, params }: CreateRequest,
  id: string,
): Promise<z.output<typeof importUploadSchema>> {
  const upload = await database.withUser(identity, (tx) => importUpload(tx, params.id, id));
  if (!upload || upload.expires_at <= clock())
    throw new ApiError('gone', 'The upload was completed or given up, or has expired. Use a new key.');
  const object = { key: quarantineKey(upload.user_id, id), uploadId: upload.multipart_id };
  const expiresAt = secondsAfter(clock(), partSeconds);
  const parts = await Promise.all(
    partsOf(Number(upload.size)).map(async (part) => ({
      ...part,
      url: await multipart.partUrl(object, part, partSeconds),
    })),
  );
  return { id, parts, expiresAt: expiresAt.toISOString() };
}
