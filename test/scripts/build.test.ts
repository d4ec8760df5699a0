import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type BuiltFunction, build } from '../../scripts/build';
import { functionEnvironment } from '../support/function-environment';

let outdir: string;
let functions: BuiltFunction[];
const root = path.resolve(__dirname, '../..');

beforeAll(async () => {
  outdir = await mkdtemp(path.join(os.tmpdir(), 'landfall-build-'));
  functions = await build({ quiet: true, outdir });
});

afterAll(() => rm(outdir, { recursive: true, force: true }));

/** Folders under `lambdas/` whose code may be in a function. */
const domainsOf = ({ inputs }: BuiltFunction): Set<string> =>
  new Set(Object.keys(inputs).flatMap((file) => /^lambdas\/([^/]+)\//.exec(file)?.[1] ?? []));

const packagesOf = ({ inputs }: BuiltFunction): Set<string> =>
  new Set(
    Object.keys(inputs).flatMap(
      (file) => /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(file)?.[1] ?? [],
    ),
  );

const named = (name: string): BuiltFunction =>
  functions.find((built) => built.name === name) as BuiltFunction;

it('bundles every folder with a handler', () => {
  expect(functions.map(({ name }) => name)).toEqual([
    'account',
    'account-export',
    'accounts-sweep',
    'auth-challenge-create',
    'auth-challenge-define',
    'auth-challenge-verify',
    'authorizer',
    'documents',
    'documents-sweep',
    'health',
    'magic-link',
    'magic-link-sender',
    'migrations',
    'post-confirmation',
    'pre-sign-up',
    'pre-token-generation',
    'user-migration',
  ]);
});

it('puts the bundle of a thread beside the function that has one, and nowhere else', () => {
  for (const { name, directory } of functions) {
    const expected = existsSync(path.join(root, 'lambdas', name, 'thread.ts'));
    expect([name, existsSync(path.join(directory, 'thread.js'))]).toEqual([name, expected]);
  }
});

it('keeps every function below 700 KB', () => {
  for (const { name, bytes } of functions) expect([name, bytes < 700 * 1024]).toEqual([name, true]);
});

it('puts no code of another domain into a function', () => {
  for (const built of functions) {
    const domains = domainsOf(built);
    domains.delete('shared');
    expect([built.name, ...domains]).toEqual([built.name, built.name]);
  }
});

it('notices code of another domain', () => {
  const mixed = {
    ...named('health'),
    inputs: { 'lambdas/health/handler.ts': 1, 'lambdas/documents/queries.ts': 1 },
  };
  expect(domainsOf(mixed)).toEqual(new Set(['health', 'documents']));
});

it('gives the S3 client to the functions that work with objects, and to no other', () => {
  const withS3 = functions
    .filter((built) => packagesOf(built).has('@aws-sdk/client-s3'))
    .map(({ name }) => name);
  expect(withS3).toEqual(['account', 'account-export', 'accounts-sweep', 'documents', 'documents-sweep']);
});

it('carries no package twice', () => {
  for (const { name, inputs } of functions) {
    const nested = Object.keys(inputs).filter((file) =>
      /node_modules\/.*\/node_modules\/@aws-sdk/.test(file),
    );
    expect([name, ...nested]).toEqual([name]);
  }
});

it('leaves out the SDK’s credential providers, which have no use in Lambda', () => {
  for (const built of functions) {
    const providers = [...packagesOf(built)].filter((name) =>
      /credential-provider|nested-clients/.test(name),
    );
    expect([built.name, ...providers]).toEqual([built.name]);
  }
});

it('imports every function without loading what only fetch needs', async () => {
  for (const { name, directory } of functions) {
    const script = `
      const loaded = [];
      const global = Object.getOwnPropertyDescriptor(globalThis, 'Response');
      Object.defineProperty(globalThis, 'Response', { get: () => (loaded.push('Response'), global.get?.call(globalThis)) });
      require(process.argv[1]);
      console.log(loaded.join());`;
    const output = execFileSync(process.execPath, ['-e', script, path.join(directory, 'index.js')], {
      env: functionEnvironment,
      encoding: 'utf8',
    });
    expect([name, output.trim()]).toEqual([name, '']);
  }
});

it('puts the migrations beside their function', async () => {
  const file = '000001-users.sql';
  const copied = await readFile(path.join(outdir, 'lambdas/migrations/sql', file), 'utf8');
  expect(copied).toBe(await readFile(path.join(root, 'lambdas/migrations/sql', file), 'utf8'));
});

it('makes the same bundles in any directory, so that asset hashes are equal on every machine', async () => {
  const elsewhere = await mkdtemp(path.join(os.tmpdir(), 'landfall-elsewhere-'));
  for (const name of ['lambdas', 'lib', 'bin', 'scripts', 'package.json', 'cdk.json', 'tsconfig.json']) {
    await cp(path.join(root, name), path.join(elsewhere, name), { recursive: true });
  }
  await symlink(path.join(root, 'node_modules'), path.join(elsewhere, 'node_modules'));
  // Its own copy of the build script takes its own location for the repository.
  const copied = jest.requireActual<typeof import('../../scripts/build')>(
    path.join(elsewhere, 'scripts/build.ts'),
  );
  await copied.build({ quiet: true });
  for (const { name } of functions) {
    const [here, there] = await Promise.all([
      readFile(path.join(outdir, 'lambdas', name, 'index.js')),
      readFile(path.join(elsewhere, 'dist/lambdas', name, 'index.js')),
    ]);
    expect([name, here.equals(there)]).toEqual([name, true]);
  }
  await rm(elsewhere, { recursive: true, force: true });
});
