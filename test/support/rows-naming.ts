import type { Client } from 'pg';

/**
 * Rows of any table that contain one of these texts, by table: of today's tables and of tomorrow's, because they are
 * found in the catalog. The audit log is left out: it keeps its ids. `client` sees past policies.
 */
export async function rowsNaming(
  client: Client,
  texts: readonly string[],
): Promise<Record<string, string[]>> {
  const { rows: tables } = await client.query<{ name: string }>(
    `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p', 'm') and n.nspname <> 'information_schema' and n.nspname not like 'pg\\_%'
       and c.oid <> 'landfall.audit_log'::regclass order by 1`,
  );
  const found: Record<string, string[]> = {};
  for (const { name } of tables) {
    const { rows } = await client.query<{ row: string }>(
      `select t::text as row from ${name} t
       where exists (select from unnest($1::text[]) as x (text) where position(x.text in t::text) > 0) order by 1`,
      [texts],
    );
    if (rows.length > 0) found[name] = rows.map(({ row }) => row);
  }
  return found;
}
