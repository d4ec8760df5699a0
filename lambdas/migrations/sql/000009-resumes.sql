-- Jobs, their candidates, and ZIPs of resumes that become candidates.

create table landfall.jobs (
  id uuid primary key,
  user_id uuid not null references landfall.users (id),
  title text not null check (length(title) between 1 and 200),
  description text not null default '' check (length(description) <= 20000),
  status text not null default 'open' check (status in ('open', 'closed')),
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  -- A tombstone: gone for the user, kept until its candidates are gone too.
  deleted_at timestamptz(3),
  unique (user_id, id)
);

create index jobs_page on landfall.jobs (user_id, created_at desc, id desc) where deleted_at is null;
create index jobs_tombstones on landfall.jobs (deleted_at) where deleted_at is not null;

create trigger jobs_updated_at before update of title, description, status, deleted_at on landfall.jobs
  for each row execute function landfall.touch_updated_at();

-- A candidate is a resume that somebody sent in. The row is made under the id of its upload, or under an id that
-- follows from the import and the position in the archive.
create table landfall.candidates (
  id uuid primary key,
  user_id uuid not null references landfall.users (id),
  job_id uuid not null,
  -- Where it came from, if not alone. No reference: the report of an import may be gone before its candidates.
  import_id uuid,
  file_name text not null check (octet_length(file_name) between 1 and 255),
  mime_type text not null,
  size bigint not null check (size > 0),
  content_sha256 bytea check (length(content_sha256) = 32),
  object_key text not null unique constraint candidates_own_key check (object_key like 'resumes/' || id || '\_%'),
  object_version text not null check (length(object_version) between 1 and 1024),
  status text not null check (status in ('processing', 'ready', 'failed')),
  failure text check (failure ~ '^[a-z_]{1,50}$'),
  claimed_until timestamptz(3),
  crashes smallint not null default 0 check (crashes >= 0),
  processed_at timestamptz(3),
  -- What the rules found in the text. The text itself is personal data that nobody needs twice, and is not kept.
  profile jsonb,
  language text check (language ~ '^[a-z]{2}$'),
  pages integer check (pages >= 0),
  created_at timestamptz(3) not null,
  -- From then on nobody sees it. The bucket forgets the object at about the same time, by itself.
  expires_at timestamptz(3) not null,
  deleted_at timestamptz(3),
  unique (user_id, id),
  foreign key (user_id, job_id) references landfall.jobs (user_id, id),
  constraint candidates_outcome check ((status = 'failed') = (failure is not null)),
  constraint candidates_ready check (status <> 'ready' or profile is not null),
  constraint candidates_claim check (claimed_until is null or status = 'processing')
);

create index candidates_page on landfall.candidates (user_id, job_id, created_at desc, id desc)
  where deleted_at is null;
create index candidates_content on landfall.candidates (job_id, content_sha256) where deleted_at is null;
create index candidates_tombstones on landfall.candidates (deleted_at) where deleted_at is not null;
create index candidates_expiry on landfall.candidates (expires_at) where deleted_at is null;
create index candidates_processing on landfall.candidates (created_at) where status = 'processing';
-- Two imports at the same time find each other's files here.
create unique index candidates_imported_once on landfall.candidates (job_id, content_sha256)
  where import_id is not null and deleted_at is null;

-- A ZIP of resumes, from the moment that it is complete; before that it is an upload.
create table landfall.candidate_imports (
  id uuid primary key,
  user_id uuid not null references landfall.users (id),
  job_id uuid not null,
  file_name text not null check (octet_length(file_name) between 1 and 255),
  size bigint not null check (size > 0),
  object_key text not null unique
    constraint candidate_imports_own_key check (object_key = 'imports/' || user_id || '/' || id),
  object_version text not null check (length(object_version) between 1 and 1024),
  status text not null check (status in ('processing', 'ready', 'failed')),
  failure text check (failure ~ '^[a-z_]{1,50}$'),
  claimed_until timestamptz(3),
  crashes smallint not null default 0 check (crashes >= 0),
  processed_at timestamptz(3),
  -- Entries of the archive; null until its directory has been read.
  entries integer check (entries >= 0),
  created_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  deleted_at timestamptz(3),
  unique (user_id, id),
  foreign key (user_id, job_id) references landfall.jobs (user_id, id),
  constraint candidate_imports_outcome check ((status = 'failed') = (failure is not null)),
  constraint candidate_imports_claim check (claimed_until is null or status = 'processing')
);

