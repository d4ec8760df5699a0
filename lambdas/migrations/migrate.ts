import { asMigrator, asOwner, requiredExtensions } from './bootstrap';
import { type Applied, label, type Migration, MigrationError, planMigrations } from './plan';

/** The part of a Postgres connection that the runner needs: one session, several statements in one text. */
export interface Session {
  execute(sql: string): Promise<void>;
  rows(sql: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
}

export interface MigrateOptions {
  /** @default postgis, vector, pgcrypto */
  readonly extensions?: readonly string[];
}

export interface MigrationSummary {
  /** Labels of the migrations that were applied now. */
  readonly applied: readonly string[];
  /** Version the database is at. */
  readonly version: number;
  /** Labels of migrations that the database has and this code does not know: it was rolled back. */
  readonly ahead: readonly string[];
}

/** Any number that no other program uses for its advisory locks in this database. */
const lockKey = '7263415190113281';

/**
 * Brings the database to the newest migration, in one transaction: either everything is applied or nothing
 * happened. A second runner waits for the first and then finds nothing to do.
 *
 * @throws MigrationError when ledger and files disagree or a migration fails (its `cause` is Postgres' error)
 */
export async function migrate(
  session: Session,
  migrations: readonly Migration[],
  { extensions = requiredExtensions }: MigrateOptions = {},
): Promise<MigrationSummary> {
  await session.execute('begin');
  try {
    const summary = await migrateInTransaction(session, migrations, extensions);
    await session.execute('commit');
    return summary;
  } catch (error) {
    await rollback(session, error);
    throw error;
  }
}

async function migrateInTransaction(
  session: Session,
  migrations: readonly Migration[],
  extensions: readonly string[],
): Promise<MigrationSummary> {
  await step(session, 'the migration lock', `select pg_advisory_xact_lock(${lockKey})`);
  // From here on waiting means that live traffic holds a table: give up early rather than queue behind it
  // and make everything else queue behind us.
  await session.execute(`set local lock_timeout = '10s'`);
  // The server's own limit is meant for requests; building an index may take longer. Below the function's 14 min.
  await session.execute(`set local statement_timeout = '13min'`);
  for (const sql of asOwner(extensions)) await step(session, 'the bootstrap', sql);
  await session.execute('set local role migrator');
  await session.execute('set local search_path = landfall, public, pg_temp');
  for (const sql of asMigrator) await step(session, 'the bootstrap', sql);

  const ledger = await session.rows(
    'select version, name, checksum, breaking from landfall.schema_migrations order by version',
  );
  const { pending, ahead } = planMigrations(migrations, ledger as unknown as Applied[]);
  for (const migration of pending) {
    await session.rows(
      'insert into landfall.schema_migrations (version, name, checksum, breaking) values ($1, $2, $3, $4)',
      [migration.version, migration.name, migration.checksum, migration.breaking],
    );
    await step(session, `migration ${label(migration)}`, migration.sql);
  }
  return { applied: pending.map(label), version: migrations.length + ahead.length, ahead: ahead.map(label) };
}

async function step(session: Session, what: string, sql: string): Promise<void> {
  try {
    await session.execute(sql);
  } catch (error) {
    const { message, code, position } = error as { message?: string; code?: string; position?: string };
    const line = position ? ` (line ${sql.slice(0, Number(position)).split('\n').length})` : '';
    throw new MigrationError(
      `${what} failed${line}: ${message ?? String(error)}${code ? ` [${code}]` : ''}. ` +
        'Nothing was applied; correct the cause and deploy again.',
      { cause: error },
    );
  }
}

async function rollback(session: Session, reason: unknown): Promise<void> {
  try {
    await session.execute('rollback');
  } catch (error) {
    // A lost connection rolls back by itself; what matters is why we are here.
    if (reason instanceof Error && reason.cause === undefined) reason.cause = error;
  }
}
