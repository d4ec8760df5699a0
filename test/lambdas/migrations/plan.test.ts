import { type Applied, parseMigrations, planMigrations } from '../../../lambdas/migrations/plan';

const files = { '000001-users.sql': 'create table a ();', '000002-documents.sql': 'create table b ();' };
const migrations = parseMigrations(files);
const ledger: Applied[] = migrations.map(({ version, name, checksum, breaking }) => ({
  version,
  name,
  checksum,
  breaking,
}));

describe('migration files', () => {
  it('are taken in the order of their numbers', () => {
    const shuffled = Object.fromEntries(Object.entries(files).reverse());
    expect(parseMigrations(shuffled).map(({ name }) => name)).toEqual(['users', 'documents']);
  });

  it.each(['1-users.sql', '000001_users.sql', '000001-Users.sql', '000001-users.SQL', '000001.sql'])(
    'must be named like 000001-users.sql: %s is refused',
    (name) => {
      expect(() => parseMigrations({ [name]: 'select 1' })).toThrow(
        'expected a name such as 000001-users.sql',
      );
    },
  );

  it('must not leave a number out', () => {
    const gap = { ...files, '000004-late.sql': 'select 1' };
    expect(() => parseMigrations(gap)).toThrow('000004-late.sql: expected number 000003 next');
  });

  it('must not use a number twice', () => {
    const twice = { ...files, '000002-other.sql': 'select 1' };
    expect(() => parseMigrations(twice)).toThrow('number 000002 is used twice');
  });

  it.each(['commit;', 'BEGIN;', 'select 1;\n  rollback;', 'start transaction;'])(
    'must leave the transaction to the runner: %j is refused',
    (sql) => {
      expect(() => parseMigrations({ '000001-a.sql': sql })).toThrow('expected no BEGIN, COMMIT or ROLLBACK');
    },
  );

  it('may contain function bodies', () => {
    const sql = 'create function f() returns int language plpgsql as $$\nbegin\n  return 1;\nend\n$$;';
    expect(parseMigrations({ '000001-a.sql': sql })).toHaveLength(1);
  });

  it('have the same checksum with either line ending', () => {
    const windows = parseMigrations({ '000001-a.sql': 'select 1;\r\n' });
    const unix = parseMigrations({ '000001-a.sql': 'select 1;\n' });
    expect(windows[0]?.checksum).toBe(unix[0]?.checksum);
  });
});

describe('what is still to be applied', () => {
  it('is everything in an empty database', () => {
    expect(planMigrations(migrations, []).pending).toEqual(migrations);
  });

  it('is what comes after the ledger', () => {
    expect(planMigrations(migrations, ledger.slice(0, 1)).pending).toEqual(migrations.slice(1));
  });

  it('is nothing in a database that is up to date', () => {
    expect(planMigrations(migrations, ledger)).toEqual({ pending: [], ahead: [] });
  });

  it('cannot be told when an applied file was changed', () => {
    const edited = parseMigrations({ ...files, '000001-users.sql': 'create table edited ();' });
    expect(() => planMigrations(edited, ledger)).toThrow(
      /000001-users was changed after it was applied.*new migration/s,
    );
  });

  it('cannot be told when an applied file was renamed', () => {
    const renamed = parseMigrations({ '000001-people.sql': files['000001-users.sql'] });
    expect(() => planMigrations(renamed, ledger.slice(0, 1))).toThrow('found');
  });

  it('cannot be told when the ledger has a gap', () => {
    expect(() => planMigrations(migrations, ledger.slice(1))).toThrow(
      'ledger has 000002-documents but not 000001',
    );
  });

  it('is nothing for the code before, which a failed deployment goes back to', () => {
    const before = migrations.slice(0, 1);
    expect(planMigrations(before, ledger)).toEqual({ pending: [], ahead: [ledger[1]] });
  });

  it('cannot be told by code that would break on the newer schema', () => {
    const marked = parseMigrations({
      ...files,
      '000003-drop.sql': '-- breaking: documents.title is gone\nselect 1;',
    });
    expect(() => planMigrations(migrations, marked)).toThrow(
      /at migration 000003-drop, this code knows 2 migrations and breaks at 000003-drop: documents.title is gone/,
    );
    expect(planMigrations(marked, marked).pending).toEqual([]);
  });

  it('cannot be told by older code whose own files were changed', () => {
    const edited = parseMigrations({ '000001-users.sql': 'create table edited ();' });
    expect(() => planMigrations(edited, ledger)).toThrow('was changed after it was applied');
  });
});
