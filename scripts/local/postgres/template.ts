import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, parse } from 'node:path';
import { promisify } from 'node:util';
import { constants, gunzip, gzip } from 'node:zlib';

const ENGINE_PACKAGES = ['pglite', 'pglite-postgis', 'pglite-pgvector'];

/**
 * The file a template is kept in: the given one with a fingerprint in its name, so that a template of another engine
 * version, or made by other statements, is never used.
 */
export async function templateFile(file: string, statements: string): Promise<string> {
  const require = createRequire(import.meta.url);
  const hash = createHash('sha256').update(statements);
  for (const name of ENGINE_PACKAGES) {
    // By way of the entry point: these packages do not export their package.json.
    const manifest = join(dirname(require.resolve(`@electric-sql/${name}`)), '..', 'package.json');
    hash.update(`${name} ${(JSON.parse(await readFile(manifest, 'utf8')) as { version: string }).version}`);
  }
  const { dir, name } = parse(file);
  return join(dir, `${name.replace(/\.tar$/, '')}-${hash.digest('hex').slice(0, 12)}.tar.gz`);
}

/** The template in the file, or undefined when there is none that can be read. */
export async function readTemplate(file: string): Promise<Uint8Array | undefined> {
  try {
    return await promisify(gunzip)(await readFile(file));
  } catch {
    // Absent or damaged: a new one will take its place.
    return undefined;
  }
}

/** By rename: another process that starts now must never see half of it. */
export async function writeTemplate(file: string, dump: Uint8Array): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const partial = `${file}.${process.pid}`;
  // The data is mostly zeros; the fastest level already makes it a tenth.
  await writeFile(partial, await promisify(gzip)(dump, { level: constants.Z_BEST_SPEED }));
  await rename(partial, file);
}
