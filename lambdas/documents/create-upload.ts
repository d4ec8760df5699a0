import type * as z from 'zod';
import { ApiError } from '../shared/errors';
import { type Format, formatOf } from '../shared/file-formats';
import { safeFileName } from '../shared/file-name';
import type { Request } from '../shared/http';
import { createUpload, type Upload } from '../shared/uploads/create-upload';
import { cleanTitle } from '../shared/visible-text';
import type { createUploadBody } from './contract';
import type { Dependencies, Limits } from './dependencies';
import { documentUpload } from './document-upload';
import { objectKey } from './object-key';

type Body = z.output<typeof createUploadBody>;

/** Starts the upload of a document. */
export async function createDocumentUpload(
  deps: Dependencies,
  request: Request<undefined, undefined, Body>,
): Promise<Upload> {
  const { type, fileName, fileSize, mimeType, ...body } = request.body;
  const format = allowedFormat(request.body, deps.limits);
  const name = cleanTitle(body.name);
  if (name === '') {
    throw new ApiError('bad_request', 'The name has no visible character.', {
      details: { issues: [{ in: 'body', path: 'name', message: 'expected a visible character' }] },
    });
  }
  const safeName = safeFileName(fileName, format);
  return createUpload(deps, documentUpload, request, { mimeType, size: fileSize }, ({ userId }, id) => ({
    type,
    name,
    fileName: safeName,
    objectKey: objectKey(userId, type, id, safeName),
  }));
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
