-- Documents and the uploads they come from.
--
-- An upload becomes a document under its own id, so that repeating the last step of an upload is harmless:
-- the row is either still an upload or already a document.

create table landfall.uploads (
  id uuid primary key,
  user_id uuid not null references landfall.users (id),
  type text not null check (type in ('resume', 'cover_letter', 'portfolio', 'certificate', 'knowledge', 'other')),
  name text not null check (length(name) between 1 and 200),
  file_name text not null check (octet_length(file_name) between 1 and 255),
  mime_type text not null,
  size bigint not null check (size > 0),
  -- Where the file goes once it has been checked; until then it lies in quarantine/{user_id}/{id}.
  object_key text not null unique constraint uploads_own_prefix check (object_key like 'users/' || user_id || '/%'),
  created_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  -- One worker at a time moves or removes the file; a crashed one is forgotten at this time.
  claimed_until timestamptz(3),
  unique (user_id, id)
);

create index uploads_expiry on landfall.uploads (expires_at);

create table landfall.documents (
  id uuid primary key,
  user_id uuid not null references landfall.users (id),
  type text not null check (type in ('resume', 'cover_letter', 'portfolio', 'certificate', 'knowledge', 'other')),
  name text not null check (length(name) between 1 and 200),
  file_name text not null check (octet_length(file_name) between 1 and 255),
  mime_type text not null,
  size bigint not null check (size > 0),
  object_key text not null unique constraint documents_own_prefix check (object_key like 'users/' || user_id || '/%'),
  is_primary boolean not null default false,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  -- A tombstone: gone for the user, kept until the object is gone too.
  deleted_at timestamptz(3),
  constraint documents_no_primary_tombstone check (not (is_primary and deleted_at is not null)),
  -- For tables that refer to documents: (user_id, document_id) cannot point at another user's document.
  unique (user_id, id)
);

-- Serves the list in its order; the cursor is (created_at, id).
create index documents_page on landfall.documents (user_id, created_at desc, id desc) where deleted_at is null;
create unique index documents_primary on landfall.documents (user_id, type) where is_primary;
create index documents_tombstones on landfall.documents (deleted_at) where deleted_at is not null;

create trigger documents_updated_at before update on landfall.documents
  for each row execute function landfall.touch_updated_at();

alter table landfall.uploads enable row level security;
alter table landfall.uploads force row level security;
alter table landfall.documents enable row level security;
alter table landfall.documents force row level security;

create policy uploads_own on landfall.uploads to app
  using (user_id = (select landfall.current_user_id()))
  with check (user_id = (select landfall.current_user_id()));
create policy documents_own on landfall.documents to app
  using (user_id = (select landfall.current_user_id()))
  with check (user_id = (select landfall.current_user_id()));

-- The sweep sees what is left over and nothing else.
create policy uploads_expired on landfall.uploads to maintenance
  using (expires_at < now()) with check (expires_at < now());
create policy documents_tombstones on landfall.documents to maintenance
  using (deleted_at is not null);

grant select, insert, delete on landfall.uploads to app;
grant update (claimed_until) on landfall.uploads to app;
grant select, insert, delete on landfall.documents to app;
grant update (name, is_primary, updated_at, deleted_at) on landfall.documents to app;

grant select (id, user_id, object_key, expires_at, claimed_until) on landfall.uploads to maintenance;
grant update (claimed_until) on landfall.uploads to maintenance;
grant delete on landfall.uploads to maintenance;
grant select (id, object_key, deleted_at) on landfall.documents to maintenance;
grant delete on landfall.documents to maintenance;
