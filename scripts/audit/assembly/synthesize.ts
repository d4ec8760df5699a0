/**
 * Synthesizes an environment with all audit packs: `tsx scripts/audit/assembly/synthesize.ts <environment> <blueprint> <outdir>`.
 * A program of its own, so that what the CDK prints about findings can be left to the report.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { buildApp } from '../../../lib/build-app';
import { loadConfig } from '../../../lib/config/load';
import { audit } from '../../../lib/guardrails/audit';

const [environmentName = '', blueprintName = '', outdir = ''] = process.argv.slice(2);
const { environment, blueprint } = loadConfig(environmentName, blueprintName);
const { app } = buildApp({ environment, blueprint, outdir, audited: false });
audit(app, { ...environment, audit: 'full' });
try {
  app.synth();
} catch (error) {
  // Findings are what the report is for; the templates are there all the same.
  if (!existsSync(path.join(outdir, 'validation-report.json'))) throw error;
}
process.exitCode = existsSync(path.join(outdir, 'manifest.json')) ? 0 : 1;
