/**
 * Writes the golden files of the guardrails anew (stateful resources, references between stacks) and the snapshots
 * of the templates. Prints what each change would do to data; the diff is the decision to be reviewed.
 *
 *   npm run golden
 */
import { spawnSync } from 'node:child_process';

const { status } = spawnSync(
  process.execPath,
  [
    'node_modules/jest/bin/jest.js',
    'test/lib/guardrails/stateful.test.ts',
    'test/lib/guardrails/references.test.ts',
    'test/lib/snapshots.test.ts',
    '--updateSnapshot',
  ],
  { stdio: 'inherit', env: { ...process.env, LANDFALL_GOLDEN: 'write' } },
);
process.exitCode = status ?? 1;
