/**
 * Packages with machine code, as functions carry them: for Lambda's processor, whatever machine builds.
 *
 * `npm ci` installs such packages for the machine it runs on. The ones for Lambda come from the same registry, by
 * npm itself, with the version and the hash of package-lock.json, once: they stay in node_modules/.cache. On the
 * developer's machine the same asset finds that machine's package in the repository's node_modules.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { tarEntries } from './tar';

/** Packages that are not bundled, with their machine code for Linux (glibc) on arm64. */
export const platformPackages: Readonly<Record<string, readonly string[]>> = {
  sharp: ['@img/sharp-linux-arm64', '@img/sharp-libvips-linux-arm64'],
};

/** What a function needs at run time, and the licences it comes under; no typings, headers, sources or readmes. */
const needed = /(^|\/)(LICEN[CS]E[^/]*|package\.json|versions\.json|[^/]+\.(c?js|node|so(\.\d+)*))$/;
const unneeded = /^(src|install|bin)\//;

interface LockEntry {
  readonly version: string;
  readonly integrity?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

export interface PackageFile {
  /** Below `node_modules/`, with `/`. */
  readonly path: string;
  readonly contents: Uint8Array;
}

/** Puts the tarball of a version into a folder. */
export type Download = (specifier: string, directory: string) => Promise<void>;

/** A package with all it depends on, and its machine code for Lambda. */
export async function packageFiles(
  root: string,
  name: string,
  download: Download = npmPack(root),
): Promise<PackageFile[]> {
  const lock = JSON.parse(await readFile(path.join(root, 'package-lock.json'), 'utf8'));
  const entries: Readonly<Record<string, LockEntry>> = lock.packages;
  const cache = path.join(root, 'node_modules/.cache/landfall/packages');
  const installed = closure(entries, `node_modules/${name}`).map((place) => ({
    place,
    directory: path.join(root, place),
  }));
  const fetched = (platformPackages[name] ?? []).map(async (machineCode) => {
    const place = `node_modules/${machineCode}`;
    return { place, directory: await fetchPackage(machineCode, entries[place], cache, download) };
  });
  const packages = [...installed, ...(await Promise.all(fetched))];
  const files = await Promise.all(
    packages.map(({ place, directory }) => filesOf(directory, place.slice('node_modules/'.length))),
  );
  return files.flat().sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Places of a package and its dependencies in node_modules, found as Node.js finds them. */
function closure(
  entries: Readonly<Record<string, LockEntry>>,
  place: string,
  found = new Set<string>(),
): string[] {
  found.add(place);
  for (const dependency of Object.keys(entries[place]?.dependencies ?? {})) {
    let above: string | undefined = place;
    let candidate = `${above}/node_modules/${dependency}`;
    while (!entries[candidate] && above) {
      above = /^(.*)\/node_modules\//.exec(above)?.[1];
      candidate = `${above ? `${above}/` : ''}node_modules/${dependency}`;
    }
    if (!entries[candidate])
      throw new Error(`package-lock.json has no ${dependency}, which ${place} needs. Run npm install.`);
    if (!found.has(candidate)) closure(entries, candidate, found);
  }
  return [...found];
}

async function filesOf(directory: string, prefix: string): Promise<PackageFile[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      path.relative(directory, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'),
    )
    // What is nested below has a place of its own in the lock file.
    .filter((file) => !file.startsWith('node_modules/') && needed.test(file) && !unneeded.test(file));
  return Promise.all(
    names.map(async (file) => ({
      path: `${prefix}/${file}`,
      contents: await readFile(path.join(directory, file)),
    })),
  );
}

/** The unpacked package; what is in the cache was verified when it was put there. */
async function fetchPackage(
  name: string,
  entry: LockEntry | undefined,
  cache: string,
  download: Download,
): Promise<string> {
  if (!entry?.integrity?.startsWith('sha512-'))
    throw new Error(`package-lock.json has no sha512 for ${name}, which functions need. Run npm install.`);
  const { version, integrity } = entry;
  const hash = Buffer.from(integrity.slice('sha512-'.length), 'base64').toString('hex').slice(0, 24);
  const directory = path.join(cache, `${name.replace('/', '+')}-${version}-${hash}`);
  if (existsSync(directory)) return directory;

  await mkdir(cache, { recursive: true });
  // Several builds may fetch at once; each has its own folder, and a rename is all or nothing.
  const temporary = await mkdtemp(path.join(cache, 'fetching-'));
  try {
    await download(`${name}@${version}`, temporary);
    const [tarball] = await readdir(temporary);
    const packed = await readFile(path.join(temporary, tarball ?? 'nothing was downloaded'));
    const found = `sha512-${createHash('sha512').update(packed).digest('base64')}`;
    if (found !== integrity) {
      throw new Error(
        `expected ${name}@${version} with ${integrity} as package-lock.json says, found ${found}. ` +
          'The registry answers another package than the one that was locked; nothing of it was used. ' +
          'See which registry it is with: npm config get registry',
      );
    }
    const unpacked = path.join(temporary, 'unpacked');
    for (const { name: file, content } of tarEntries(gunzipSync(packed))) {
      const target = path.join(unpacked, file);
      await mkdir(path.dirname(target), { recursive: true });
      await writeFile(target, content);
    }
    await rename(unpacked, directory).catch((error: unknown) => {
      if (!existsSync(directory)) throw error;
    });
    return directory;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** By npm, for the sake of its settings: registry, proxy, certificates, tokens, cache. */
function npmPack(root: string): Download {
  return async (specifier, directory) => {
    // Under `npm run` the very npm that runs; else the one on the path.
    const running = process.env.npm_execpath;
    const [command, first] = running?.endsWith('npm-cli.js') ? [process.execPath, [running]] : ['npm', []];
    const args = [
      ...first,
      'pack',
      specifier,
      '--pack-destination',
      directory,
      '--prefer-offline',
      '--silent',
    ];
    await promisify(execFile)(command, args, {
      cwd: root,
      env: { ...process.env },
      shell: command === 'npm' && process.platform === 'win32',
    }).catch((error: { stderr?: string; message: string }) => {
      throw new Error(
        `expected ${specifier} from npm's registry, for the machine code that functions need on Lambda; found: ` +
          `${(error.stderr || error.message).trim()}\n` +
          'Build once while the registry can be reached (npm run build): the package then stays in ' +
          'node_modules/.cache/landfall/packages. Another registry is set with: npm config set registry <url>',
        { cause: error },
      );
    });
  };
}
