/**
 * Bundles the CDK app and every Lambda function with esbuild.
 *
 *   <outdir>/app/landfall.js            the app, packages left outside
 *   <outdir>/lambdas/<name>/index.js    one folder per `lambdas/<name>/handler.ts`, everything inside
 *   <outdir>/lambdas/<name>/thread.js   beside it, where there is a `lambdas/<name>/thread.ts`: what the function runs in
 *                                       a thread of its own
 *   <outdir>/lambdas/migrations/sql/    the migrations, beside the function that applies them
 *   <outdir>/lambdas/<name>/node_modules/  packages with machine code, for the functions that import them
 *
 * Functions are found, not listed: a new folder with a handler is a new bundle.
 */
import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  type BuildOptions as EsbuildOptions,
  build as esbuild,
  type Metafile,
  type OutputFile,
} from 'esbuild';
import { runWithoutArguments } from './command';
import { packageFiles, platformPackages } from './platform-packages';

const root = path.resolve(__dirname, '..');

const help = `npm run build

Bundles the app and every function into dist. \`npm start\`, \`npm test\` and every synth do so themselves.

Exit codes: 0 built, 1 not built, 2 wrong usage.`;

export interface BuildOptions {
  /** @default false: prints one line per bundle to stderr */
  readonly quiet?: boolean;
  /** Relative to the repository. @default 'dist' */
  readonly outdir?: string;
}

export interface BuiltFunction {
  readonly name: string;
  readonly directory: string;
  /** Of `index.js`. */
  readonly bytes: number;
  /** Packages with machine code that lie beside it, and their bytes with all they depend on. */
  readonly packages: readonly string[];
  readonly packageBytes: number;
  /** Source files inside the bundle with the bytes they contribute, relative to the repository. */
  readonly inputs: Readonly<Record<string, number>>;
}

export async function build({ quiet = false, outdir = 'dist' }: BuildOptions = {}): Promise<BuiltFunction[]> {
  const target = path.resolve(root, outdir);
  const [functions] = await Promise.all([buildFunctions(target), buildApp(target)]);
  if (!quiet) {
    for (const { name, bytes, packages, packageBytes } of functions) {
      const beside =
        packages.length > 0 ? ` and ${Math.ceil(packageBytes / 1024)} KB of ${packages.join()}` : '';
      console.error(`${name.padEnd(20)} ${Math.ceil(bytes / 1024)} KB${beside}`);
    }
  }
  return functions;
}

/** How everything that runs on Lambda is bundled. */
export const bundleOptions = {
  absWorkingDir: root,
  bundle: true,
  minify: true,
  platform: 'node',
  // The functions run on nodejs24.x; the local runtime runs the same files on Node 20.
  target: 'node20',
  format: 'cjs',
  // ESM entry points first: tree shaking halves the SDK (1264 -> 1107 KB and 148 -> 115 ms at import).
  mainFields: ['module', 'main'],
  alias: { '@aws-sdk/credential-provider-node': './lambdas/shared/lambda-credentials.ts' },
  // Optional native binding of pg, absent on purpose; packages with machine code, which lie beside the bundle.
  external: ['pg-native', ...Object.keys(platformPackages)],
  // pg asks for this global to recognise another cloud, and on Node 20 the question alone loads all of undici: a
  // third of the import time. Nothing in our bundles makes responses of fetch.
  define: { Response: 'undefined' },
  // A map inside the asset would hold paths and make its hash depend on the checkout directory.
  sourcemap: false,
  legalComments: 'none',
  logLevel: 'warning',
} as const satisfies EsbuildOptions;

async function buildApp(target: string): Promise<void> {
  const { outputFiles } = await esbuild({
    absWorkingDir: root,
    entryPoints: { landfall: 'bin/landfall.ts' },
    outdir: path.join(target, 'app'),
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    packages: 'external',
    sourcemap: true,
    write: false,
    logLevel: 'warning',
  });
  await writeChanged(outputFiles);
}

async function buildFunctions(target: string): Promise<BuiltFunction[]> {
  const names = await functionNames();
  const threads = names.filter((name) => existsSync(path.join(root, 'lambdas', name, 'thread.ts')));
  const directory = path.join(target, 'lambdas');
  const { outputFiles, metafile } = await esbuild({
    entryPoints: Object.fromEntries([
      ...names.map((name) => [`${name}/index`, `lambdas/${name}/handler.ts`]),
      ...threads.map((name) => [`${name}/thread`, `lambdas/${name}/thread.ts`]),
    ]),
    outdir: directory,
    ...bundleOptions,
    metafile: true,
    write: false,
  });
  const described = names.map((name) => describe(name, directory, metafile));
  const beside = await packagesBeside(described);
  await removeStale(directory, names, threads, beside);
  await writeChanged([...outputFiles, ...(await migrationFiles(directory)), ...beside.values()]);
  return described.map((built) => ({ ...built, packageBytes: bytesBelow(built.directory, beside) }));
}

