import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, CfnResource, Stack } from 'aws-cdk-lib';
import { acknowledge } from '../../../lib/constructs/acknowledge';
import { acknowledgementsIn, isDay, reviewDue } from '../../../lib/guardrails/acknowledgements';

let outdir: string;
beforeEach(() => {
  outdir = mkdtempSync(path.join(tmpdir(), 'landfall-acknowledgements-'));
});
afterEach(() => rmSync(outdir, { recursive: true }));

function synthesize(stackName: string, date = '2026-11-26'): void {
  const stack = new Stack(new App({ outdir }), stackName);
  const resource = new CfnResource(stack, 'Thing', { type: 'AWS::SNS::Topic' });
  const reason = 'It holds nothing that anybody would miss.';
  acknowledge(resource, { reason, date }, 'AwsSolutions-SNS3', 'Landfall::secrets');
  (stack.node.root as App).synth();
}

test('the assembly says what was accepted where, why, by whom and when', () => {
  synthesize('landfall-dev-database');
  const common = {
    path: 'landfall-dev-database/Thing',
    reason: 'It holds nothing that anybody would miss.',
    owner: 'data',
    date: '2026-11-26',
    used: false,
  };
  expect(acknowledgementsIn(outdir)).toEqual([
    { ...common, id: 'AwsSolutions::AwsSolutions-SNS3', rule: 'AwsSolutions-SNS3' },
    { ...common, id: 'Landfall::secrets', rule: 'Landfall::secrets' },
  ]);
});

test('the record has no time and no place of this machine: the same source writes the same bytes', () => {
  const record = () => {
    synthesize('landfall-dev-database');
    const metadata = JSON.parse(
      readFileSync(path.join(outdir, 'landfall-dev-database.metadata.json'), 'utf8'),
    )['/landfall-dev-database/Thing'] as { type: string }[];
    return JSON.stringify(metadata.filter(({ type }) => type === 'landfall:acknowledgements'));
  };
  const first = record();
  expect(first).toContain('Landfall::secrets');
  expect(first).not.toContain(process.cwd());
  expect(record()).toBe(first);
});

test('nobody answers for a stack that is not ours', () => {
  synthesize('elsewhere');
  expect(acknowledgementsIn(outdir).map(({ owner }) => owner)).toEqual([undefined, undefined]);
});

test.each(['yesterday', '2026-02-30', '2026-13-01', '26-11-2026', ''])('"%s" is no day', (date) => {
  expect(isDay(date)).toBe(false);
  expect(() => synthesize('landfall-dev-database', date)).toThrow(
    /AwsSolutions-SNS3, Landfall::secrets at landfall-dev-database\/Thing: expected the day .* found/,
  );
});

test.each([
  ['2026-11-26', '2026-11-26', false],
  ['2026-11-26', '2027-11-25', false],
  ['2026-11-26', '2027-11-26', true],
  ['2026-11-26', '2031-01-01', true],
  ['2028-02-29', '2029-02-28', false],
  ['2028-02-29', '2029-03-01', true],
])('what was accepted on %s is due for review on %s: %s', (date, today, due) => {
  expect(reviewDue({ date }, today)).toBe(due);
});
