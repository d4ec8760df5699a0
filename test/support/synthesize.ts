/**
 * Synthesizes the named variants into folders beside the bundles: `tsx test/support/synthesize.ts <directory>
 * <variant> ...`. A program of its own, so that the global setup can use every core.
 */
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { buildApp } from '../../lib/build-app';
import { allVariants, type Variant } from './variants';

const [directory, ...names] = process.argv.slice(2) as [string, ...string[]];
for (const variant of allVariants()) if (names.includes(variant.name)) synthesize(directory, variant);

function synthesize(into: string, { name, environment, blueprint }: Variant): void {
  const outdir = path.join(into, name);
  mkdirSync(outdir, { recursive: true });
  const { app } = buildApp({
    environment,
    blueprint,
    outdir,
    assetsDirectory: path.join(into, 'lambdas'),
  });
  try {
    app.synth();
  } catch (error) {
    // Findings of the audit are for their test to report; the templates are there all the same.
    if (!existsSync(path.join(outdir, 'validation-report.json'))) throw error;
  }
}
