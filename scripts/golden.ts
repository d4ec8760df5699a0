/** Writes the golden files anew. Usage: npm run golden -- --help */
import { spawnSync } from 'node:child_process';
import { runWithoutArguments } from './command';

const help = `npm run golden

Writes the golden files of the guardrails anew (stateful resources, references between stacks) and the snapshots
of the templates. Prints what each change would do to data; the diff is the decision to be reviewed.

Exit codes: 0 written, 1 something else in these tests fails, 2 wrong usage.`;

function main(): void {
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
  if (status !== 0) throw new Error('Not everything could be written: see the failures above.');
}

void runWithoutArguments(help, main);
