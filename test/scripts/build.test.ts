import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
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
    'candidate-imports-worker',
    'candidates-worker',
    'documents',
    'documents-worker',
    'files-sweep',
    'health',
    'jobs',
    'magic-link',
    'magic-link-sender',
    'migrations',
    'photos',
    'photos-worker',
    'post-confirmation',
    'pre-sign-up',
    'pre-token-generation',
    'signing-key',
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
  // Numbering plans of all countries: 80 KB.
  const phones = 'candidates-worker';
  for (const { name, bytes } of functions)
    expect([name, bytes < (name === phones ? 780 : 700) * 1024]).toEqual([name, true]);
});

it('leaves what has machine code beside the one function that needs it, for the processor of Lambda', async () => {
  expect(functions.filter(({ packages }) => packages.length > 0).map(({ name }) => name)).toEqual([
    'photos-worker',
  ]);
  const { directory, packages, packageBytes } = named('photos-worker');
  expect(packages).toEqual(['sharp']);
  // libvips and its decoders; Lambda takes 250 MB.
  expect(packageBytes).toBeLessThan(25 * 1024 ** 2);
  const files = await readdir(path.join(directory, 'node_modules'), { recursive: true });
  const machineCode = files.filter((file) => /\.(node|so[.\d]*)$/.test(file));
  expect(machineCode.map((file) => path.dirname(file)).sort()).toEqual([
    '@img/sharp-libvips-linux-arm64/lib',
    '@img/sharp-linux-arm64/lib',
  ]);
  for (const file of machineCode) {
    const elf = await readFile(path.join(directory, 'node_modules', file));
    // The machine in the header of an ELF file: 183 is AArch64.
    expect([elf.toString('latin1', 1, 4), elf.readUInt16LE(18)]).toEqual(['ELF', 183]);
  }
  expect(
    files.filter((file) => /\.(d\.\w+|mjs|md|cc|h|map)$|README/i.test(file) && !/LICENSE/.test(file)),
  ).toEqual([]);
  const modes = await Promise.all(
    ['index.cjs', 'package.json'].map((file) =>
      stat(path.join(directory, 'node_modules/@img/sharp-linux-arm64', file)),
    ),
  );
  expect(modes.map(({ mode }) => mode & 0o777)).toEqual([0o644, 0o644]);
});

it('removes what an older build left in a function', async () => {
  const { directory } = named('photos-worker');
  const [stale, other] = [
    path.join(directory, 'node_modules/@img/sharp-linux-arm64/lib/older.node'),
    path.join(named('health').directory, 'node_modules/left/index.js'),
  ];
  for (const file of [stale, other]) {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, 'older');
  }
  await build({ quiet: true, outdir });
  for (const file of [stale, other]) await expect(stat(file)).rejects.toThrow('ENOENT');
});

it('puts no code of another domain into a function', () => {
  for (const built of functions) {
    const domains = domainsOf(built);
    domains.delete('shared');
    // Libraries: reading files, and what a profile is.
    domains.delete('extraction');
    domains.delete('profile');
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
  expect(withS3).toEqual([
    'account',
    'account-export',
    'accounts-sweep',
    'candidate-imports-worker',
    'candidates-worker',
    'documents',
    'documents-worker',
    'files-sweep',
    'jobs',
    'photos',
    'photos-worker',
  ]);
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

const filesBelow = async (directory: string): Promise<string[]> =>
  (await readdir(directory, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)))
    .sort();

it('makes the same bundles in any directory, so that asset hashes are equal on every machine', async () => {
  const elsewhere = await mkdtemp(path.join(os.tmpdir(), 'landfall-elsewhere-'));
  for (const name of [
    'lambdas',
    'lib',
    'bin',
    'scripts',
    'package.json',
    'package-lock.json',
    'cdk.json',
    'tsconfig.json',
  ]) {
    await cp(path.join(root, name), path.join(elsewhere, name), { recursive: true });
  }
  await symlink(path.join(root, 'node_modules'), path.join(elsewhere, 'node_modules'));
  // Its own copy of the build script takes its own location for the repository.
  const copied = jest.requireActual<typeof import('../../scripts/build')>(
    path.join(elsewhere, 'scripts/build.ts'),
  );
  await copied.build({ quiet: true });
  for (const { name } of functions) {
    const [here, there] = [path.join(outdir, 'lambdas', name), path.join(elsewhere, 'dist/lambdas', name)];
    const files = await filesBelow(here);
    expect([name, await filesBelow(there)]).toEqual([name, files]);
    for (const file of files) {
      const [one, other] = await Promise.all(
        [here, there].map((folder) => readFile(path.join(folder, file))),
      );
      expect([name, file, other && one?.equals(other)]).toEqual([name, file, true]);
    }
  }
  await rm(elsewhere, { recursive: true, force: true });
});
