import type * as z from 'zod';
import { ApiError } from '../shared/errors';
import type { Request } from '../shared/http';
import type { photoListSchema } from './contract';
import type { Dependencies } from './dependencies';
import { type ShownPhoto, showPhoto } from './photo';
import { allPhotos, type PhotoRow, photoById } from './queries';

type Shown = Pick<Dependencies, 'database' | 'signer'>;

/** All photos, in the user's order: a user has so few that a page would only be trouble. */
export async function listPhotos(
  { database, signer }: Shown,
  { identity }: Request<undefined>,
): Promise<z.output<typeof photoListSchema>> {
  const rows = await database.withUser<PhotoRow>(identity, allPhotos());
  return { items: await Promise.all(rows.map((row) => showPhoto(signer, row))) };
}

export async function getPhoto(
  { database, signer }: Shown,
  { identity, params }: Request<{ id: string }>,
): Promise<ShownPhoto> {
  const [row] = await database.withUser<PhotoRow>(identity, photoById(params.id));
  if (!row) throw photoNotFound();
  return showPhoto(signer, row);
}

export function photoNotFound(): ApiError {
  return new ApiError('not_found', 'There is no such photo.');
}
