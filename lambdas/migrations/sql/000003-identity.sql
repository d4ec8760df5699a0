-- Accounts that move and end: profiles, deletion, sign-out everywhere, and users of an earlier issuer.

alter table landfall.users
  add column name text check (length(name) between 1 and 200),
  add column locale text check (length(locale) <= 35 and locale ~ '^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$'),
  -- The account has ended: nobody gets in any more, and what is left of it is being removed.
  add column deleted_at timestamptz(3),
  -- Signed out everywhere: tokens of an earlier sign-in are refused.
  add column tokens_valid_after timestamptz(3);

create policy users_change_own on landfall.users for update to app
  using (id = (select landfall.current_user_id()))
  with check (id = (select landfall.current_user_id()));

grant update (name, locale, deleted_at, tokens_valid_after) on landfall.users to app;

-- Entries hold ids and nothing personal; they outlive the account.
alter table landfall.audit_log drop constraint audit_log_user_id_fkey;

-- As before, and what policies may ask beyond the user: `request.jwt.claims`, the setting that Supabase's
-- functions read. What is known here overrides what the token says, or it could pass itself off as somebody else.
--
-- p_claims: auth_time or iat in seconds, groups, app_metadata, email_verified.
-- Raises LF001 account_deleted, and LF002 signed_out for tokens from before the user signed out everywhere.
create function landfall.identify(p_issuer text, p_subject text, p_email text, p_claims jsonb) returns uuid
  language plpgsql volatile security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user_id uuid;
  v_email text;
  v_deleted_at timestamptz;
  v_valid_after timestamptz;
  v_created_id uuid;
  v_claimed_email text := 'null';
  v_claims text;
begin
  loop
    select i.user_id, u.email, u.deleted_at, u.tokens_valid_after
      into v_user_id, v_email, v_deleted_at, v_valid_after
      from landfall.identities i join landfall.users u on u.id = i.user_id
      where i.issuer = p_issuer and i.subject = p_subject;
    exit when v_user_id is not null;

    insert into landfall.users (email) values (p_email) returning id into v_created_id;
    insert into landfall.identities (issuer, subject, user_id) values (p_issuer, p_subject, v_created_id)
      on conflict (issuer, subject) do nothing
      returning user_id into v_user_id;
    if v_user_id is not null then
      v_email := p_email;
      exit;
    end if;
    -- Another first request of the same person was faster: its user is there now.
    delete from landfall.users where id = v_created_id;
  end loop;

  if v_deleted_at is not null then
    raise exception 'account_deleted' using errcode = 'LF001';
  end if;
  -- A token that does not say when its user signed in cannot be shown to be newer.
  if v_valid_after is not null and coalesce(
       to_timestamp(coalesce(p_claims ->> 'auth_time', p_claims ->> 'iat')::double precision) < v_valid_after, true) then
    raise exception 'signed_out' using errcode = 'LF002';
  end if;
  if p_email is not null and p_email is distinct from v_email then
    update landfall.users set email = p_email where id = v_user_id;
  end if;

  -- Policies give access by address: one that its holder has not confirmed must not open anything.
  if p_email is not null and p_claims ->> 'email_verified' is distinct from 'false' then
    v_claimed_email := to_json(p_email);
  end if;
  -- Put together as text, at half the price of jsonb: this runs with every request. Of two equal keys the last counts.
  v_claims := coalesce(left(nullif(p_claims, '{}')::text, -1) || ',', '{')
    || '"sub":"' || v_user_id || '","role":"authenticated","iss":' || to_json(p_issuer)
    || ',"email":' || v_claimed_email || '}';
  -- Assignments, because PERFORM would start the executor for each.
  v_email := set_config('request.jwt.claims', v_claims, true);
  v_email := set_config('landfall.user_id', v_user_id::text, true);
  return v_user_id;
end
$$;

grant execute on function landfall.identify(text, text, text, jsonb) to app;

-- The code before this migration calls it while a deployment is under way.
create or replace function landfall.identify(p_issuer text, p_subject text, p_email text) returns uuid
  language sql volatile security invoker
  return landfall.identify(p_issuer, p_subject, p_email, null);

grant usage on schema landfall to identity;

