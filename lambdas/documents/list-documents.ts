import type * as z from 'zod';
import { decodeCursor, encodeCursor } from '../shared/cursor';
import type { Request } from '../shared/http';
import type { documentPageSchema, listDocumentsQuery } from './contract';
import type { Dependencies } from './dependencies';
import { toDocument } from './document';
import { type DocumentRow, documentPage } from './queries';

type Query = z.output<typeof listDocumentsQuery>;

/** One page of the user's documents, newest first. Pages neither repeat nor skip documents that stay. */
export async function listDocuments(
  { database }: Pick<Dependencies, 'database'>,
  { identity, query }: Request<undefined, Query>,
): Promise<z.output<typeof documentPageSchema>> {
  const { type, limit } = query;
  const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
  const rows = await database.withUser<DocumentRow>(identity, documentPage({ type, limit, after }));
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const more = rows.length > limit && last;
  return {
    items: page.map(toDocument),
    nextCursor: more ? encodeCursor({ createdAt: last.created_at, id: last.id }) : null,
  };
}
