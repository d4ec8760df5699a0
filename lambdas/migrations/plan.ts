import { createHash } from 'node:crypto';

/** One numbered SQL file. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
  /** Why code that does not know this migration cannot run any more, from its `-- breaking:` line. */
  readonly breaking: string | null;
}

/** One row of the ledger. */
export interface Applied {
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
  readonly breaking: string | null;
}

/** The database and the files disagree, or the files are wrong. The message says what to do. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

const fileName = /^(\d{6})-([a-z0-9]+(?:-[a-z0-9]+)*)\.sql$/;

const breakingLine = /^-- breaking: (\S.*)$/m;

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
    const checksum = createHash('sha256').update(sql).digest('hex');
    return { version, name: match[2], sql, checksum, breaking: breakingLine.exec(sql)?.[1] ?? null };
  });
}

export interface Plan {
  /** What is still to be applied, in order. */
  readonly pending: readonly Migration[];
  /** What the database has and this code does not know. */
  readonly ahead: readonly Applied[];
}

/**
 * Compares the files with what was applied.
 *
 * A database that is ahead is no fault by itself: when a deployment fails, CloudFormation goes back to the code
 * before and runs it here again, and an error would leave the stack stuck half-way. Migrations are written so that
 * the code before them still works; one that is not says so in a `-- breaking:` line, and older code stops there.
 *
 * @throws MigrationError when the two disagree about what was applied, or older code would break
 */
export function planMigrations(migrations: readonly Migration[], applied: readonly Applied[]): Plan {
  const rows = [...applied].sort((a, b) => a.version - b.version);
  rows.forEach((row, index) => {
    if (row.version !== index + 1) {
      throw new MigrationError(
        `The ledger has ${label(row)} but not ${String(index + 1).padStart(6, '0')}: a row of ` +
          'landfall.schema_migrations was removed. Restore the database or the row before deploying.',
      );
    }
    const migration = migrations[index];
    if (migration && (row.name !== migration.name || row.checksum !== migration.checksum)) {
      throw new MigrationError(
        `Migration ${label(row)} was changed after it was applied ` +
          `(applied ${row.checksum.slice(0, 12)}, found ${migration.checksum.slice(0, 12)} in ${label(migration)}). ` +
          'Restore the file as it was and put the change into a new migration.',
      );
    }
  });
  const ahead = rows.slice(migrations.length);
  const wall = ahead.find(({ breaking }) => breaking !== null);
  if (wall) {
    throw new MigrationError(
      `The database is at migration ${label(rows.at(-1) as Applied)}, this code knows ${migrations.length} migrations ` +
        `and breaks at ${label(wall)}: ${wall.breaking}. Deploy code that knows it; migrations only go forward.`,
    );
  }
  return { pending: migrations.slice(rows.length), ahead };
}

export function label({ version, name }: Pick<Applied, 'version' | 'name'>): string {
  return `${String(version).padStart(6, '0')}-${name}`;
}
