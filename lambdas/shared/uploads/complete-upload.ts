import { audit } from '../audit';
import { secondsAfter } from '../clock';
import type { Transaction } from '../database';
import { ApiError } from '../errors';
import type { Request } from '../http';
import { earlier, once } from '../idempotency';
import { logger } from '../logger';
import { quarantineKey, type StoredObject } from '../object-store';
import { claimUpload, deleteClaimedUpload, releaseUpload, type UploadRow, uploadById } from './queries';
import { claimSeconds, type UploadDependencies, type UploadDomain } from './upload-domain';

type CompleteRequest = Request<{ id: string }>;

interface Stored {
  readonly id: string;
  readonly deleted_at: Date | null;
}

/** A duplicate call looks again this often, this far apart, before it asks the caller to come back. */
const patience = { tries: 10, milliseconds: 300 };

/**
 * Turns an uploaded file into what it was announced as, once.
 *
 * The file is checked where it lies in quarantine and copied under the condition that it is still the file that
 * was checked, so a second post of the form never changes what was made. One call at a time works on an upload; a
 * crash at any point leaves an upload row behind, which either a repeated call completes or the sweep removes
 * together with both objects.
 */
export async function completeUpload<Row extends Stored, View>(
  deps: UploadDependencies,
  domain: UploadDomain<Row, View>,
  request: CompleteRequest,
): Promise<View> {
  for (let attempt = 1; attempt <= patience.tries; attempt++) {
    const state = await begin(deps, domain, request);
    if (state.done) return state.done.view;
    if (state.claim) return work(deps, domain, request, state.claim);
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

/** Finds what the upload became, or claims the upload, or neither while another call has it. */
async function begin<Row extends Stored, View>(
  { database, clock }: UploadDependencies,
  { purpose, noun, existing, view }: UploadDomain<Row, View>,
  { identity, params, idempotency }: CompleteRequest,
): Promise<{ done?: { view: View }; claim?: Claim }> {
  return database.withUser(identity, async (tx) => {
    const stored = await earlier<View>(tx, idempotency, clock);
    if (stored) return { done: { view: stored.body } };
    // In this order: between the two reads an upload may become a row, and a row never an upload.
    const upload = await uploadById(tx, params.id, purpose);
    if (!upload) {
      const row = await existing(tx, params.id);
      if (!row) throw new ApiError('not_found', 'There is no such upload.');
      if (row.deleted_at) throw new ApiError('gone', `The ${noun} was deleted.`);
      return { done: { view: await once(tx, idempotency, clock, async () => view(row)) } };
    }
    const now = clock();
    if (upload.expires_at <= now) throw new ApiError('gone', 'The upload has expired. Start a new one.');
    const until = secondsAfter(now, claimSeconds);
    return (await claimUpload(tx, upload.id, { now, until })) ? { claim: { upload, until } } : {};
  });
}

async function work<Row extends Stored, View>(
  deps: UploadDependencies,
  domain: UploadDomain<Row, View>,
  request: CompleteRequest,
  claim: Claim,
): Promise<View> {
  try {
    const object = await deps.storage.find(quarantineKey(claim.upload.user_id, claim.upload.id));
    if (!object)
      throw new ApiError('conflict', 'The file has not arrived yet.', {
        details: { reason: 'file_missing' },
      });
    const fault = await faultOf(domain, object, claim.upload);
    if (fault) throw await reject(deps, request, claim, fault);
    return await promote(deps, domain, request, claim, object);
  } catch (error) {
    // Otherwise the caller would have to wait for the claim to run out before trying again.
    await deps.database
      .withUser(request.identity, (tx) => releaseUpload(tx, claim.upload.id, claim.until))
      .catch((cause: Error) => logger.warn('claim not released', { error: cause }));
    throw error;
  }
}

async function faultOf(
  { check }: Pick<UploadDomain<never, unknown>, 'check'>,
  object: StoredObject,
  upload: UploadRow,
): Promise<string | undefined> {
  if (object.size !== Number(upload.size))
    return `it has ${object.size} bytes, ${upload.size} were announced`;
  return check(object, upload);
}

async function reject(
  { storage, database, clock }: UploadDependencies,
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

async function promote<Row extends Stored, View>(
  { storage, database, clock }: UploadDependencies,
  { insert, view, created }: UploadDomain<Row, View>,
  { identity, requestId, idempotency }: CompleteRequest,
  { upload, until }: Claim,
  { etag }: StoredObject,
): Promise<View> {
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
  const store = async (tx: Transaction): Promise<View> => {
    const now = clock();
    if (!(await deleteClaimedUpload(tx, upload.id, until))) {
      throw new ApiError('conflict', 'Another call is completing this upload. Try again.', {
        details: { reason: 'in_progress' },
      });
    }
    const row = await insert(tx, upload, copied, now);
    await audit(tx, {
      action: created.action,
      entityId: row.id,
      requestId,
      at: now,
      details: created.details(row),
    });
    return view(row);
  };
  const done = await database.withUser(identity, (tx) => once(tx, idempotency, clock, () => store(tx)));
  // The bucket's lifecycle removes from quarantine what is left there after a day.
  await storage
    .remove(quarantined)
    .catch((error: Error) => logger.warn('quarantined object left', { error }));
  return done;
}
