import type { ExtractedText } from '../extraction/extraction';
import type { Query } from '../shared/database';
import type { FileRow } from '../shared/processing/processor';
import { folded } from '../shared/search-text';

/** Keeps a text and what it is found by. Again for the same document, it takes the place of the one before. */
export async function saveText(
  query: Query,
  { id, user_id }: FileRow,
  { text, pages, language, metadata, truncated }: ExtractedText,
  now: Date,
): Promise<void> {
  await query(
    `insert into landfall.document_texts as t
       (document_id, user_id, content, pages, language, metadata, truncated, search, searchable_characters, created_at)
     select $1, $2, $3, $4, $5, $6, $7, s.search, s.searchable_characters, $9
       from landfall.text_search($5, $3, $8) s
     on conflict (document_id) do update
       set content = excluded.content, pages = excluded.pages, language = excluded.language,
           metadata = excluded.metadata, truncated = excluded.truncated, search = excluded.search,
           searchable_characters = excluded.searchable_characters, created_at = excluded.created_at`,
    [id, user_id, text, pages, language, JSON.stringify(metadata), truncated, folded(text), now],
  );
}
