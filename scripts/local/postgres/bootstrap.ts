import { identifier, literal } from './protocol';

/** Extensions that RDS offers and Landfall uses. On RDS the master may create them; here they are created ahead. */
export const EXTENSIONS = ['postgis', 'vector', 'pgcrypto'] as const;

/** How the embedded engine's database cluster is made. */
export const INITDB_PARAMETERS = [
  // Small WAL segments keep a fresh data directory, and a template made from it, at half the size.
  '--wal-segsize=4',
  // As on RDS. Otherwise it would be whatever the engine takes the zone of the machine to be.
  ...['--set', 'timezone=UTC', '--set', 'log_timezone=UTC'],
];

/** Membership that makes RDS ask for an IAM token instead of a password. */
export const IAM_ROLE = 'rds_iam';

/**
 * Roles as a new RDS instance has them. The master is no superuser: it may create roles and databases, and owns
 * the first database. Can be run again.
 *
 * @param version server_version_num; before 16, CREATEROLE may grant any role and grants have no options
 */
export function rolesSql(master: string, database: string, version: number): string {
  const role = (name: string, attributes: string): string =>
    `if not exists (select from pg_catalog.pg_roles where rolname = ${literal(name)}) then
       create role ${identifier(name)} ${attributes};
     end if;`;
  return `
    do $$ begin
      ${role(IAM_ROLE, 'nologin')}
      ${role('rds_superuser', 'nologin')}
      ${role(master, 'login createrole createdb')}
    end $$;
    grant pg_monitor, pg_signal_backend, pg_checkpoint to rds_superuser with admin option;
    grant rds_superuser to ${identifier(master)};
    ${version < 160000 ? '' : `grant ${IAM_ROLE} to ${identifier(master)} with admin true, inherit false, set false;`}
    alter database ${identifier(database)} owner to ${identifier(master)};
    grant create on schema public to ${identifier(master)};`;
}

export const extensionsSql = EXTENSIONS.map((name) => `create extension if not exists ${name};`).join('\n');

/**
 * One row: may the role log in, may it connect, does it authenticate by IAM; then one row per setting that its
 * sessions start with (ALTER ROLE SET, ALTER DATABASE SET), the more specific later.
 */
export function loginSql(role: string): string {
  return `
    select 'role', r.rolcanlogin::text, pg_catalog.has_database_privilege(r.oid, pg_catalog.current_database(), 'connect')::text,
      coalesce((select pg_catalog.pg_has_role(r.oid, i.oid, 'usage')::text from pg_catalog.pg_roles i where i.rolname = '${IAM_ROLE}'), 'false')
    from pg_catalog.pg_roles r where r.rolname = ${literal(role)};
    select 'setting', pg_catalog.split_part(c, '=', 1), pg_catalog.substr(c, pg_catalog.strpos(c, '=') + 1)
    from pg_catalog.pg_db_role_setting s, pg_catalog.unnest(s.setconfig) as c
    where s.setdatabase in (0, (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database()))
      and s.setrole in (0, (select oid from pg_catalog.pg_roles where rolname = ${literal(role)}))
    order by (s.setrole <> 0)::int, (s.setdatabase <> 0)::int;`;
}
