import { renderMarkdown } from '../../../scripts/audit/markdown';
import { buildReport } from '../../../scripts/audit/report/build';
import type { AuditReport } from '../../../scripts/audit/report/report';
import { assemblyDirectory } from '../../support/assembly';

const today = '2026-11-27';
let report: AuditReport;
let markdown: string;

beforeAll(async () => {
  report = buildReport(assemblyDirectory('prod-platform'));
  markdown = renderMarkdown(report, today);
});

/** As GitHub shows it: without the backslashes that keep stars from being formatted. */
const shown = (text: string) => text.replace(/\\([*_<>[\]\\|])/g, '$1');

test('begins with a table of counts', () => {
  const [, summary] = /\n\n(\| {2}\| Number[\s\S]*?)\n\n/.exec(markdown) ?? [];
  expect(summary?.split('\n').map((line) => line.split('|')[1]?.trim())).toEqual([
    '',
    '---',
    'Principals',
    'Policies of resources',
    'Ways to start something',
    'Surfaces',
    'Security groups',
    'Resources that hold data',
    'Findings',
    'Accepted findings',
  ]);
});

test('says every statement, surface, invocation and everything that holds data', () => {
  const text = shown(markdown);
  const said = [
    ...report.principals.flatMap(({ name, trust, statements }) => [
      name,
      ...[...trust, ...statements].map(({ words }) => words),
    ]),
    ...report.resourcePolicies.flatMap(({ statements }) => statements.map(({ words }) => words)),
    ...report.surfaces.flatMap(({ what, reachableBy, path }) => [what, reachableBy, path]),
    ...report.invocations.flatMap(({ from, target }) => [from, target]),
    ...report.stateful.flatMap(({ path, encryption, backup }) => [path, encryption, backup]),
    ...report.acknowledgements.map(({ reason }) => reason),
  ];
  expect(said.filter((words) => !text.includes(words))).toEqual([]);
});

test('every row of a table has as many cells as its head', () => {
  const tables = markdown
    .trim()
    .split('\n\n')
    .filter((block) => block.startsWith('| '));
  expect(tables.length).toBeGreaterThan(8);
  const cells = (line: string) => line.replaceAll('\\|', '').split('|').length;
  for (const block of tables) {
    const [head = '', ...rows] = block.split('\n');
    expect(rows.filter((row) => cells(row) !== cells(head))).toEqual([]);
  }
});

test('what somebody writes into a reason or a name is text, and no markup', () => {
  const [first, ...others] = report.acknowledgements;
  if (!first) throw new Error('nothing is accepted');
  const hostile = '<img src=x> a|b `code` *bold* [link](https://example.com)\nnext';
  const text = renderMarkdown(
    { ...report, acknowledgements: [{ ...first, reason: hostile }, ...others] },
    today,
  );
  expect(text).toContain('\\<img src=x\\> a\\|b `code` \\*bold\\* \\[link\\](https://example.com) next');
});

test('lists what is open first', () => {
  expect(markdown).toContain('\n## Open\n\nNothing.\n\n## Principals\n');
  const later = renderMarkdown(report, '2030-01-01');
  expect(later).toMatch(/\n## Open\n\n- `\S+` at `\S+`: accepted on \d{4}-\d\d-\d\d, \w+ reviews it\n/);
});
