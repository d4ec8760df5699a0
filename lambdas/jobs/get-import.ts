import type * as z from 'zod';
import { ApiError } from '../shared/errors';
import type { Request } from '../shared/http';
import type { Dependencies } from './dependencies';
import { countsOfImport, entriesOfImport, importById, importUpload } from './import-queries';
import { importNotFound } from './job';
import type { getImportQuery } from './schemas';
import { type CandidateImport, toImport, uploadingImport } from './views';

/** How far an import is, with one page of the report, in the order of the archive. */
export async function getImport(
  { database }: Pick<Dependencies, 'database'>,
  { identity, params, query }: Request<{ id: string; importId: string }, z.output<typeof getImportQuery>>,
): Promise<CandidateImport> {
  const { id: jobId, importId } = params;
  const { limit } = query;
  const from = query.cursor === undefined ? 0 : decodePosition(query.cursor);
  return database.withUser(identity, async (tx) => {
    // In this order: between the two reads an upload may become an import, and an import never an upload.
    const upload = await importUpload(tx, jobId, importId);
    if (upload) return uploadingImport(upload);
    const row = await importById(tx, jobId, importId);
    if (!row || row.deleted_at) throw importNotFound();
    const counts = await countsOfImport(tx, importId);
    const entries = await entriesOfImport(tx, importId, { from, limit });
    const next = entries[limit];
    const nextCursor = next ? encodePosition(next.position) : null;
    return toImport(row, { counts, entries: entries.slice(0, limit), nextCursor });
  });
}

const encodePosition = (position: number): string => Buffer.from(`entry_${position}`).toString('base64url');

function decodePosition(cursor: string): number {
  const [, digits] = /^entry_(\d{1,7})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? [];
  if (digits === undefined || encodePosition(Number(digits)) !== cursor)
    throw new ApiError('bad_request', 'The cursor is not one of ours. Start again without a cursor.');
  return Number(digits);
}
