/**
 * What keeps users apart in a Landfall database, as checks over its catalog. Each finding is one line that names
 * what is wrong; a check of a sound database finds nothing. They look at every schema, because a migration may
 * make more.
 */
import type { Client } from 'pg';

export type Check = (client: Client) => Promise<string[]>;

const check =
  (sql: string, ...values: unknown[]): Check =>
  async (client) =>
    (await client.query<{ finding: string }>(sql, values)).rows.map(({ finding }) => finding).sort();

/** The schemas of a server itself. */
const ours = `not like 'pg\\_%' and n.nspname <> 'information_schema'`;

/** Not part of an extension, such as PostGIS' table of reference systems. */
const notOf = (catalog: string, alias: string) =>
  `not exists (select from pg_depend d where d.classid = '${catalog}'::regclass and d.objid = ${alias}.oid and d.deptype = 'e')`;

const tables = `from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname ${ours} and ${notOf('pg_class', 'c')} and n.nspname || '.' || c.relname <> all ($1) and c.relkind in ('r', 'p')`;

/** Tables without rows of users, and why. */
const withoutUserData: Readonly<Record<string, string>> = {
  'landfall.schema_migrations': 'the ledger of the migrations',
};

/** Functions that run with the rights of their owner, and why they have to. */
const definers: Readonly<Record<string, string>> = {
  'landfall.identify(text,text,text,jsonb)': 'finds strangers, and is the only way to set the identity',
  'landfall.register_identity(text,text,text,text,text)': 'makes users for the sign-in triggers',
  'landfall.legacy_user(text)': 'one imported user by address, of a table that nobody may list',
  'landfall.matching_texts(tsquery)':
    'finds texts of the transaction’s user by an index that policies rule out',
  'landfall.forget_legacy_users()': 'removes what was imported of somebody who deletes the account',
};

export const unprotectedTables = check(
  `select n.nspname || '.' || c.relname ||
     case when c.relrowsecurity then ' does not force' else ' has no' end || ' row-level security' as finding
   ${tables} and not (c.relrowsecurity and c.relforcerowsecurity)`,
  Object.keys(withoutUserData),
);

/** Reading is what leaks; a policy that lets everybody insert is found by the checks of behaviour. */
export const tablesWithoutUserPolicy = check(
  `select n.nspname || '.' || c.relname as finding
   ${tables} and has_any_column_privilege('app', c.oid, 'select')
     and not exists (select from pg_policies p where p.schemaname = n.nspname and p.tablename = c.relname
                     and p.roles && '{app,authenticated}' and concat(p.qual, p.with_check) ~ '(current_user_id|auth\\.uid)\\(\\)')`,
  Object.keys(withoutUserData),
);

/**
 * After COMMIT the setting is the empty string, which is no uuid and no JSON: whatever reads one by itself
 * fails then, or compares with an empty identity.
 */
export const settingsWithoutNullif = check(
  `select name as finding from (
     select 'policy ' || policyname || ' of ' || tablename as name, concat(qual, with_check) as text
       from pg_policies p join pg_namespace n on n.nspname = p.schemaname where n.nspname ${ours}
     union all
     select 'function ' || p.oid::regprocedure, pg_get_functiondef(p.oid)
       from pg_proc p join pg_namespace n on n.oid = p.pronamespace
       where n.nspname ${ours} and p.prokind = 'f' and ${notOf('pg_proc', 'p')}
   ) as reader
   where regexp_replace(text, 'nullif\\s*\\(\\s*current_setting\\s*\\([^()]*\\)\\s*,\\s*''''', '', 'gi') ~* 'current_setting'`,
);

export const viewsWithOwnersRights = check(
  `select n.nspname || '.' || c.relname as finding from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where n.nspname ${ours} and ${notOf('pg_class', 'c')} and c.relkind in ('v', 'm')
     and not coalesce(c.reloptions @> '{security_invoker=true}', false)`,
);

