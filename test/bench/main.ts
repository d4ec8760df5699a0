/** `npm run bench [topic ...] [-- --runs 7]`: medians and ratios, a table on stdout and JSON under .landfall/bench. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { authorizer } from './authorizer';
import { bulkZip } from './bulk-zip';
import { bundles } from './bundles';
import { decisions } from './decisions';
import { extraction } from './extraction';
import { magicLink } from './magic-link';
import { report, type Topic } from './measure';
import { migrateUsers } from './migrate-users';
import { photos } from './photos';
import { readPath } from './read-path';
import { signIn } from './sign-in';
import { synth } from './synth';

const topics: readonly Topic[] = [
  synth,
  bundles,
  readPath,
  authorizer,
  signIn,
  magicLink,
  migrateUsers,
  bulkZip,
  photos,
  extraction,
  decisions,
];
const names = topics.map(({ name }) => name).join(', ');

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { runs: { type: 'string', default: '5' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    console.log(
      `npm run bench [topic ...] [-- --runs N]\n\nTopics: ${names} (all when none is named). Medians of N runs (5).`,
    );
    return;
  }
  const runs = Number(values.runs);
  const unknown = positionals.filter((name) => !topics.some((topic) => topic.name === name));
  if (unknown.length > 0) throw new Error(`unknown topic ${unknown.join(', ')}; the topics are ${names}`);
  if (!Number.isInteger(runs) || runs < 1)
    throw new Error(`--runs takes a whole number from 1, not ${values.runs}`);
  for (const topic of topics) {
    if (positionals.length > 0 && !positionals.includes(topic.name)) continue;
    report(await topic.run(runs), path.resolve(__dirname, '../../.landfall/bench'));
  }
}

main().catch((error) => {
  console.error(`bench: ${error.message}`);
  process.exitCode = 1;
});
