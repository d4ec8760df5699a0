/** Builds the app and the functions, and synthesizes one environment and blueprint into an assembly. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { build } from '../build';

const root = resolve(__dirname, '..', '..');

export interface SynthesisOptions {
  readonly environment: string;
  readonly blueprint: string;
  /** Where the assembly goes. */
  readonly outdir: string;
}

/** Everything an assembly follows from, relative to the repository. */
const sources = [
  'bin',
  'lib',
  'lambdas',
  'scripts/build.ts',
  'scripts/platform-packages.ts',
  'scripts/tar.ts',
  'cdk.json',
  'package.json',
  'package-lock.json',
];

/**
 * Synthesizes unless the directory already holds the assembly of exactly these sources, which saves half of the
 * processor time of a start.
 *
 * @returns whether the assembly is new
 * @throws when the app fails, with what it printed
 */
export async function synthesizeIfChanged(options: SynthesisOptions): Promise<boolean> {
  const { environment, blueprint, outdir } = options;
  const file = join(outdir, 'sources.sha256');
  const fingerprint = fingerprintOf([environment, blueprint]);
  if (existsSync(file) && readFileSync(file, 'utf8') === fingerprint) return false;
  rmSync(outdir, { recursive: true, force: true });
  await synthesize(options);
  writeFileSync(file, fingerprint);
  return true;
}

function fingerprintOf(choices: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify(choices));
  for (const source of sources) {
    const entry = join(root, source);
    const files = statSync(entry).isDirectory()
      ? readdirSync(entry, { recursive: true, withFileTypes: true })
          .filter((found) => found.isFile())
          .map((found) => join(found.parentPath, found.name))
          .sort()
      : [entry];
    for (const path of files) hash.update(`\0${relative(root, path)}\0`).update(readFileSync(path));
  }
  return hash.digest('hex');
}

/**
 * Runs the bundled app in a process of its own, as the CDK CLI does: loading it here would cost 150 MB for as
 * long as the runtime lives. Template validation (5 s) and audits are the tests' business, not this start's.
 *
 * @throws when the app fails, with what it printed
 */
async function synthesize({ environment, blueprint, outdir }: SynthesisOptions): Promise<void> {
  await build({ quiet: true });
  const { context } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')) as { context: object };
  const app = spawn(process.execPath, [join('dist', 'app', 'landfall.js')], {
    cwd: root,
    env: {
      ...process.env,
      CDK_OUTDIR: outdir,
      CDK_VALIDATION: 'false',
      CDK_CONTEXT_JSON: JSON.stringify({
        ...context,
        env: environment,
        blueprint,
        '@aws-cdk/core:failSynthOnValidationErrors': false,
      }),
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let printed = '';
  app.stderr.setEncoding('utf8').on('data', (part: string) => {
    printed += part;
  });
  const code = await new Promise<number | null>((done, fail) => {
    app.once('error', fail);
    app.once('close', done);
  });
  if (code !== 0 || !existsSync(join(outdir, 'manifest.json'))) {
    throw new Error(`The app could not be synthesized:\n${printed.trim()}`);
  }
}