create index candidate_imports_job on landfall.candidate_imports (user_id, job_id);
create index candidate_imports_tombstones on landfall.candidate_imports (deleted_at) where deleted_at is not null;
create index candidate_imports_expiry on landfall.candidate_imports (expires_at) where deleted_at is null;
create index candidate_imports_processing on landfall.candidate_imports (created_at) where status = 'processing';

-- What became of an entry of an archive: exactly one row each.
create table landfall.candidate_import_entries (
  user_id uuid not null,
  import_id uuid not null,
  position integer not null check (position >= 0),
  path text not null check (length(path) between 1 and 500),
  outcome text not null check (outcome in ('candidate', 'duplicate', 'skipped', 'unsafe_path', 'encrypted',
    'unsupported', 'too_large', 'expands_too_much', 'corrupt', 'empty')),
  -- The candidate that it became, or whose file it equals. No reference: the report outlives a deletion.
  candidate_id uuid,
  primary key (import_id, position),
  foreign key (user_id, import_id) references landfall.candidate_imports (user_id, id) on delete cascade,
  constraint candidate_import_entries_candidate
    check ((outcome in ('candidate', 'duplicate')) = (candidate_id is not null))
);

alter table landfall.uploads
  -- ZIPs are sent in parts.
  add column multipart_id text check (length(multipart_id) between 1 and 1024),
  -- Files on their way out of an archive.
  add column import_id uuid,
  drop constraint uploads_purpose_check,
  add constraint uploads_purpose_check check (purpose in ('document', 'photo', 'candidate', 'candidate_import')),
  drop constraint uploads_of_jobs,
  add constraint uploads_of_jobs check ((purpose in ('candidate', 'candidate_import')) = (job_id is not null)),
  add constraint uploads_multipart check ((purpose = 'candidate_import') = (multipart_id is not null)),
  drop constraint uploads_own_prefix,
  add constraint uploads_own_prefix check (object_key like case purpose
    when 'document' then 'users/' || user_id || '/%'
    when 'photo' then 'originals/' || user_id || '/%'
    when 'candidate' then 'resumes/' || id || '\_%'
    when 'candidate_import' then 'imports/' || user_id || '/' || id
  end);

alter table landfall.jobs enable row level security;
alter table landfall.jobs force row level security;
alter table landfall.candidates enable row level security;
alter table landfall.candidates force row level security;
alter table landfall.candidate_imports enable row level security;
alter table landfall.candidate_imports force row level security;
alter table landfall.candidate_import_entries enable row level security;
alter table landfall.candidate_import_entries force row level security;

create policy jobs_own on landfall.jobs to app
  using (user_id = (select landfall.current_user_id()))
  with check (user_id = (select landfall.current_user_id()));
create policy candidates_own on landfall.candidates to app
  using (user_id = (select landfall.current_user_id()))
  with check (user_id = (select landfall.current_user_id()));
create policy candidate_imports_own on landfall.candidate_imports to app
  using (user_id = (select landfall.current_user_id()))
  with check (user_id = (select landfall.current_user_id()));
create policy candidate_import_entries_own on landfall.candidate_import_entries for select to app
  using (user_id = (select landfall.current_user_id()));

grant select, insert on landfall.jobs to app;
grant update (title, description, status, updated_at, deleted_at) on landfall.jobs to app;
grant select, insert, delete on landfall.candidates to app;
grant update (deleted_at) on landfall.candidates to app;
grant select, insert on landfall.candidate_imports to app;
grant update (deleted_at) on landfall.candidate_imports to app;
grant select on landfall.candidate_import_entries to app;

-- Workers read tombstones, to know them from files that nobody has a row for, and change none.
create policy candidates_seen_by_workers on landfall.candidates for select to worker using (true);
create policy candidates_processed on landfall.candidates for update to worker
  using (true) with check (deleted_at is null);
create policy candidate_imports_seen_by_workers on landfall.candidate_imports for select to worker using (true);
create policy candidate_imports_processed on landfall.candidate_imports for update to worker
  using (true) with check (deleted_at is null);
grant select (id, user_id, job_id, import_id, mime_type, content_sha256, object_key, object_version, status,
  claimed_until, crashes, deleted_at) on landfall.candidates to worker;
grant update (status, failure, claimed_until, crashes, processed_at, profile, language, pages)
  on landfall.candidates to worker;
