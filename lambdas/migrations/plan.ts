import { createHash } from 'node:crypto';

/** One numbered SQL file. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

/** One row of the ledger. */
export interface Applied {
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
}

/** The database and the files disagree, or the files are wrong. The message says what to do. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

const fileName = /^(\d{6})-([a-z0-9]+(?:-[a-z0-9]+)*)\.sql$/;

/** A statement of its own; `begin` of a function body has no semicolon after it. */
const transactionControl = /^\s*(?:begin|start\s+transaction|commit|rollback)\b[^;\n]*;/im;

/**
 * Turns file names and texts into migrations in their order.
 * @throws MigrationError when a name is malformed or a number is missing or used twice
 */
export function parseMigrations(files: Readonly<Record<string, string>>): Migration[] {
  const names = Object.keys(files).sort();
  return names.map((file, index) => {
    const match = fileName.exec(file);
    if (!match?.[1] || !match[2]) {
      throw new MigrationError(`${file}: expected a name such as 000001-users.sql. Rename the file.`);
    }
    const version = Number(match[1]);
    const expected = index + 1;
    if (version !== expected) {
      const number = String(expected).padStart(6, '0');
      throw new MigrationError(
        version < expected
          ? `${file}: number ${match[1]} is used twice. Give the newer file the next free number.`
          : `${file}: expected number ${number} next. Restore the missing file or renumber this one.`,
      );
    }
    if (transactionControl.test(files[file] as string)) {
      throw new MigrationError(
        `${file}: expected no BEGIN, COMMIT or ROLLBACK; all migrations share one transaction. Remove it.`,
      );
    }
    // Line endings are a matter of the checkout, not of the migration.
    const sql = (files[file] as string).replaceAll('\r\n', '\n');
    return { version, name: match[2], sql, checksum: createHash('sha256').update(sql).digest('hex') };
  });
}

/**
 * The migrations that are still to be applied.
 * @throws MigrationError when what was applied is not a prefix of the files
 */
export function pendingMigrations(
  migrations: readonly Migration[],
  applied: readonly Applied[],
): Migration[] {
  const rows = [...applied].sort((a, b) => a.version - b.version);
  const last = rows.at(-1);
  if (last && last.version > migrations.length) {
    throw new MigrationError(
      `The database is at migration ${label(last)}, this code knows ${migrations.length} migrations. ` +
        'Deploy the version of the code that made the database, or a later one; migrations only go forward.',
    );
  }
  rows.forEach((row, index) => {
    const migration = migrations[index];
    if (row.version !== index + 1 || !migration) {
      throw new MigrationError(
        `The ledger has ${label(row)} but not ${String(index + 1).padStart(6, '0')}: a row of ` +
          'landfall.schema_migrations was removed. Restore the database or the row before deploying.',
      );
    }
    if (row.name !== migration.name || row.checksum !== migration.checksum) {
      throw new MigrationError(
        `Migration ${label(row)} was changed after it was applied ` +
          `(applied ${row.checksum.slice(0, 12)}, found ${migration.checksum.slice(0, 12)} in ${label(migration)}). ` +
          'Restore the file as it was and put the change into a new migration.',
      );
    }
  });
  return migrations.slice(rows.length);
}

export function label({ version, name }: Pick<Applied, 'version' | 'name'>): string {
  return `${String(version).padStart(6, '0')}-${name}`;
}
