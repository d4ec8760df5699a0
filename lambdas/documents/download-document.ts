import type * as z from 'zod';
import { secondsAfter } from '../shared/clock';
import { ApiError } from '../shared/errors';
import { attachment } from '../shared/file-name';
import type { Request } from '../shared/http';
import type { downloadSchema } from './contract';
import { type Dependencies, downloadSeconds } from './dependencies';
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

const unclean: Readonly<Record<string, string>> = {
  malware: 'Malware was found in this file. It cannot be downloaded.',
  unscannable:
    'This file could not be scanned for malware, for example because it is encrypted. It cannot be downloaded.',
};

/**
 * Whatever else failed, the file was found clean before anything read it, and is its owner's. Should a row say too
 * little, the bucket's policy still refuses an object without the tag of a clean scan.
 */
function requireClean({ status, failure }: DocumentRow): void {
  if (status === 'processing') throw stillProcessing();
  const message = unclean[failure ?? ''];
  if (message) throw new ApiError('unprocessable', message, { details: { reason: failure } });
}
