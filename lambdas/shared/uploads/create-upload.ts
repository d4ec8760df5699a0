import { audit } from '../audit';
import { secondsAfter } from '../clock';
import type { Transaction } from '../database';
import type { Request } from '../http';
import { once } from '../idempotency';
import { quarantineKey, type UploadForm } from '../object-store';
import { insertUpload, type Purpose } from './queries';
import { type Announced, type ExpectedFile, type UploadDependencies, uploadSeconds } from './upload-domain';

export interface Upload extends UploadForm {
  readonly id: string;
  /** ISO time from which on the form is refused. */
  readonly expiresAt: string;
}

type CreateRequest = Pick<Request, 'identity' | 'requestId' | 'idempotency'>;

/**
 * Starts an upload: remembers what was announced and answers a form that takes exactly that. A repeated call with
 * the same Idempotency-Key answers the same upload with a form signed anew: a form is a credential with an end, so
 * it is never stored.
 *
 * `announce` runs in the upload's transaction; it may look at other rows of the user, and throw.
 */
export async function createUpload(
  { database, storage, clock, newId }: UploadDependencies,
  { purpose, formSeconds }: { readonly purpose: Purpose; readonly formSeconds: number },
  { identity, requestId, idempotency }: CreateRequest,
  { mimeType, size }: ExpectedFile,
  announce: (tx: Transaction, id: string) => Announced | Promise<Announced>,
): Promise<Upload> {
  const { id, userId } = await database.withUser(identity, (tx) =>
    once(tx, idempotency, clock, async () => {
      const id = newId();
      const now = clock();
      const file = await announce(tx, id);
      await insertUpload(tx, {
        id,
        purpose,
        job_id: file.jobId ?? null,
        type: file.type ?? null,
        name: file.name ?? null,
        file_name: file.fileName,
        mime_type: mimeType,
        size,
        object_key: file.objectKey,
        created_at: now,
        expires_at: secondsAfter(now, uploadSeconds),
      });
      await audit(tx, {
        action: 'upload.create',
        entityId: id,
        requestId,
        at: now,
        details: file.type === undefined ? { purpose } : { type: file.type },
      });
      return { id, userId: tx.userId };
    }),
  );
  const signedAt = clock();
  const form = await storage.uploadForm({ key: quarantineKey(userId, id), mimeType, size }, formSeconds);
  return { id, ...form, expiresAt: secondsAfter(signedAt, formSeconds).toISOString() };
}