/** Files of the packages that stayed outside, by their path, in the folder of each function that imports one. */
async function packagesBeside(
  functions: readonly Omit<BuiltFunction, 'packageBytes'>[],
): Promise<Map<string, FileContent>> {
  const used = new Set(functions.flatMap(({ packages }) => packages));
  const read = await Promise.all(
    [...used].map(async (name) => [name, await packageFiles(root, name)] as const),
  );
  const filesOf = new Map(read);
  const files = functions.flatMap(({ directory, packages }) =>
    packages.flatMap((name) =>
      (filesOf.get(name) ?? []).map(({ path: file, contents }) => ({
        path: path.join(directory, 'node_modules', ...file.split('/')),
        contents,
        // The zip of an asset keeps modes, so they must not depend on who installed the package.
        mode: 0o644,
      })),
    ),
  );
  return new Map(files.map((file) => [file.path, file]));
}

function bytesBelow(directory: string, files: ReadonlyMap<string, FileContent>): number {
  return [...files.values()]
    .filter((file) => file.path.startsWith(directory + path.sep))
    .reduce((sum, { contents }) => sum + contents.length, 0);
}

async function functionNames(): Promise<string[]> {
  const entries = await readdir(path.join(root, 'lambdas'), { withFileTypes: true });
  return entries
    .filter(
      (entry) => entry.isDirectory() && existsSync(path.join(root, 'lambdas', entry.name, 'handler.ts')),
    )
    .map((entry) => entry.name)
    .sort();
}

async function migrationFiles(directory: string): Promise<FileContent[]> {
  const source = path.join(root, 'lambdas', 'migrations', 'sql');
  const names = (await readdir(source)).filter((name) => name.endsWith('.sql'));
  return Promise.all(
    names.map(async (name) => ({
      path: path.join(directory, 'migrations', 'sql', name),
      contents: await readFile(path.join(source, name)),
    })),
  );
}

type FileContent = Pick<OutputFile, 'path' | 'contents'> & { readonly mode?: number };

/** Leaves equal files alone, so that several builds at once never hand a half-written file to a reader. */
async function writeChanged(files: readonly FileContent[]): Promise<void> {
  await Promise.all(
    files.map(async ({ path: file, contents, mode }) => {
      const current = await readFile(file).catch(() => undefined);
      if (!current?.equals(contents)) {
        await mkdir(path.dirname(file), { recursive: true });
        await writeFile(file, contents);
      }
      if (mode !== undefined) await chmod(file, mode);
    }),
  );
}

/** Bundles of functions that no longer exist, and files that were renamed, must not reach an asset. */
async function removeStale(
  directory: string,
  names: readonly string[],
  threads: readonly string[],
  beside: ReadonlyMap<string, FileContent>,
): Promise<void> {
  const present = await readdir(directory).catch(() => []);
  const stale = present.filter((name) => !names.includes(name)).map((name) => path.join(directory, name));
  const single = names.filter((name) => !threads.includes(name));
  stale.push(...single.map((name) => path.join(directory, name, 'thread.js')));
  const sql = path.join(directory, 'migrations', 'sql');
  const source = new Set(await readdir(path.join(root, 'lambdas', 'migrations', 'sql')));
  const copied = await readdir(sql).catch(() => []);
  stale.push(...copied.filter((name) => !source.has(name)).map((name) => path.join(sql, name)));
  for (const name of names) {
    const modules = path.join(directory, name, 'node_modules');
    const entries = await readdir(modules, { recursive: true, withFileTypes: true }).catch(() => []);
    const files = entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => path.join(entry.parentPath, entry.name));
    stale.push(...files.filter((file) => !beside.has(file)));
  }
  await Promise.all(stale.map((file) => rm(file, { recursive: true, force: true })));
}

function describe(name: string, directory: string, metafile: Metafile): Omit<BuiltFunction, 'packageBytes'> {
  const file = path.join(directory, name, 'index.js');
  const output = metafile.outputs[path.relative(root, file).split(path.sep).join('/')];
  if (!output) throw new Error(`esbuild made no bundle for lambdas/${name}/handler.ts`);
  const inputs = Object.fromEntries(
    Object.entries(output.inputs)
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([input, { bytesInOutput }]) => [input, bytesInOutput]),
  );
  const packages = new Set(
    output.imports.filter((imported) => imported.external).map((imported) => imported.path),
  );
  return {
    name,
    directory: path.dirname(file),
    bytes: output.bytes,
    packages: Object.keys(platformPackages).filter((name) => packages.has(name)),
    inputs,
  };
}

if (process.argv[1] && path.resolve(process.argv[1]) === path.join(root, 'scripts', 'build.ts')) {
  void runWithoutArguments(help, build);
}