grant select (id, user_id, job_id, object_key, object_version, status, claimed_until, crashes, created_at,
  expires_at, deleted_at) on landfall.candidate_imports to worker;
grant update (status, failure, claimed_until, crashes, processed_at, entries) on landfall.candidate_imports to worker;

-- The worker of archives makes candidates, uploads of candidates and entries: of an import that is being worked on,
-- and for its user and job only.
create policy candidates_imported on landfall.candidates for insert to worker
  with check (exists (select from landfall.candidate_imports i
    where i.id = candidates.import_id and i.user_id = candidates.user_id and i.job_id = candidates.job_id
      and i.status = 'processing' and i.deleted_at is null));
grant insert (id, user_id, job_id, import_id, file_name, mime_type, size, content_sha256, object_key,
  object_version, status, created_at, expires_at) on landfall.candidates to worker;
create policy candidate_import_entries_seen_by_workers on landfall.candidate_import_entries for select to worker
  using (true);
create policy candidate_import_entries_reported on landfall.candidate_import_entries for insert to worker
  with check (exists (select from landfall.candidate_imports i
    where i.id = import_id and i.user_id = candidate_import_entries.user_id
      and i.status = 'processing' and i.deleted_at is null));
grant select, insert on landfall.candidate_import_entries to worker;
create policy uploads_of_imports_begun on landfall.uploads for insert to worker
  with check (purpose = 'candidate' and exists (select from landfall.candidate_imports i
    where i.id = uploads.import_id and i.user_id = uploads.user_id and i.job_id = uploads.job_id
      and i.status = 'processing' and i.deleted_at is null));
create policy uploads_of_imports_done on landfall.uploads for delete to worker using (import_id is not null);
grant select (id, import_id), delete on landfall.uploads to worker;
grant insert (id, user_id, purpose, job_id, import_id, file_name, mime_type, size, object_key, created_at, expires_at)
  on landfall.uploads to worker;

-- The sweep sees what is left over, what has expired, and what waits for a worker that was never told of it.
create policy candidates_left on landfall.candidates to maintenance
  using (deleted_at is not null or expires_at < now()) with check (deleted_at is not null);
create policy candidates_waiting on landfall.candidates for select to maintenance
  using (status = 'processing' and created_at < now() - interval '1 day');
create policy candidate_imports_left on landfall.candidate_imports to maintenance
  using (deleted_at is not null or expires_at < now()) with check (deleted_at is not null);
create policy candidate_imports_waiting on landfall.candidate_imports for select to maintenance
  using (status = 'processing' and created_at < now() - interval '1 day');
create policy jobs_left on landfall.jobs to maintenance
  using (deleted_at is not null) with check (deleted_at is not null);
grant select (id, user_id, job_id, object_key, status, claimed_until, created_at, expires_at, deleted_at),
  update (deleted_at), delete on landfall.candidates to maintenance;
grant select (id, user_id, job_id, object_key, status, claimed_until, created_at, expires_at, deleted_at),
  update (deleted_at), delete on landfall.candidate_imports to maintenance;
grant select (id, user_id, deleted_at), update (deleted_at), delete on landfall.jobs to maintenance;

-- A request that began before its account was deleted may have added something after it.
create policy jobs_of_deleted_users_seen on landfall.jobs for select to maintenance
  using (exists (select from landfall.users u where u.id = user_id and u.deleted_at is not null));
create policy jobs_of_deleted_users_buried on landfall.jobs for update to maintenance
  using (exists (select from landfall.users u where u.id = user_id and u.deleted_at is not null))
  with check (deleted_at is not null);
create policy candidates_of_deleted_users_seen on landfall.candidates for select to maintenance
  using (exists (select from landfall.users u where u.id = user_id and u.deleted_at is not null));
create policy candidates_of_deleted_users_buried on landfall.candidates for update to maintenance
  using (exists (select from landfall.users u where u.id = user_id and u.deleted_at is not null))
  with check (deleted_at is not null);
create policy candidate_imports_of_deleted_users_seen on landfall.candidate_imports for select to maintenance
  using (exists (select from landfall.users u where u.id = user_id and u.deleted_at is not null));
create policy candidate_imports_of_deleted_users_buried on landfall.candidate_imports for update to maintenance
  using (exists (select from landfall.users u where u.id = user_id and u.deleted_at is not null))
  with check (deleted_at is not null);
