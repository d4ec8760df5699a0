import type * as z from 'zod';
import { secondsAfter } from '../shared/clock';
import { ApiError } from '../shared/errors';
import { attachment } from '../shared/file-name';
import type { Request } from '../shared/http';
import type { CandidateRow } from './candidate-queries';
import { type Dependencies, downloadSeconds } from './dependencies';
import { ownCandidate } from './get-candidate';
import type { downloadSchema } from './schemas';

/** An address of the file for the next hour. Whoever has it can use it, so it is never logged. */
export async function downloadCandidate(
  { database, storage, clock, scanned }: Pick<Dependencies, 'database' | 'storage' | 'clock' | 'scanned'>,
  request: Request<{ id: string; candidateId: string }>,
): Promise<z.output<typeof downloadSchema>> {
  const row = await ownCandidate({ database, clock }, request);
  if (scanned) refuseUnscanned(row);
  const expiresAt = secondsAfter(clock(), downloadSeconds);
  const object = { key: row.object_key, disposition: attachment(row.file_name), mimeType: row.mime_type };
  const url = await storage.downloadUrl(object, downloadSeconds);
  return { url, fileName: row.file_name, expiresAt: expiresAt.toISOString() };
}

/** The bucket would refuse them too, but without saying why. Any other failure comes after a clean scan. */
function refuseUnscanned({ status, failure }: CandidateRow): void {
  if (status === 'processing') {
    throw new ApiError('conflict', 'The file is being scanned for malware. Try again in a minute.', {
      details: { reason: 'being_scanned' },
    });
  }
  if (failure === 'malware' || failure === 'unscannable') {
    const why = failure === 'malware' ? 'A scan found malware in it' : 'It could not be scanned for malware';
    throw new ApiError('conflict', `The file cannot be downloaded. ${why}.`, {
      details: { reason: failure },
    });
  }
}
