import { createHash } from 'node:crypto';
import { ApiError } from '../shared/errors';

/** The last document of a page: the next page starts after it. */
export interface SearchCursor {
  /** A Postgres `real`, as it was read. */
  readonly rank: number;
  readonly id: string;
}

const pattern =
  /^(\d{1,10}(?:\.\d{1,12})?(?:e[+-]\d{1,2})?)_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})_[0-9a-f]{16}$/;

/** Ranks of one query mean nothing in another, so the cursor names its query. */
const nameOf = (words: string): string => createHash('sha256').update(words).digest('hex').slice(0, 16);

export function encodeSearchCursor({ rank, id }: SearchCursor, words: string): string {
  return Buffer.from(`${rank}_${id}_${nameOf(words)}`).toString('base64url');
}

/** @throws ApiError bad_request for anything that `encodeSearchCursor` has not made for this query */
export function decodeSearchCursor(text: string, words: string): SearchCursor {
  const [, rank, id] = pattern.exec(Buffer.from(text, 'base64url').toString('latin1')) ?? [];
  const cursor = { rank: Number(rank), id: id ?? '' };
  if (rank === undefined || encodeSearchCursor(cursor, words) !== text) {
    throw new ApiError('bad_request', 'The cursor is not one of this query. Start again without a cursor.');
  }
  return cursor;
}
