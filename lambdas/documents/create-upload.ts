import type * as z from 'zod';
import { audit } from '../shared/audit';
import { secondsAfter } from '../shared/clock';
import { ApiError } from '../shared/errors';
import type { Request } from '../shared/http';
import { once } from '../shared/idempotency';
import { quarantineKey } from '../shared/object-store';
import { cleanTitle } from '../shared/visible-text';
import type { createUploadBody, uploadSchema } from './contract';
import { type Dependencies, formSeconds, type Limits, uploadSeconds } from './dependencies';
import { objectKey, safeFileName } from './file-name';
import { type Format, formatOf } from './kinds';
import { insertUpload } from './queries';

type Body = z.output<typeof createUploadBody>;
export type Upload = z.output<typeof uploadSchema>;

/**
 * Starts an upload: remembers what was announced and answers a form that takes exactly that. A repeated call with
 * the same Idempotency-Key answers the same upload with a form signed anew: a form is a credential with an end, so
 * it is never stored.
 */
export async function createUpload(
  { database, storage, clock, newId, limits }: Dependencies,
  { identity, body, requestId, idempotency }: Request<undefined, undefined, Body>,
): Promise<Upload> {
  const format = allowedFormat(body, limits);
  const name = cleanTitle(body.name);
  if (name === '') {
    throw new ApiError('bad_request', 'The name has no visible character.', {
      details: { issues: [{ in: 'body', path: 'name', message: 'expected a visible character' }] },
    });
  }
  const { id, userId } = await database.withUser(identity, (tx) =>
    once(tx, idempotency, clock, async () => {
      const id = newId();
      const now = clock();
      const fileName = safeFileName(body.fileName, format);
      await insertUpload(tx, {
        id,
        type: body.type,
        name,
        file_name: fileName,
        mime_type: body.mimeType,
        size: body.fileSize,
        object_key: objectKey(tx.userId, body.type, id, fileName),
        created_at: now,
        expires_at: secondsAfter(now, uploadSeconds),
      });
      await audit(tx, {
        action: 'upload.create',
        entityId: id,
        requestId,
        at: now,
        details: { type: body.type },
      });
      return { id, userId: tx.userId };
    }),
  );
  const file = { key: quarantineKey(userId, id), mimeType: body.mimeType, size: body.fileSize };
  const signedAt = clock();
  const form = await storage.uploadForm(file, formSeconds);
  return { id, ...form, expiresAt: secondsAfter(signedAt, formSeconds).toISOString() };
}

function allowedFormat({ mimeType, fileSize }: Body, { formats, maxBytes }: Limits): Format {
  const format = formatOf(mimeType);
  if (!formats.includes(format)) {
    throw new ApiError('unsupported_media_type', `Send one of: ${formats.join(', ')}.`, {
      details: { formats },
    });
  }
  if (fileSize > maxBytes) {
    throw new ApiError('payload_too_large', `Send a file of at most ${maxBytes} bytes.`, {
      details: { maxBytes },
    });
  }
  return format;
}
