import type * as z from 'zod';
import { secondsAfter } from '../shared/clock';
import type { Request } from '../shared/http';
import type { downloadSchema } from './contract';
import { type Dependencies, downloadSeconds } from './dependencies';
import { attachment } from './file-name';
import { ownDocument } from './get-document';

/** An address of the file for the next hour. Whoever has it can use it, so it is never logged. */
export async function downloadDocument(
  { database, storage, clock }: Pick<Dependencies, 'database' | 'storage' | 'clock'>,
  request: Request<{ id: string }>,
): Promise<z.output<typeof downloadSchema>> {
  const row = await ownDocument({ database }, request);
  const expiresAt = secondsAfter(clock(), downloadSeconds);
  const object = { key: row.object_key, disposition: attachment(row.file_name), mimeType: row.mime_type };
  const url = await storage.downloadUrl(object, downloadSeconds);
  return { url, fileName: row.file_name, expiresAt: expiresAt.toISOString() };
}
