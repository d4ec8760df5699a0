/**
 * What must exist before the first migration: extensions, roles, schema, ledger. Every statement can be
 * repeated. It runs as the owner of the database, which on RDS is no superuser, and touches nothing but
 * what belongs to Landfall, because an external database may have other tenants.
 */

/** What the capabilities build on: geography, embeddings, hashing. */
export const requiredExtensions = ['postgis', 'vector', 'pgcrypto'] as const;

/**
 * `migrator` owns the schema and cannot log in. `app` and `maintenance` log in with IAM tokens, own nothing,
 * and are subject to row-level security.
 *
 * Their timeouts are settings of the role and not of a session: a SET at connect would pin an RDS Proxy
 * connection. 5 s for a statement stays below the shortest function timeout (10 s) and API Gateway's 29 s.
 */
const roles = `
do $$
declare
  v_role text;
begin
  foreach v_role in array array['migrator', 'app', 'maintenance'] loop
    if not exists (select from pg_roles where rolname = v_role) then
      execute format('create role %I nosuperuser nocreatedb nocreaterole noreplication nobypassrls', v_role);
    end if;
  end loop;

  if exists (select from pg_roles where rolname in ('migrator', 'app', 'maintenance') and (rolsuper or rolbypassrls)) then
    raise exception 'migrator, app and maintenance must be neither superuser nor BYPASSRLS';
  end if;

  alter role migrator nologin;
  alter role app login;
  alter role maintenance login;
  alter role app set statement_timeout = '5s';
  alter role app set lock_timeout = '4s';
  alter role app set idle_in_transaction_session_timeout = '10s';
  alter role maintenance set statement_timeout = '20s';
  alter role maintenance set lock_timeout = '4s';
  alter role maintenance set idle_in_transaction_session_timeout = '30s';

  -- The owner acts as migrator below. It is not granted app: what the owner does, no request may do.
  -- Since Postgres 16 the creator of a role is its member, but may not become it without a grant.
  if not pg_has_role(current_user, 'migrator',
                     case when current_setting('server_version_num')::int >= 160000 then 'set' else 'member' end) then
    execute format('grant migrator to %I', current_user);
  end if;

  if exists (select from pg_roles where rolname = 'rds_iam') then
    grant rds_iam to app, maintenance;
  elsif not (select rolsuper from pg_roles where rolname = current_user) then
    -- No RDS: functions reach this database by a secret, as a user that may become app.
    execute format('grant app, maintenance to %I', current_user);
  end if;
end
$$`;

const schema = `
do $$
begin
  if not exists (select from pg_namespace where nspname = 'landfall') then
    create schema landfall authorization migrator;
  end if;
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
    schema,
  ];
}

/** Statements that run as `migrator`. */
export const asMigrator: readonly string[] = [ledger];

function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
