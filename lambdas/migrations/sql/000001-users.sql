-- Users, the identities they sign in with, and what every capability needs beside its own tables.
--
-- Row-level security is enabled and FORCED on every table with user data. The policies read the user from
-- a setting that is local to the transaction; after COMMIT it is the empty string, hence nullif.

-- Functions are executable by everybody unless told otherwise; here, by those who are granted it.
alter default privileges revoke execute on functions from public;

grant usage on schema landfall to app, maintenance;

create function landfall.current_user_id() returns uuid
  language sql stable parallel safe
  return nullif(current_setting('landfall.user_id', true), '')::uuid;

grant execute on function landfall.current_user_id() to app;

create function landfall.touch_updated_at() returns trigger
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
begin
  -- A caller that passes its own time keeps it; any other change is stamped here.
  if new.updated_at is not distinct from old.updated_at then
    new.updated_at := clock_timestamp();
  end if;
  return new;
end
$$;

create table landfall.users (
  id uuid primary key default gen_random_uuid(),
  -- As the identity provider states it; may be absent and is not unique across providers.
  email text check (length(email) between 3 and 320),
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now()
);

-- A person may sign in by several providers, and a migrated user keeps the id of the old system:
-- the pair (issuer, subject) leads to the user, never the subject alone.
create table landfall.identities (
  issuer text not null check (length(issuer) between 1 and 512),
  subject text not null check (length(subject) between 1 and 255),
  user_id uuid not null references landfall.users (id) on delete cascade,
  created_at timestamptz(3) not null default now(),
  primary key (issuer, subject)
);

create index identities_user on landfall.identities (user_id);

create table landfall.audit_log (
  id bigint generated always as identity primary key,
  user_id uuid not null references landfall.users (id),
  action text not null check (action ~ '^[a-z_]+\.[a-z_]+$'),
  entity_id uuid not null,
  request_id text,
  details jsonb not null default '{}',
  created_at timestamptz(3) not null default now()
);

create index audit_log_user on landfall.audit_log (user_id, id);

create table landfall.idempotency_keys (
  user_id uuid not null references landfall.users (id) on delete cascade,
  key text not null check (length(key) between 1 and 255),
  -- SHA-256 of route, parameters and body: the same key with another request is refused.
  request_hash bytea not null check (length(request_hash) = 32),
  -- The answer; null only inside the transaction that makes the effect.
  body jsonb,
  created_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  primary key (user_id, key)
);

create index idempotency_keys_expiry on landfall.idempotency_keys (expires_at);

create trigger users_updated_at before update on landfall.users
  for each row execute function landfall.touch_updated_at();

create function landfall.refuse_change() returns trigger
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception '% is append-only: % refused', tg_table_name, tg_op using errcode = 'insufficient_privilege';
end
$$;

-- No role has the privilege; the trigger stops the owner too.
create trigger audit_log_append_only before update or delete or truncate on landfall.audit_log
  for each statement execute function landfall.refuse_change();

alter table landfall.users enable row level security;
alter table landfall.users force row level security;
alter table landfall.identities enable row level security;
alter table landfall.identities force row level security;
alter table landfall.audit_log enable row level security;
alter table landfall.audit_log force row level security;
alter table landfall.idempotency_keys enable row level security;
alter table landfall.idempotency_keys force row level security;

-- The owner is subject to the policies as well; identify() runs as the owner and must find strangers.
create policy users_identify on landfall.users to migrator using (true) with check (true);
create policy identities_identify on landfall.identities to migrator using (true) with check (true);

create policy users_own on landfall.users for select to app
  using (id = (select landfall.current_user_id()));
create policy audit_log_own on landfall.audit_log for insert to app
  with check (user_id = (select landfall.current_user_id()));
create policy idempotency_keys_own on landfall.idempotency_keys to app
  using (user_id = (select landfall.current_user_id()))
  with check (user_id = (select landfall.current_user_id()));
create policy idempotency_keys_expired on landfall.idempotency_keys to maintenance
  using (expires_at < now());

grant select on landfall.users to app;
grant insert (user_id, action, entity_id, request_id, details, created_at) on landfall.audit_log to app;
grant select, insert, delete on landfall.idempotency_keys to app;
grant update (body) on landfall.idempotency_keys to app;
grant select, delete on landfall.idempotency_keys to maintenance;

-- Finds or creates the user of an identity and makes it the user of this transaction. The only way to set
-- the identity, and the reason why the application needs no right to read or write identities.
create function landfall.identify(p_issuer text, p_subject text, p_email text) returns uuid
  language plpgsql volatile security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user_id uuid;
  v_email text;
  v_created_id uuid;
begin
  select i.user_id, u.email into v_user_id, v_email
    from landfall.identities i join landfall.users u on u.id = i.user_id
    where i.issuer = p_issuer and i.subject = p_subject;

  if v_user_id is null then
    insert into landfall.users (email) values (p_email) returning id into v_created_id;
    insert into landfall.identities (issuer, subject, user_id) values (p_issuer, p_subject, v_created_id)
      on conflict (issuer, subject) do nothing
      returning user_id into v_user_id;
    if v_user_id is null then
      -- A second first request of the same person was faster.
      delete from landfall.users where id = v_created_id;
      select user_id into strict v_user_id from landfall.identities where issuer = p_issuer and subject = p_subject;
    end if;
  elsif p_email is not null and p_email is distinct from v_email then
    update landfall.users set email = p_email where id = v_user_id;
  end if;

  perform set_config('landfall.user_id', v_user_id::text, true);
  return v_user_id;
end
$$;

grant execute on function landfall.identify(text, text, text) to app;
