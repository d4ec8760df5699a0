import type * as z from 'zod';
import { secondsAfter } from '../shared/clock';
import { ApiError } from '../shared/errors';
import type { Request } from '../shared/http';
import type { downloadSchema } from './contract';
import { type Dependencies, downloadSeconds } from './dependencies';
import { attachment } from './file-name';
import { ownDocument } from './get-document';
import { stillProcessing } from './processing-state';
import type { DocumentRow } from './queries';

/**
 * An address of the file for the next hour. Whoever has it can use it, so it is never logged.
 *
 * @throws ApiError conflict or unprocessable where files are scanned and this one has not been found clean
 */
export async function downloadDocument(
  deps: Pick<Dependencies, 'database' | 'storage' | 'clock' | 'malwareProtection'>,
  request: Request<{ id: string }>,
): Promise<z.output<typeof downloadSchema>> {
  const { database, storage, clock, malwareProtection } = deps;
  const row = await ownDocument({ database }, request);
  if (malwareProtection) requireClean(row);
  const expiresAt = secondsAfter(clock(), downloadSeconds);
  const object = { key: row.object_key, disposition: attachment(row.file_name), mimeType: row.mime_type };
  const url = await storage.downloadUrl(object, downloadSeconds);
  return { url, fileName: row.file_name, expiresAt: expiresAt.toISOString() };
}

/** A file that could not be read may still be clean, and is its owner's: the worker looks at the scan before it reads. */
function requireClean({ status, failure }: DocumentRow): void {
  if (status === 'processing') throw stillProcessing();
  if (failure === 'malware') {
    throw new ApiError('unprocessable', 'Malware was found in this file. It cannot be downloaded.', {
      details: { reason: 'malware' },
    });
  }
}
