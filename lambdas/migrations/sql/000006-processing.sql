-- Files that process themselves: uploads of other things than documents, and what a worker knows about a file.
--
-- Every table of files has the same columns for its worker, so that one program (lambdas/shared/processing) serves
-- them all: id, user_id, object_key (unique), deleted_at, and those that documents get below. Each such table has to
-- give role `worker` the same policies and grants, and its processor's columns besides.

-- The role of the functions that work on files. It sees files of all users, because it has no user, and of them only
-- what its columns let it.
grant usage on schema landfall to worker;

alter table landfall.uploads
  -- The default serves the code before this migration while a deployment is under way.
  add column purpose text not null default 'document' check (purpose in ('document', 'photo', 'candidate')),
  add column job_id uuid,
  alter column type drop not null,
  alter column name drop not null,
  add constraint uploads_document_fields check ((purpose = 'document') = (type is not null and name is not null)),
  add constraint uploads_of_jobs check ((purpose = 'candidate') = (job_id is not null)),
  drop constraint uploads_own_prefix,
  -- Photos have a bucket of their own.
  add constraint uploads_own_prefix check (object_key like case purpose
    when 'document' then 'users/' || user_id || '/%'
    when 'photo' then 'originals/' || user_id || '/%'
    when 'candidate' then 'resumes/' || id || '\_%'
  end);

-- Which bucket an abandoned upload lies in.
grant select (purpose) on landfall.uploads to maintenance;

-- An event may arrive before the row that its file belongs to is committed: the upload is still there then.
create policy uploads_under_way on landfall.uploads for select to worker using (true);
grant select (object_key) on landfall.uploads to worker;

alter table landfall.documents
  -- The version of the object that was checked and is worked on. Null for rows that are older than this migration,
  -- or were made by code that is.
  add column object_version text check (length(object_version) between 1 and 1024),
  add column status text not null default 'ready' check (status in ('processing', 'ready', 'failed')),
  -- A code such as `encrypted`; what exactly happened is in the log.
  add column failure text check (failure ~ '^[a-z_]{1,50}$'),
  -- One worker at a time; a crashed one is forgotten at this time, and its crash is counted.
  add column claimed_until timestamptz(3),
  add column crashes smallint not null default 0 check (crashes >= 0),
  add column processed_at timestamptz(3),
  add constraint documents_outcome check ((status = 'failed') = (failure is not null)),
  add constraint documents_claim check (claimed_until is null or status = 'processing');

-- What has waited for its worker for too long.
create index documents_processing on landfall.documents (created_at) where status = 'processing';

-- Work on a file is no change of the document by its user.
drop trigger documents_updated_at on landfall.documents;
create trigger documents_updated_at before update of type, name, file_name, is_primary, deleted_at on landfall.documents
  for each row execute function landfall.touch_updated_at();

-- The sweep leaves tombstones alone that a worker may still be writing objects for, and counts files whose event was
-- lost.
create policy documents_waiting on landfall.documents for select to maintenance
  using (status = 'processing' and created_at < now() - interval '1 day');
grant select (status, claimed_until, created_at) on landfall.documents to maintenance;

-- A worker reads tombstones, to know them from files that nobody has a row for, and changes none.
create policy documents_seen_by_workers on landfall.documents for select to worker using (true);
create policy documents_processed on landfall.documents for update to worker
  using (true) with check (deleted_at is null);
grant select (id, user_id, object_key, object_version, status, claimed_until, crashes, deleted_at)
  on landfall.documents to worker;
grant update (status, failure, claimed_until, crashes, processed_at) on landfall.documents to worker;
