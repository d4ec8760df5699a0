import { readFileSync } from 'node:fs';
import path from 'node:path';
import { templatesOf } from '../support/assembly';
import { allVariants } from '../support/variants';

const runbook = readFileSync(path.resolve(__dirname, '../../docs/runbook.md'), 'utf8');

/** The anchor GitHub gives a heading. */
const slug = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\w\s-]/g, '')
    .trim()
    .replace(/\s+/g, '-');

function headings(text: string): string[] {
  const alarms = text.split(/^## /m).find((section) => section.startsWith('Alarms\n')) ?? '';
  return [...alarms.matchAll(/^### (.+)$/gm)].map(([, heading]) => slug(heading as string));
}

function linked(): Set<string> {
  const descriptions = allVariants()
    .flatMap(({ name }) => Object.values(templatesOf(name)))
    .flatMap(({ Resources }) => Object.values(Resources))
    .filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm')
    .map(({ Properties }) => Properties.AlarmDescription as string);
  return new Set(
    descriptions.map((text) => /docs\/runbook\.md#([\w-]+)$/.exec(text)?.[1] ?? `no link: ${text}`),
  );
}

test('every alarm links to a heading of the runbook, and every heading belongs to an alarm', () => {
  expect(headings(runbook).sort()).toEqual([...linked()].sort());
});

test('a heading that is renamed no longer matches', () => {
  const renamed = runbook.replace('### Dead letters', '### Failed events');
  expect(headings(renamed)).not.toContain('dead-letters');
  expect(headings(renamed).sort()).not.toEqual([...linked()].sort());
});

test('links inside the runbook lead somewhere', () => {
  const all = new Set([...runbook.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => slug(heading as string)));
  for (const [, target] of runbook.matchAll(/\]\(#([\w-]+)\)/g)) expect(all).toContain(target);
});

test('every saved query the runbook names exists', () => {
  const queries = Object.values(templatesOf('prod-platform'))
    .flatMap(({ Resources }) => Object.values(Resources))
    .filter(({ Type }) => Type === 'AWS::Logs::QueryDefinition')
    .map(({ Properties }) => (Properties.Name as string).split('/')[1]);
  const named = [...runbook.matchAll(/\bquery _([^_]+)_|^- Run _([^_]+)_|_([^_]+)_ (?:and|has)\b/gm)].map(
    ([, ...names]) => names.find((name) => name !== undefined)?.replace(/\s+/g, ' ') as string,
  );
  expect(named.length).toBeGreaterThan(4);
  const missing = named.filter((name) => !queries.some((query) => query?.startsWith(name)));
  expect(missing).toEqual([]);
});
