-- The text of documents: to read, and to search.

-- Which of Postgres' configurations fits a language (ISO 639-1). `simple`, which only lowercases, for what has none, and
-- where this server lacks it: lists differ between versions.
create function landfall.search_configuration(p_language text) returns regconfig
  language sql stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
  select coalesce((select c.oid::regconfig from pg_ts_config c
    where c.cfgnamespace = 'pg_catalog'::regnamespace and c.cfgname = case p_language
    when 'ar' then 'arabic' when 'ca' then 'catalan' when 'da' then 'danish' when 'de' then 'german'
    when 'el' then 'greek' when 'en' then 'english' when 'es' then 'spanish' when 'et' then 'estonian'
    when 'eu' then 'basque' when 'fi' then 'finnish' when 'fr' then 'french' when 'ga' then 'irish'
    when 'hi' then 'hindi' when 'hu' then 'hungarian' when 'hy' then 'armenian' when 'id' then 'indonesian'
    when 'it' then 'italian' when 'lt' then 'lithuanian' when 'ne' then 'nepali' when 'nl' then 'dutch'
    when 'nb' then 'norwegian' when 'nn' then 'norwegian' when 'no' then 'norwegian' when 'pt' then 'portuguese'
    when 'ro' then 'romanian' when 'ru' then 'russian' when 'sr' then 'serbian' when 'sv' then 'swedish'
    when 'ta' then 'tamil' when 'tr' then 'turkish' when 'yi' then 'yiddish' end), 'pg_catalog.simple'::regconfig)
$$;

-- What a text is found by: its words as they are, without accents (p_folded), and in their basic form by the rules
-- of its language. Words as they are come first: positions end at 16,383, so that is where phrases of a long text are
-- found. A vector holds 1 MB; a text whose words do not fit is found by as much of its beginning as does.
create function landfall.text_search(
  p_language text, p_content text, p_folded text, out search tsvector, out searchable_characters integer
)
  language plpgsql stable
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_configuration regconfig := landfall.search_configuration(p_language);
begin
  searchable_characters := length(p_content);
  loop
    begin
      search := to_tsvector('pg_catalog.simple', left(p_folded, searchable_characters));
      if v_configuration <> 'pg_catalog.simple'::regconfig then
        -- With a gap, or the last word and the first one would be a phrase.
        search := ts_delete(search || '''|'':99'::tsvector
          || to_tsvector(v_configuration, left(p_content, searchable_characters)), '|');
      end if;
      return;
    exception when program_limit_exceeded then
      searchable_characters := searchable_characters / 2;
    end;
  end loop;
end
$$;

-- What the user named a document, and the file's name: its parts, which the parser would take for a host or a path.
create function landfall.title_search(p_name text, p_file_name text) returns tsvector
  language sql immutable parallel safe
  return setweight(to_tsvector('pg_catalog.simple'::regconfig, p_name), 'A')
    || setweight(to_tsvector('pg_catalog.simple'::regconfig, translate(p_file_name, '._-()[]', '       ')), 'B');

create table landfall.document_texts (
  document_id uuid primary key,
  user_id uuid not null,
  -- Pages are divided by form feeds.
  content text not null,
  pages integer check (pages >= 0),
  language text check (language ~ '^[a-z]{2,3}$'),
  metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object'),
  -- The file holds more text than is kept.
  truncated boolean not null default false,
  search tsvector not null,
  -- How much of the content `search` covers.
  searchable_characters integer not null check (searchable_characters >= 0),
  created_at timestamptz(3) not null,
  foreign key (user_id, document_id) references landfall.documents (user_id, id) on delete cascade
);

-- Also answers which languages a user's documents have without reading their texts.
create index document_texts_user on landfall.document_texts (user_id, language);
create index document_texts_search on landfall.document_texts using gin (search);

alter table landfall.document_texts enable row level security;
alter table landfall.document_texts force row level security;

create policy document_texts_own on landfall.document_texts for select to app
  using (user_id = (select landfall.current_user_id()));
-- Whose document it is, the foreign key sees to: it names document and user.
create policy document_texts_work on landfall.document_texts to worker
  using (true) with check (true);
-- For matching_texts() below.
create policy document_texts_match on landfall.document_texts for select to migrator using (true);

grant select on landfall.document_texts to app;
-- How to read the file.
grant select (mime_type) on landfall.documents to worker;
-- Writing a text again needs to see which document it belongs to, and nothing of what it says.
grant select (document_id),
  insert (document_id, user_id, content, pages, language, metadata, truncated, search, searchable_characters, created_at),
  update (content, pages, language, metadata, truncated, search, searchable_characters, created_at)
  on landfall.document_texts to worker;

-- Which texts of the transaction's user match.
--
-- With the rights of its owner, because row-level security would read all texts of the user: @@ is not leakproof, so
-- Postgres applies it after the policy and never by the index. What is measurable from outside that way is how common
-- a word is among everybody's texts, not who has it. Callers join the ids with tables under their own policies: if this
-- function were wrong, they would still see no row of others.
create function landfall.matching_texts(p_query tsquery) returns setof uuid
  language plpgsql stable security definer
  set search_path = pg_catalog, pg_temp
  -- A plan for these words: whether to begin with the index or with the user depends on them.
  set plan_cache_mode = force_custom_plan
  rows 100
as $$
declare
  v_user_id uuid := landfall.current_user_id();
begin
  return query select t.document_id from landfall.document_texts t
    where t.user_id = v_user_id and t.search @@ p_query;
end
$$;

-- What a person typed as a query for the texts of the transaction's user: words as they are, without accents, or in
-- their basic form in any of the languages the user's documents have. Null when that would be a search by what is not
-- there ("-word"), which no index answers.
create function landfall.search_query(p_words text, p_folded text) returns tsquery
  language plpgsql stable
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_query tsquery := websearch_to_tsquery('pg_catalog.simple', p_folded);
  v_configuration regconfig;
begin
  for v_configuration in
    select distinct landfall.search_configuration(l.language)
      from (select distinct t.language from landfall.document_texts t where t.language is not null) l
      order by 1
  loop
    v_query := v_query || websearch_to_tsquery(v_configuration, p_words);
  end loop;
  return case when querytree(v_query) not in ('', 'T') then v_query end;
end
$$;

grant execute on function
  landfall.search_configuration(text),
  landfall.title_search(text, text),
  landfall.matching_texts(tsquery),
  landfall.search_query(text, text)
  to app;
grant execute on function
  landfall.search_configuration(text),
  landfall.text_search(text, text, text)
  to worker;
