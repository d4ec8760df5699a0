import type * as z from 'zod';
import { ApiError } from '../shared/errors';
import type { Request } from '../shared/http';
import { deceptive } from '../shared/visible-text';
import type { searchDocumentsQuery, searchPageSchema } from './contract';
import type { Dependencies } from './dependencies';
import { toDocument } from './document';
import { highlightsOf } from './highlights';
import { decodeSearchCursor, encodeSearchCursor } from './search-cursor';
import { type FoundRow, searchPage } from './search-queries';

type Query = z.output<typeof searchDocumentsQuery>;

/**
 * One page of the user's documents that match, the best first. Pages neither repeat nor skip documents that stay as
 * they are: rank and id are an order, and the cursor is a place in it.
 */
export async function searchDocuments(
  { database }: Pick<Dependencies, 'database'>,
  { identity, query }: Request<undefined, Query>,
): Promise<z.output<typeof searchPageSchema>> {
  const { limit } = query;
  const words = searchableWords(query.q);
  const after = query.cursor === undefined ? undefined : decodeSearchCursor(query.cursor, words);
  const rows = await database.withUser<FoundRow>(
    identity,
    searchPage({ words, shown: anyOf(words), limit, after }),
  );
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const more = rows.length > limit && last;
  return {
    items: page.map((row) => ({ document: toDocument(row), highlights: highlightsOf(row.headline) })),
    nextCursor: more ? encodeSearchCursor({ rank: last.rank, id: last.id }, words) : null,
  };
}

const unwanted = /(?:^|\s)-(?:"[^"]*"?|\S+)/gu;

/** @throws ApiError bad_request when nothing is looked for */
function searchableWords(q: string): string {
  const words = q.normalize('NFC').replace(deceptive, ' ').replace(/\s+/gu, ' ').trim();
  if (!/[\p{L}\p{N}]/u.test(words.replace(unwanted, ' '))) {
    throw new ApiError('bad_request', 'The query is not as expected.', {
      details: {
        issues: [{ in: 'query', path: 'q', message: 'expected a word or a number to look for' }],
      },
    });
  }
  return words;
}

/** What is looked for, without phrases and what is unwanted: any of it is worth showing. */
export function anyOf(words: string): string {
  const each = words.replace(unwanted, ' ').replaceAll('"', ' ').toLowerCase().split(/\s+/u);
  return [...new Set(each)].filter((word) => word !== 'or' && /[\p{L}\p{N}]/u.test(word)).join(' or ');
}
