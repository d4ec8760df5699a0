/** Builds the app and the functions, and synthesizes one environment and blueprint into an assembly. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from '../build';

const root = resolve(__dirname, '..', '..');

export interface SynthesisOptions {
  readonly environment: string;
  readonly blueprint: string;
  /** Where the assembly goes. */
  readonly outdir: string;
}

/**
 * Runs the bundled app in a process of its own, as the CDK CLI does: loading it here would cost 150 MB for as
 * long as the runtime lives. Template validation (5 s) and audits are the tests' business, not this start's.
 *
 * @throws when the app fails, with what it printed
 */
export async function synthesize({ environment, blueprint, outdir }: SynthesisOptions): Promise<void> {
  await build({ quiet: true });
  const { context } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')) as { context: object };
  const app = spawn(process.execPath, ['--enable-source-maps', join('dist', 'app', 'landfall.js')], {
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
