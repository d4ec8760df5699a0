import { ApiError } from './errors';

/** The last row of a page: the next page starts after it. */
export interface Cursor {
  readonly createdAt: Date;
  readonly id: string;
}

const pattern = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

export function encodeCursor({ createdAt, id }: Cursor): string {
  return Buffer.from(`${createdAt.toISOString()}_${id}`).toString('base64url');
}

/** @throws ApiError bad_request for anything that `encodeCursor` has not made */
export function decodeCursor(text: string): Cursor {
  const [, createdAt, id] = pattern.exec(Buffer.from(text, 'base64url').toString('latin1')) ?? [];
  const instant = new Date(createdAt ?? '');
  if (!id || Number.isNaN(instant.getTime()) || encodeCursor({ createdAt: instant, id }) !== text) {
    throw new ApiError('bad_request', 'The cursor is not one of ours. Start again without a cursor.');
  }
  return { createdAt: instant, id };
}
