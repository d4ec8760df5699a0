import { ageOf } from '../../../../scripts/audit/html/acknowledgement-age';
import { layOut } from '../../../../scripts/audit/html/graph';
import type { Flow } from '../../../../scripts/audit/html/graph-columns';

const flow = (principal: string, actions: string[], resource: string, deny = false): Flow => ({
  ...{ principal, actions, deny, stack: principal.split(' ')[0] ?? '' },
  targets: [
    { words: resource, resource, service: actions[0]?.split(':')[0] ?? '', wildcard: resource.includes('*') },
  ],
});

test('every name is drawn once, and every line belongs to the statements that it is drawn for', () => {
  const { nodes, edges } = layOut(
    [flow('a', ['s3:Get', 's3:Put'], 'x'), flow('b', ['s3:Get'], 'x'), flow('b', ['s3:Get'], 'y/*', true)],
    1000,
  );
  expect(nodes.map(({ label }) => label).sort()).toEqual(['a', 'b', 's3:Get', 's3:Put', 'x', 'y/*']);
  const lines = edges.map(
    ({ from, to, flows, deny }) => `${from.label} > ${to.label} ${[...flows]}${deny ? ' deny' : ''}`,
  );
  expect(lines.sort()).toEqual([
    'a > s3:Get 0',
    'a > s3:Put 0',
    'b > s3:Get 1',
    'b > s3:Get 2 deny',
    's3:Get > x 0,1',
    's3:Get > y/* 2 deny',
    's3:Put > x 0',
  ]);
  expect(nodes.filter(({ wildcard }) => wildcard).map(({ label }) => label)).toEqual(['y/*']);
});

test('nothing overlaps, and all of it is within the picture', () => {
  const flows = Array.from({ length: 20 }, (_, index) =>
    flow(`p${index}`, [`s${index % 5}:A`], `r${index % 11}`),
  );
  const { nodes, width, height } = layOut(flows, 900);
  for (const node of nodes) {
    expect(node.x + node.width).toBeLessThanOrEqual(width);
    expect(node.y + 28).toBeLessThanOrEqual(height);
    const beside = nodes.filter((other) => other !== node && other.column === node.column);
    for (const other of beside) expect(Math.abs(other.y - node.y)).toBeGreaterThanOrEqual(36);
  }
});

test('too many names become stacks and services, and a single one keeps its name', () => {
  const flows = Array.from({ length: 60 }, (_, index) =>
    flow(`stack${index % 3} role ${index}`, [`s3:A${index}`], `r${index}`),
  );
  const { nodes, collapsed } = layOut([...flows, flow('other role', ['sqs:Send'], 'queue')], 900);
  expect(nodes.map(({ label, stands }) => `${label} ${stands}`).sort()).toEqual([
    'other role 1',
    'queue 1',
    's3 resources 60',
    's3: 60',
    'sqs:Send 1',
    'stack stack0 20',
    'stack stack1 20',
    'stack stack2 20',
  ]);
  expect(collapsed).toEqual(['principals by stack', 'actions by service', 'resources by service']);
  expect(nodes.find(({ label }) => label === 'stack stack1')?.term).toBe('stack:stack1');
});

test('nothing to draw is an empty picture', () => {
  expect(layOut([], 900)).toMatchObject({ nodes: [], edges: [] });
});

test.each([
  ['2026-11-26', 'today'],
  ['2026-11-25', '1 day'],
  ['2026-10-27', '30 days'],
  ['2026-10-26', '1 month'],
  ['2025-11-27', '11 months'],
  ['2025-11-26', '12 months'],
])('what was accepted on %s is %s old on 2026-11-26', (date, age) => {
  expect(ageOf(date, '2026-11-26')).toBe(age);
});
