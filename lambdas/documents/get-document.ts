import { ApiError } from '../shared/errors';
import type { Request } from '../shared/http';
import type { Dependencies } from './dependencies';
import { type Document, toDocument } from './document';
import { type DocumentRow, documentById } from './queries';

/** @throws ApiError not_found, for the documents of others as for those that do not exist */
export async function getDocument(
  deps: Pick<Dependencies, 'database'>,
  request: Request<{ id: string }>,
): Promise<Document> {
  return toDocument(await ownDocument(deps, request));
}

export async function ownDocument(
  { database }: Pick<Dependencies, 'database'>,
  { identity, params }: Request<{ id: string }>,
): Promise<DocumentRow> {
  const [row] = await database.withUser<DocumentRow>(identity, documentById(params.id));
  if (!row) throw documentNotFound();
  return row;
}

export function documentNotFound(): ApiError {
  return new ApiError('not_found', 'There is no such document.');
}
