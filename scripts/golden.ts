/** Writes the golden files anew. Usage: npm run golden -- --help */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { runCommand } from './command';

const help = `npm run golden [-- --journeys]

Writes the golden files of the guardrails anew (stateful resources, references between stacks) and the snapshots
of the templates. Prints what each change would do to data; the diff is the decision to be reviewed.

  --journeys   writes what the journeys use of the rights of roles instead (test/journeys/exercised.json): some minutes

Exit codes: 0 written, 1 something else in these tests fails, 2 wrong usage.`;

const guardrails = [
  'test/lib/guardrails/stateful.test.ts',
  'test/lib/guardrails/references.test.ts',
  'test/lib/snapshots.test.ts',
  '--updateSnapshot',
];

/** One at a time: they all write into the same file. */
const journeys = ['test/journeys/', '--runInBand'];

function main(): number {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      journeys: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  const { status } = spawnSync(
    process.execPath,
    ['node_modules/jest/bin/jest.js', ...(values.journeys ? journeys : guardrails)],
    { stdio: 'inherit', env: { ...process.env, LANDFALL_GOLDEN: 'write' } },
  );
  if (status !== 0) throw new Error('Not everything could be written: see the failures above.');
  return 0;
}

void runCommand(main);
