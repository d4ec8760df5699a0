import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import packageJson from '../../package.json';
import { command } from '../../scripts/migrate/users/command';

const page = readFileSync(join(__dirname, '../../docs/migrating-users.md'), 'utf8');
const flags = (text: string) =>
  new Set([...text.matchAll(/(?<![\w-])--[a-z][a-z-]+/g)].map(([flag]) => flag));

test('every flag the page names exists', () => {
  const known = new Set([...flags(command.help), '--help']);
  const named = [...flags(page)];
  expect(named.length).toBeGreaterThan(8);
  expect(named.filter((flag) => !known.has(flag))).toEqual([]);
});

test('every npm script the page names exists', () => {
  const named = [...page.matchAll(/npm run ([\w-]+)/g)].map(([, name]) => name as string);
  expect(named).toContain('landfall');
  expect(named.filter((name) => !(name in packageJson.scripts))).toEqual([]);
});

test('a hundred thousand users take as long as the page says', () => {
  const [, rate] = /--rate (\d+)`/.exec(page) ?? [];
  const [, minutes] = /100,000 users take (\d+) minutes/.exec(page) ?? [];
  expect(Math.ceil(100_000 / Number(rate) / 60)).toBe(Number(minutes));
});

test('the quota is dated where it is named', () => {
  for (const text of [page, command.help]) {
    expect(text).toMatch(/quotas\.html\)?, read \d{4}-\d\d-\d\d/);
    expect(text).toMatch(/50 (requests )?a second/);
  }
});
