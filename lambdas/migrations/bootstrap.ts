/**
 * What must exist before the first migration: extensions, roles, schema, ledger. Every statement can be
 * repeated. It runs as the owner of the database, which on RDS is no superuser, and touches nothing but
 * what belongs to Landfall, because an external database may have other tenants.
 */

/** What the capabilities build on: geography, embeddings, hashing. */
export const requiredExtensions = ['postgis', 'vector', 'pgcrypto'] as const;

/**
 * `migrator` owns the schema and cannot log in. `app`, `maintenance`, `identity` and `worker` log in with IAM tokens,
 * own nothing, and are subject to row-level security. `identity` serves Cognito's triggers and executes a few
 * functions; `worker` serves the functions that work on files.
 *
 * Their timeouts are settings of the role and not of a session: a SET at connect would pin an RDS Proxy
 * connection. 5 s for a statement stays below the shortest function timeout (10 s) and API Gateway's 29 s; Cognito
 * gives a trigger 5 s for everything, hence 2 s for `identity`. Nobody waits for `maintenance` and `worker`.
 */
const roles = `
do $$
declare
  v_role text;
begin
  foreach v_role in array array['migrator', 'app', 'maintenance', 'identity', 'worker'] loop
    if not exists (select from pg_roles where rolname = v_role) then
      execute format('create role %I nosuperuser nocreatedb nocreaterole noreplication nobypassrls', v_role);
    end if;
  end loop;

  if exists (select from pg_roles where rolname in ('migrator', 'app', 'maintenance', 'identity', 'worker') and (rolsuper or rolbypassrls)) then
    raise exception 'migrator, app, maintenance, identity and worker must be neither superuser nor BYPASSRLS';
  end if;

  alter role migrator nologin;
  alter role app login;
  alter role maintenance login;
  alter role identity login;
  alter role worker login;
  alter role app set statement_timeout = '5s';
  alter role app set lock_timeout = '4s';
  alter role app set idle_in_transaction_session_timeout = '10s';
  alter role maintenance set statement_timeout = '20s';
  alter role maintenance set lock_timeout = '4s';
  alter role maintenance set idle_in_transaction_session_timeout = '30s';
  alter role identity set statement_timeout = '2s';
  alter role identity set lock_timeout = '2s';
  alter role identity set idle_in_transaction_session_timeout = '10s';
  alter role worker set statement_timeout = '20s';
  alter role worker set lock_timeout = '4s';
  alter role worker set idle_in_transaction_session_timeout = '30s';

  -- The owner acts as migrator below. It is not granted app: what the owner does, no request may do.
  -- Since Postgres 16 the creator of a role is its member, but may not become it without a grant.
  if not pg_has_role(current_user, 'migrator',
                     case when current_setting('server_version_num')::int >= 160000 then 'set' else 'member' end) then
    execute format('grant migrator to %I', current_user);
  end if;

  if exists (select from pg_roles where rolname = 'rds_iam') then
    grant rds_iam to app, maintenance, identity, worker;
  elsif not (select rolsuper from pg_roles where rolname = current_user) then
    -- No RDS: functions reach this database by a secret, as a user that may become app.
    execute format('grant app, maintenance, identity, worker to %I', current_user);
  end if;
end
$$`;

/**
 * The roles that policies written for Supabase name. A database of Supabase's has them, with attributes and
 * grants of its own, and keeps them as they are.
 *
 * `app` is a member of `authenticated` and `maintenance` of `service_role`: policies for the one apply to the
 * other. They inherit and must not become it, because Supabase's `service_role` is BYPASSRLS.
 */
const supabaseRoles = `
do $$
declare
  v_role text;
  v_member text;
  v_modern boolean := current_setting('server_version_num')::int >= 160000;
begin
  foreach v_role in array array['anon', 'authenticated', 'service_role'] loop
    if not exists (select from pg_roles where rolname = v_role) then
      execute format('create role %I nologin nosuperuser nocreatedb nocreaterole noreplication nobypassrls', v_role);
    end if;
  end loop;

  for v_role, v_member in values ('authenticated', 'app'), ('service_role', 'maintenance') loop
    continue when pg_has_role(v_member, v_role, 'usage');
    if not v_modern and exists (select from pg_roles where rolname = v_role and (rolsuper or rolbypassrls)) then
      raise warning '% is no member of %: before Postgres 16 every member may become it, and it ignores row-level security. Policies for % do not apply to %.',
        v_member, v_role, v_role, v_member;
      continue;
    end if;
    begin
      execute format('grant %I to %I %s', v_role, v_member,
                     case when v_modern then 'with inherit true, set false' end);
    exception when insufficient_privilege or reserved_name then
      -- The role is another system's, whose administrator has not let this owner grant it. Everything but the
      -- policies that name it works without.
      raise warning '% is no member of % (%). If policies name it, an administrator must run GRANT % TO %.',
        v_member, v_role, sqlerrm, v_role, v_member;
    end;
  end loop;
end
$$`;

/** `auth` is where policies written for Supabase look for their functions; it may be there, and somebody else's. */
const schemas = `
do $$
declare
  v_name text;
begin
  foreach v_name in array array['landfall', 'auth'] loop
    if not exists (select from pg_namespace where nspname = v_name) then
      execute format('create schema %I authorization migrator', v_name);
    end if;
  end loop;

  foreach v_name in array array['migrator', 'app', 'maintenance', 'anon', 'authenticated', 'service_role'] loop
    continue when has_schema_privilege(v_name, 'auth', 'usage');
    begin
      execute format('grant usage on schema auth to %I', v_name);
      -- Without the right to grant, Postgres only warns.
      if not has_schema_privilege(v_name, 'auth', 'usage') then
        raise insufficient_privilege using message = 'no right to grant';
      end if;
    exception when insufficient_privilege then
      -- Only policies that call its functions need it.
      raise warning '% may not use schema auth (%). If policies call auth.uid(), its owner must run GRANT USAGE ON SCHEMA auth TO %.',
        v_name, sqlerrm, v_name;
    end;
  end loop;
end
$$`;

const ledger = `
create table if not exists landfall.schema_migrations (
  version integer primary key check (version > 0),
  name text not null,
  checksum text not null,
  breaking text,
  applied_at timestamptz not null default clock_timestamp()
)`;

/** Statements that run as the database's owner. */
export function asOwner(extensions: readonly string[]): string[] {
  return [
    ...extensions.map((name) => `create extension if not exists ${quoteIdentifier(name)}`),
    roles,
    supabaseRoles,
    schemas,
  ];
}

/** Statements that run as `migrator`. */
export const asMigrator: readonly string[] = [ledger];

function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
