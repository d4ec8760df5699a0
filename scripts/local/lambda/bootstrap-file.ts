import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';

/**
 * Writes the workers' entry as plain JavaScript: a function's process runs on Node alone, as on Lambda,
 * without the TypeScript loader of this runtime.
 */
export function writeBootstrap(directory: string): string {
  const source = readFileSync(join(__dirname, 'bootstrap.ts'), 'utf8');
  const { code } = transformSync(source, { loader: 'ts', format: 'cjs', target: 'node20' });
  mkdirSync(directory, { recursive: true });
  const file = join(directory, 'bootstrap.cjs');
  writeFileSync(file, code);
  return file;
}
