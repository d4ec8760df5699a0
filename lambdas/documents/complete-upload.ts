import { audit } from '../shared/audit';
import { secondsAfter } from '../shared/clock';
import type { Transaction } from '../shared/database';
import { ApiError } from '../shared/errors';
import type { Request } from '../shared/http';
import { earlier, once } from '../shared/idempotency';
import { logger } from '../shared/logger';
import { quarantineKey, type StoredObject } from '../shared/object-store';
import { contentFault } from './content';
import { claimSeconds, type Dependencies } from './dependencies';
import { type Document, toDocument } from './document';
import { formatOf } from './kinds';
import {
  claimUpload,
  deleteClaimedUpload,
  documentOfUpload,
  insertDocument,
  releaseUpload,
  type UploadRow,
  uploadById,
} from './queries';

type CompleteRequest = Request<{ id: string }>;

/** A duplicate call looks again this often, this far apart, before it asks the caller to come back. */
const patience = { tries: 10, milliseconds: 300 };

/**
 * Turns an uploaded file into a document, once.
 *
 * The file is checked where it lies in quarantine and copied under the condition that it is still the file that
 * was checked, so a second post of the form never changes a document. One call at a time works on an upload; a
 * crash at any point leaves an upload row behind, which either a repeated call completes or the sweep removes
 * together with both objects.
 */
export async function completeUpload(deps: Dependencies, request: CompleteRequest): Promise<Document> {
  for (let attempt = 1; attempt <= patience.tries; attempt++) {
    const state = await begin(deps, request);
    if (state.document) return state.document;
    if (state.claim) return work(deps, request, state.claim);
    await deps.wait(patience.milliseconds);
  }
  throw new ApiError('conflict', 'Another call is completing this upload. Try again.', {
    details: { reason: 'in_progress' },
  });
}

interface Claim {
  readonly upload: UploadRow;
  readonly until: Date;
}

/** Finds the document, or claims the upload, or neither while another call has it. */
async function begin(
  { database, clock }: Dependencies,
  { identity, params, idempotency }: CompleteRequest,
): Promise<{ document?: Document; claim?: Claim }> {
  return database.withUser(identity, async (tx) => {
    const stored = await earlier<Document>(tx, idempotency, clock);
    if (stored) return { document: stored.body };
    // In this order: between the two reads an upload may become a document, and a document never an upload.
    const upload = await uploadById(tx, params.id);
    if (!upload) {
      const row = await documentOfUpload(tx, params.id);
      if (!row) throw new ApiError('not_found', 'There is no such upload.');
      if (row.deleted_at) throw new ApiError('gone', 'The document was deleted.');
      return { document: await once(tx, idempotency, clock, async () => toDocument(row)) };
    }
    const now = clock();
    if (upload.expires_at <= now) throw new ApiError('gone', 'The upload has expired. Start a new one.');
    const until = secondsAfter(now, claimSeconds);
    return (await claimUpload(tx, upload.id, { now, until })) ? { claim: { upload, until } } : {};
  });
}

async function work(deps: Dependencies, request: CompleteRequest, claim: Claim): Promise<Document> {
  try {
    const object = await deps.storage.find(quarantineKey(claim.upload.user_id, claim.upload.id));
    if (!object)
      throw new ApiError('conflict', 'The file has not arrived yet.', {
        details: { reason: 'file_missing' },
      });
    const fault = await faultOf(object, claim.upload);
    if (fault) throw await reject(deps, request, claim, fault);
    return await promote(deps, request, claim, object);
  } catch (error) {
    // Otherwise the caller would have to wait for the claim to run out before trying again.
    await deps.database
      .withUser(request.identity, (tx) => releaseUpload(tx, claim.upload.id, claim.until))
      .catch((cause: Error) => logger.warn('claim not released', { error: cause }));
    throw error;
  }
}

async function faultOf(object: StoredObject, upload: UploadRow): Promise<string | undefined> {
  if (object.size !== Number(upload.size))
    return `it has ${object.size} bytes, ${upload.size} were announced`;
  return contentFault(object, formatOf(upload.mime_type));
}

async function reject(
  { storage, database, clock }: Dependencies,
  { identity, requestId }: CompleteRequest,
  { upload, until }: Claim,
  fault: string,
): Promise<ApiError> {
  await storage.remove(quarantineKey(upload.user_id, upload.id));
  await database.withUser(identity, async (tx) => {
    if (!(await deleteClaimedUpload(tx, upload.id, until))) return;
    await audit(tx, {
      action: 'upload.reject',
      entityId: upload.id,
      requestId,
      at: clock(),
      details: { fault },
    });
  });
  return new ApiError('unprocessable', `The file was refused and removed: ${fault}. Start a new upload.`, {
    details: { reason: 'file_rejected' },
  });
}

async function promote(
  { storage, database, clock }: Dependencies,
  { identity, requestId, idempotency }: CompleteRequest,
  { upload, until }: Claim,
  { etag }: StoredObject,
): Promise<Document> {
  const quarantined = quarantineKey(upload.user_id, upload.id);
  const copied = await storage.copy(
    { key: quarantined, etag },
    { key: upload.object_key, mimeType: upload.mime_type },
  );
  if (!copied) {
    throw new ApiError('conflict', 'The file was replaced while it was checked. Try again.', {
      details: { reason: 'file_replaced' },
    });
  }
  const store = async (tx: Transaction): Promise<Document> => {
    const now = clock();
    if (!(await deleteClaimedUpload(tx, upload.id, until))) {
      throw new ApiError('conflict', 'Another call is completing this upload. Try again.', {
        details: { reason: 'in_progress' },
      });
    }
    const row = await insertDocument(tx, upload, now);
    await audit(tx, {
      action: 'document.create',
      entityId: row.id,
      requestId,
      at: now,
      details: { type: row.type },
    });
    return toDocument(row);
  };
  const document = await database.withUser(identity, (tx) => once(tx, idempotency, clock, () => store(tx)));
  // The bucket's lifecycle removes from quarantine what is left there after a day.
  await storage
    .remove(quarantined)
    .catch((error: Error) => logger.warn('quarantined object left', { error }));
  return document;
}
