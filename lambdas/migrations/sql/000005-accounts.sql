-- Exports of a user's data, and what it takes to finish the deletion of an account.

-- A ZIP with everything of a user's, made when the user asks for it.
create table landfall.account_exports (
  id uuid primary key,
  user_id uuid not null references landfall.users (id),
  status text not null check (status in ('preparing', 'ready', 'failed')),
  object_key text not null unique constraint account_exports_own_prefix check (object_key like 'exports/' || user_id || '/%'),
  size bigint check (size > 0),
  -- A code of ours, such as `timeout`; what exactly happened is in the log.
  failure text check (failure ~ '^[a-z_]{1,50}$'),
  created_at timestamptz(3) not null,
  finished_at timestamptz(3),
  expires_at timestamptz(3) not null,
  -- One worker at a time writes or removes the object; a crashed one is forgotten at this time, or replaced by the
  -- repetition of its own invocation, which has the same id.
  claimed_until timestamptz(3),
  claimed_by text,
  unique (user_id, id),
  constraint account_exports_outcome check (
    (status = 'ready') = (size is not null) and (status = 'failed') = (failure is not null)
    and (status = 'preparing') = (finished_at is null))
);

-- Ten calls at once start one export.
create unique index account_exports_preparing on landfall.account_exports (user_id) where status = 'preparing';
create index account_exports_newest on landfall.account_exports (user_id, created_at desc);
create index account_exports_expiry on landfall.account_exports (expires_at);

alter table landfall.account_exports enable row level security;
alter table landfall.account_exports force row level security;

create policy account_exports_own on landfall.account_exports to app
  using (user_id = (select landfall.current_user_id()))
  with check (user_id = (select landfall.current_user_id()));
create policy account_exports_expired on landfall.account_exports to maintenance
  using (expires_at < now()) with check (expires_at < now());

grant select, insert on landfall.account_exports to app;
grant update (status, size, failure, finished_at, expires_at, claimed_until, claimed_by)
  on landfall.account_exports to app;
grant select (id, object_key, expires_at, claimed_until), update (claimed_until, claimed_by), delete
  on landfall.account_exports to maintenance;

-- A user may know by which issuers they can sign in; subjects are nobody's business.
create policy identities_own on landfall.identities for select to app
  using (user_id = (select landfall.current_user_id()));
grant select (user_id, issuer, created_at) on landfall.identities to app;

-- Deletion of an account: uploads end early. Documents and exports the application may change anyway.
grant update (expires_at) on landfall.uploads to app;

-- The user pool has forgotten the person; other issuers keep theirs.
alter table landfall.identities add column removed_at timestamptz(3);

-- By which name the pool knows who has left, where that is not the subject: who signs in by another provider.
alter table landfall.users add column pool_username text check (length(pool_username) between 1 and 128);
grant update (pool_username) on landfall.users to app;

create index users_deleted on landfall.users (deleted_at) where deleted_at is not null;

-- An imported password must not bring back who has just left.
create function landfall.forget_legacy_users() returns trigger
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  delete from landfall.legacy_users l using landfall.identities i
    where i.user_id = new.id and l.issuer = i.issuer and l.subject = i.subject;
  return null;
end
$$;

create trigger users_forget_legacy after update of deleted_at on landfall.users
  for each row when (new.deleted_at is not null) execute function landfall.forget_legacy_users();

-- The sweep sees deleted users and nobody else. Their rows stay for 25 hours: until the last token of theirs has
-- expired, identify() must find that they are deleted, or it would take them for somebody new.
create policy users_deleted on landfall.users for select to maintenance
  using (deleted_at is not null);
create policy users_purge on landfall.users for delete to maintenance
  using (deleted_at < now() - interval '25 hours');
grant select (id, deleted_at, pool_username), delete on landfall.users to maintenance;

create policy identities_of_deleted_users on landfall.identities to maintenance
  using (exists (select from landfall.users u where u.id = user_id and u.deleted_at is not null));
grant select (issuer, subject, user_id, removed_at), update (removed_at) on landfall.identities to maintenance;

-- A request that began before the deletion may have added a document after it.
create policy documents_of_deleted_users_seen on landfall.documents for select to maintenance
  using (exists (select from landfall.users u where u.id = user_id and u.deleted_at is not null));
create policy documents_of_deleted_users_buried on landfall.documents for update to maintenance
  using (exists (select from landfall.users u where u.id = user_id and u.deleted_at is not null))
  with check (deleted_at is not null);
grant select (user_id), update (deleted_at, is_primary) on landfall.documents to maintenance;

create policy audit_log_purge on landfall.audit_log for insert to maintenance
  with check (action = 'account.purge'
    and exists (select from landfall.users u where u.id = audit_log.user_id and u.deleted_at is not null));
grant insert (user_id, action, entity_id, request_id, details, created_at) on landfall.audit_log to maintenance;
