import type { Statement } from '../shared/flight';
import { folded } from '../shared/search-text';
import { marks } from './highlights';
import { type DocumentRow, documentColumns } from './queries';
import type { SearchCursor } from './search-cursor';

export interface FoundRow extends DocumentRow {
  readonly rank: number;
  /** Fragments of the text with its matches marked. */
  readonly headline: string | null;
}

/**
 * Places to show are looked for in parts of this length, and shown from the first part that has any. The time this takes
 * grows with the square of what matches in a part: 50 ms for one that says nothing but the words, 1 ms otherwise.
 */
const partCharacters = 10_000;

/** Parts that are looked through, some 80 pages. */
const parts = 20;

const headlineOptions = [
  `StartSel=${marks.start}`,
  `StopSel=${marks.stop}`,
  `FragmentDelimiter=${marks.fragment}`,
  'MaxFragments=3',
  'MinWords=6',
  'MaxWords=24',
  // By default a place neither begins nor ends with a word of up to three letters.
  'ShortWord=0',
].join(', ');

/**
 * One row more than `limit`: it tells whether there is a next page. Ranks are made of all that matches; texts are read
 * and marked for the rows of the page alone, wherever they say any of the words. A word in the name counts as much as many in the text, and 1 divides by
 * the length of it.
 */
export function searchPage({
  words,
  shown,
  limit,
  after,
}: {
  /** As they were typed. */
  words: string;
  /** Those to mark, as a query for any of them. */
  shown: string;
  limit: number;
  after: SearchCursor | undefined;
}): Statement {
  const values: unknown[] = [
    words,
    folded(words),
    limit + 1,
    headlineOptions,
    Object.values(marks).join(''),
    shown,
    folded(shown),
  ];
  const place = after
    ? `where rank < $${values.push(after.rank)}::real
         or (rank = $${values.length}::real and id > $${values.push(after.id)}::uuid)`
    : '';
  return {
    text: `
      select ${documentColumns.replace(/\w+/g, 'd.$&')}, page.rank,
        case when page.in_text then (
          select ts_headline(landfall.search_configuration(t.language), part.text, page.shown, $4)
          from generate_series(0, ${parts - 1}) n
          cross join lateral (
            select translate(substr(t.content, 1 + n * ${partCharacters}, ${partCharacters}), $5, '') as text
          ) part
          where n * ${partCharacters} < length(t.content)
            and to_tsvector(landfall.search_configuration(t.language), part.text) @@ page.shown
          -- Numbers come in their order, and nothing is read beyond the first that fits.
          limit 1
        ) end as headline
      from (
        select id, rank, shown, in_text from (
          select d.id, shown.query as shown, hit.in_text,
            (4 * ts_rank_cd(landfall.title_search(d.name, d.file_name), q.query, 1)
              + coalesce(ts_rank_cd(t.search, q.query, 1), 0))::real as rank
          from landfall.search_query($1, $2) q (query)
          cross join landfall.search_query($6, $7) shown (query)
          cross join lateral (
            select id, bool_or(in_text) as in_text from (
              select m.id, true as in_text from landfall.matching_texts(q.query) m (id)
              union all
              select n.id, false from landfall.documents n
              where n.deleted_at is null and landfall.title_search(n.name, n.file_name) @@ q.query
            ) either group by id
          ) hit
          join landfall.documents d on d.id = hit.id and d.deleted_at is null
          left join landfall.document_texts t on t.document_id = hit.id and hit.in_text
        ) found ${place}
        order by rank desc, id limit $3
      ) page
      join landfall.documents d on d.id = page.id
      left join landfall.document_texts t on t.document_id = page.id
      order by page.rank desc, page.id`,
    values,
  };
}
