/** Long answers in pages: a token says after which item the next one begins. */
import * as z from 'zod';
import { AwsError } from '../errors';

const MOST = 60;

export const limit = z.number().int().min(0).max(MOST).optional();
export const pageMembers = { Limit: limit, NextToken: z.string().optional() };

const tokenOf = (key: string): string => Buffer.from(key).toString('base64url');
const keyOf = (token: string): string => Buffer.from(token, 'base64url').toString();

/**
 * @param items in whatever order; they are answered in that of their keys, so that one that goes moves no other
 * @param most @default 60
 */
export function page<Item>(
  items: readonly Item[],
  key: (item: Item) => string,
  most: number | undefined,
  token: string | undefined,
): { readonly items: readonly Item[]; readonly next: string | undefined } {
  const after = token === undefined ? '' : keyOf(token);
  if (token !== undefined && tokenOf(after) !== token)
    throw new AwsError('InvalidParameterException', 'Invalid pagination token');
  const ordered = items.filter((item) => key(item) > after).sort((a, b) => (key(a) < key(b) ? -1 : 1));
  const size = most || MOST;
  const taken = ordered.slice(0, size);
  const last = taken.at(-1);
  return { items: taken, next: ordered.length > size && last ? tokenOf(key(last)) : undefined };
}