-- Finds or creates the user of an identity when somebody signs up or in, and leads the identities of an earlier
-- issuer and of the new one to the same user. A new user keeps the id of the old system when that is a uuid, so
-- that rows which were copied together with it still belong to it.
--
-- p_legacy_issuer and p_legacy_subject: null for somebody who did not come from elsewhere.
-- Raises LF001 account_deleted.
create function landfall.register_identity(
  p_issuer text, p_subject text, p_email text, p_legacy_issuer text, p_legacy_subject text
) returns uuid
  language plpgsql volatile security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_legacy boolean := p_legacy_issuer is not null and p_legacy_subject is not null;
  v_kept_id uuid := case
    when v_legacy and p_legacy_subject ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then p_legacy_subject::uuid end;
  v_user_id uuid;
  v_inserted integer;
begin
  -- Every step may lose against another request for the same person, whose rows the next round then finds. Rows
  -- are made in one order (user, new identity, earlier identity), so requests wait and never deadlock.
  loop
    select user_id into v_user_id from landfall.identities where issuer = p_issuer and subject = p_subject;
    if v_user_id is not null then
      insert into landfall.identities (issuer, subject, user_id)
        select p_legacy_issuer, p_legacy_subject, v_user_id where v_legacy
        on conflict (issuer, subject) do nothing;
      exit;
    end if;

    select user_id into v_user_id from landfall.identities
      where v_legacy and issuer = p_legacy_issuer and subject = p_legacy_subject;
    if v_user_id is not null then
      insert into landfall.identities (issuer, subject, user_id) values (p_issuer, p_subject, v_user_id)
        on conflict (issuer, subject) do nothing;
      get diagnostics v_inserted = row_count;
      exit when v_inserted = 1;
      continue;
    end if;

    insert into landfall.users (id, email)
      values (coalesce(v_kept_id, gen_random_uuid()), case when length(p_email) between 3 and 320 then p_email end)
      on conflict (id) do nothing
      returning id into v_user_id;
    if v_user_id is null then
      -- The old id belongs to somebody: to this person, or to another one and then it is not to be had.
      v_kept_id := null;
      continue;
    end if;
    insert into landfall.identities (issuer, subject, user_id) values (p_issuer, p_subject, v_user_id)
      on conflict (issuer, subject) do nothing;
    get diagnostics v_inserted = row_count;
    if v_inserted = 1 and v_legacy then
      insert into landfall.identities (issuer, subject, user_id) values (p_legacy_issuer, p_legacy_subject, v_user_id)
        on conflict (issuer, subject) do nothing;
      get diagnostics v_inserted = row_count;
    end if;
    exit when v_inserted = 1;
    delete from landfall.users where id = v_user_id;
  end loop;

  if exists (select from landfall.users where id = v_user_id and deleted_at is not null) then
    raise exception 'account_deleted' using errcode = 'LF001';
  end if;
  return v_user_id;
end
$$;

grant execute on function landfall.register_identity(text, text, text, text, text) to identity;

-- Users of an earlier system who have not signed in yet, with what their sign-in needs. Written by the bulk
-- migration as the owner; no runtime role reads it but through legacy_user().
create table landfall.legacy_users (
  email text primary key check (length(email) between 3 and 320 and email = lower(email)),
  issuer text not null check (length(issuer) between 1 and 512),
  subject text not null check (length(subject) between 1 and 255),
  -- bcrypt; null for users who have no password.
  password_hash text check (password_hash ~ '^\$2[abxy]\$[0-9]{2}\$[./A-Za-z0-9]{53}$'),
  confirmed boolean not null,
  banned boolean not null,
  imported_at timestamptz(3) not null default now(),
  unique (issuer, subject)
);

alter table landfall.legacy_users enable row level security;
alter table landfall.legacy_users force row level security;

create policy legacy_users_import on landfall.legacy_users to migrator using (true) with check (true);

-- One user by address. That all of them cannot be listed keeps the hashes from leaving by one stray query.
create function landfall.legacy_user(p_email text)
  returns table (issuer text, subject text, password_hash text, confirmed boolean, banned boolean)
  language sql stable security definer
  set search_path = pg_catalog, pg_temp
  rows 1
as $$
  select l.issuer, l.subject, l.password_hash, l.confirmed, l.banned
    from landfall.legacy_users l where l.email = lower(p_email)
$$;

grant execute on function landfall.legacy_user(text) to identity;

-- What the maintenance connection begins with. A function, because RDS Proxy pins a connection on which it sees
-- set_config.
create function landfall.act_as_service() returns text
  language sql volatile security invoker
  return set_config('request.jwt.claims', '{"role":"service_role"}', true);

grant execute on function landfall.act_as_service() to maintenance;
