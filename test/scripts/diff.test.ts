import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, CfnResource, Stack } from 'aws-cdk-lib';
import { compareByCli, diff } from '../../scripts/diff';

const folder = mkdtempSync(join(tmpdir(), 'landfall-diff-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Resources = Readonly<
  Record<string, { readonly type: string; readonly properties: Record<string, unknown> }>
>;

function assembly(name: string, stacks: Readonly<Record<string, Resources>>): string {
  const app = new App({ outdir: join(folder, name), analyticsReporting: false });
  for (const [id, resources] of Object.entries(stacks)) {
    const stack = new Stack(app, id);
    for (const [logicalId, definition] of Object.entries(resources))
      new CfnResource(stack, logicalId, definition);
  }
  // As in the real app, each stack depends on the one before it.
  const all = app.node.children.filter(Stack.isStack);
  for (const [index, stack] of all.entries())
    if (index > 0) stack.addStackDependency(all[index - 1] as Stack);
  app.synth();
  return join(folder, name);
}

const topic = (name: string) => ({ type: 'AWS::SNS::Topic', properties: { TopicName: name } });
const queue = (retention: number) => ({
  type: 'AWS::SQS::Queue',
  properties: { MessageRetentionPeriod: retention },
});

test('every stack is told apart: unchanged, changed, replacing, new and gone', () => {
  const before = assembly('before', {
    same: { Queue: queue(60) },
    changed: { Queue: queue(60) },
    replaced: { Topic: topic('before') },
    gone: { Queue: queue(60), Other: queue(70) },
  });
  const after = assembly('after', {
    same: { Queue: queue(60) },
    changed: { Queue: queue(120) },
    replaced: { Topic: topic('after') },
    fresh: { Queue: queue(60) },
  });
  const page = diff({ compare: compareByCli }, before, after, 'prod');
  const headings = page.split('\n').filter((line) => line.startsWith('#'));
  expect(headings.sort()).toEqual([
    '## prod',
    '### :warning: gone: no longer in the app, 2 resources. Deployed stacks stay until they are deleted.',
    '### :warning: replaced replaces, deletes or orphans resources',
    '### changed changes',
    '### fresh: new stack, 1 resources',
  ]);
  expect(page).toMatch(/MessageRetentionPeriod\n.*60\n.*120/);
  expect(page.trim().split('\n').at(-1)).toBe('1 of 5 stacks do not change.');
});

test('an assembly that the CLI cannot read is an error, not "no differences"', () => {
  const good = assembly('good', { a: { Queue: queue(60) } });
  const other = assembly('other', { a: { Queue: queue(61) } });
  const broken = join(folder, 'broken');
  cpSync(other, broken, { recursive: true });
  rmSync(join(broken, 'manifest.json'));
  expect(() => compareByCli('a', join(good, 'a.template.json'), broken)).toThrow(/cdk diff a failed/);
});

test('a template cannot break out of its block, and an endless diff is cut', () => {
  const before = assembly('fence-before', { a: { Queue: queue(60) } });
  const after = assembly('fence-after', { a: { Queue: queue(61) } });
  const text = `\`\`\`\n# I am a heading\n${'x'.repeat(70_000)}`;
  const page = diff({ compare: () => ({ text, destructive: false }) }, before, after, 'dev');
  expect(page.split('\n').filter((line) => line === '````')).toHaveLength(2);
  expect(page).toMatch(/\.\.\. cut, \d+ more characters/);
});
