/** Compares what two assemblies allow, as Markdown. */
import { parseArgs } from 'node:util';
import { fenced } from '../../fenced';
import { buildReport } from '../report/build';
import { type Difference, diffReports } from './reports';
import type { Direction } from './statements';

const help = `npm run audit -- diff <base-dir> [<dir>] [--title <text>] [--most <characters>]

Says in words what changes from one synthesized assembly (cdk.out) to another: what principals may do and who may
become them, policies of resources, who starts what, what can be reached, the network, what holds state, findings and
what was accepted. + is wider or new, - narrower or gone, ! changed otherwise. <dir> is cdk.out by default; of a text
longer than 60000 characters, or --most, the rest is cut.

Exit codes: 0 no difference, 1 could not be compared, 2 wrong usage, 3 differences.`;

const exit = { same: 0, usage: 2, different: 3 } as const;

/** A comment of GitHub holds 65,536 characters. */
const longest = '60000';

export async function diffCommand(
  args: readonly string[],
  print: (text: string) => void = console.log,
): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      title: { type: 'string', default: 'Permissions and surfaces' },
      most: { type: 'string', default: longest },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    print(help);
    return exit.same;
  }
  const [before, after = 'cdk.out'] = positionals;
  if (!before || positionals.length > 2 || !/^\d+$/.test(values.most)) {
    console.error(help);
    return exit.usage;
  }
  const differences = diffReports(buildReport(before), buildReport(after));
  print(renderDifferences(differences, values.title, Number(values.most)));
  return differences.length > 0 ? exit.different : exit.same;
}

const marks: Readonly<Record<Direction, string>> = { wider: '+', narrower: '-', changed: '!' };

export function renderDifferences(differences: readonly Difference[], title: string, most: number): string {
  if (differences.length === 0)
    return `## ${title}\n\nNothing changes in permissions, surfaces, network and state.`;
  const count = (direction: Direction) => differences.filter((one) => one.direction === direction).length;
  const sections = [...new Set(differences.map(({ section }) => section))].map((section) => {
    const lines = differences
      .filter((one) => one.section === section)
      .map(({ direction, words }) => `${marks[direction]} ${onOneLine(words)}`);
    return `${section}\n${lines.join('\n')}`;
  });
  return [
    `## ${title}`,
    `${count('wider')} wider or new, ${count('narrower')} narrower or gone, ${count('changed')} changed otherwise`,
    fenced(sections.join('\n\n'), most, 'diff'),
  ].join('\n\n');
}

const onOneLine = (words: string): string => words.replace(/\s+/g, ' ');
