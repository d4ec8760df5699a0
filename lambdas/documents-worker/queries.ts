import type { ExtractedText } from '../extraction/extraction';
import type { Query } from '../shared/database';
import type { FileRow } from '../shared/processing/processor';
import { folded } from '../shared/search-text';

const written = 'content, pages, language, metadata, truncated, search, searchable_characters, created_at';
const values = `$3, $4::integer, $5, $6::jsonb, $7::boolean, s.search, s.searchable_characters, $9::timestamptz`;
const found = 'landfall.text_search($5, $3, $8) s';

/**
 * Keeps a text and what it is found by. Again for the same document, it takes the place of the one before: not by ON
 * CONFLICT, whose `excluded` would need the right to read what the text says. The document's row is locked, so nobody
 * comes between.
 */
export async function saveText(
  query: Query,
  { id, user_id }: FileRow,
  { text, pages, language, metadata, truncated }: ExtractedText,
  now: Date,
): Promise<void> {
  const content = storable(text);
  const facts = Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name, storable(value)]));
  const known = await query('select from landfall.document_texts where document_id = $1', [id]);
  await query(
    known.length === 0
      ? `insert into landfall.document_texts (document_id, user_id, ${written}) select $1, $2, ${values} from ${found}`
      : `update landfall.document_texts set (${written}) = (select ${values} from ${found})
         where document_id = $1 and $2::uuid is not null`,
    [id, user_id, content, pages, language, JSON.stringify(facts), truncated, folded(content), now],
  );
}

/**
 * What readers have cleaned has none of it. Should one ever let it pass, Postgres would refuse the text, and the file
 * would come back until it is given up, for a reason that is not its own.
 */
const storable = (text: string): string => text.replace(/[\0\p{Cs}]/gu, '\ufffd');
