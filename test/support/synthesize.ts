/**
 * Synthesizes the named variants into folders beside the bundles: `tsx test/support/synthesize.ts <directory>
 * <variant> ...`. A program of its own, so that the global setup can use every core.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Validations } from 'aws-cdk-lib';
import { buildApp } from '../../lib/build-app';
import { acknowledgementsFile } from './assembly';
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
  writeFileSync(
    path.join(outdir, acknowledgementsFile),
    JSON.stringify(
      app.node.findAll().flatMap((construct) =>
        construct.node.metadata
          .filter((entry) => entry.type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
          .flatMap((entry) => Object.keys(entry.data))
          .map((id) => ({ id, path: construct.node.path })),
      ),
    ),
  );
  try {
    app.synth();
  } catch (error) {
    // Findings of the audit are for their test to report; the templates are there all the same.
    if (!existsSync(path.join(outdir, 'validation-report.json'))) throw error;
  }
}