export const unlistedOrUnpinnedDefiners = check(
  `select p.oid::regprocedure || case when p.oid::regprocedure::text = any ($1) then ' has no pinned search_path'
                                      else ' is not listed' end as finding
   from pg_proc p join pg_namespace n on n.oid = p.pronamespace
   where n.nspname ${ours} and ${notOf('pg_proc', 'p')} and p.prosecdef
     and not (p.oid::regprocedure::text = any ($1)
              and coalesce(p.proconfig @> array['search_path=pg_catalog, pg_temp'], false))`,
  Object.keys(definers),
);

export const functionsForEverybody = check(
  `select p.oid::regprocedure::text as finding from pg_proc p join pg_namespace n on n.oid = p.pronamespace
   where n.nspname ${ours} and ${notOf('pg_proc', 'p')} and has_function_privilege('public', p.oid, 'execute')`,
);

/** A key without the user lets an insert through that points at the row of another user: it sees past policies. */
export const foreignKeysAcrossTenants = check(
  `select k.conrelid::regclass || ' by ' || k.conname as finding
   from pg_constraint k join pg_namespace n on n.oid = k.connamespace
   where k.contype = 'f' and n.nspname ${ours} and k.confrelid <> 'landfall.users'::regclass
     and not exists (
       select from unnest(k.conkey, k.confkey) as pair (here, there)
       join pg_attribute a on a.attrelid = k.conrelid and a.attnum = pair.here and a.attname = 'user_id'
       join pg_attribute b on b.attrelid = k.confrelid and b.attnum = pair.there and b.attname = 'user_id')`,
);

/**
 * A runtime role is a member of one role at most, and must not be able to become it: Supabase's `service_role`
 * ignores row-level security, which is a matter of who one is and not of what one inherits.
 */
export const strongRuntimeRoles = check(
  `select r.rolname || finding as finding from pg_roles r cross join lateral (
     select ' ignores row-level security' where r.rolsuper or r.rolbypassrls
     union all select ' may create roles or databases, or replicate' where r.rolcreaterole or r.rolcreatedb or r.rolreplication
     union all select ' owns ' || c.oid::regclass from pg_class c where c.relowner = r.oid and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
     union all select ' owns ' || p.oid::regprocedure from pg_proc p where p.proowner = r.oid
     union all select ' owns schema ' || n.nspname from pg_namespace n where n.nspowner = r.oid
     union all select ' is a member of ' || m.roleid::regrole from pg_auth_members m
       where m.member = r.oid and r.rolname || ' in ' || m.roleid::regrole::text <> all ($1)
     union all select ' may become ' || m.roleid::regrole from pg_auth_members m
       where m.member = r.oid and r.rolname || ' in ' || m.roleid::regrole::text = any ($1)
         and m.roleid::regrole::text <> 'rds_iam' and coalesce(to_jsonb(m) ->> 'set_option', 'false')::boolean
   ) as strength (finding)
   where r.rolname in ('app', 'maintenance', 'identity', 'worker', 'anon', 'authenticated')`,
  [
    ...['app', 'maintenance', 'identity', 'worker'].map((role) => `${role} in rds_iam`),
    'app in authenticated',
    'maintenance in service_role',
  ],
);

/**
 * Settings of the identity that outlive a transaction: the next one on the connection would be in the name of
 * whoever was there before. `client` is one of role app, and is left without a transaction.
 */
export async function identityLeftBehind(client: Client): Promise<string[]> {
  await client.query('begin');
  await client.query(
    `select landfall.identify('https://issuer.example', 'somebody', null, '{"groups":["x"]}')`,
  );
  await client.query('commit');
  const settings = ['landfall.user_id', 'request.jwt.claims'];
  const { rows } = await client.query<{ finding: string }>(
    `select name as finding from unnest($1::text[]) as name where nullif(current_setting(name, true), '') is not null`,
    [settings],
  );
  for (const setting of settings) await client.query('select set_config($1, null, false)', [setting]);
  return rows.map(({ finding }) => finding);
}
