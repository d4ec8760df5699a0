import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(__dirname, '../../lambdas');
const sources = Object.fromEntries(
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => [file.split(path.sep).join('/'), readFileSync(path.join(root, file), 'utf8')]),
);

/** Who may go past `withUser`, and why. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  /** The driver itself. */
  "from 'pg'": [
    'migrations/handler.ts',
    'migrations/owner.ts',
    'shared/connection.ts',
    'shared/database.ts',
    'shared/flight.ts',
  ],
  /** The connection without an identity. */
  "/connection'": [
    'migrations/owner.ts',
    'shared/database-secret.ts',
    'shared/database.ts',
    'shared/identity-database.ts',
  ],
  /** The role that finds and makes users before there is a token: for Cognito's triggers. */
  openIdentityDatabase: [
    'post-confirmation/handler.ts',
    'pre-token-generation/handler.ts',
    'shared/identity-database.ts',
    'user-migration/handler.ts',
  ],
  /** The role that sees the files of all users. */
  openWorkerDatabase: ['shared/database.ts', 'shared/processing/dependencies.ts'],
  /** The role that sees what is left over, of all users. */
  openMaintenanceDatabase: ['accounts-sweep/handler.ts', 'files-sweep/handler.ts', 'shared/database.ts'],
};

const usersOf = (files: Readonly<Record<string, string>>, text: string) =>
  Object.keys(files)
    .filter((file) => files[file]?.includes(text))
    .sort();

it.each(Object.entries(allowed))('only the listed files use %s', (text, files) => {
  expect(usersOf(sources, text)).toEqual(files);
});

it('a handler that talks to Postgres by itself is noticed', () => {
  const bypass = { ...sources, 'documents/shortcut.ts': `import { Client } from 'pg';` };
  expect(usersOf(bypass, `from 'pg'`)).not.toEqual(allowed[`from 'pg'`]);
});

it('queries import types and nothing that could open one', () => {
  const imports = sources['documents/queries.ts']?.match(/^import .*flight'.*$/gm);
  expect(imports).toEqual([`import type { Statement } from '../shared/flight';`]);
});

it('certificates are always verified', () => {
  expect(usersOf(sources, 'rejectUnauthorized: false')).toEqual([]);
  expect(usersOf(sources, 'NODE_TLS_REJECT_UNAUTHORIZED')).toEqual([]);
});
