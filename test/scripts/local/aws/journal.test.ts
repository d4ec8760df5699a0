import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type Entry, Journal } from '../../../../scripts/local/aws/journal';

let directory: string;
let file: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'landfall-journal-'));
  file = path.join(directory, 'records.jsonl');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function open(): Promise<{ journal: Journal; entries: Entry[] }> {
  const entries: Entry[] = [];
  return { journal: await Journal.open(file, (entry) => entries.push(entry)), entries };
}

test('what was appended is read again in the order of writing', async () => {
  const { journal, entries } = await open();
  expect(entries).toEqual([]);
  await journal.append(['user', 'ann', { name: 'Änn\n' }], ['user', 'bob', { name: 'Bob' }]);
  await journal.append(['user', 'ann', null]);
  expect((await open()).entries).toEqual([
    ['user', 'ann', { name: 'Änn\n' }],
    ['user', 'bob', { name: 'Bob' }],
    ['user', 'ann', null],
  ]);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test('calls that come while another is being written share the next write', async () => {
  const { journal } = await open();
  await Promise.all(Array.from({ length: 500 }, (_, i) => journal.append(['n', String(i), i])));
  const { entries } = await open();
  expect(entries.map(([, , value]) => value)).toEqual(Array.from({ length: 500 }, (_, i) => i));
});

test.each(['["user","bob",{"na', '['])(
  'a torn last line (%s) is dropped, and does not harm the next one',
  async (torn) => {
    const first = await open();
    await first.journal.append(['user', 'ann', 1]);
    await appendFile(file, torn);
    const second = await open();
    expect(second.entries).toEqual([['user', 'ann', 1]]);
    await second.journal.append(['user', 'cid', 3]);
    expect((await open()).entries).toEqual([
      ['user', 'ann', 1],
      ['user', 'cid', 3],
    ]);
  },
);

test('damage elsewhere is an error that names the line and the way out', async () => {
  await writeFile(file, '["user","ann",1]\n["user","bo\n["user","cid",3]\n');
  await expect(open()).rejects.toThrow(/records\.jsonl: line 2 is damaged .*--fresh/);
});

test('lines and characters that fall on the border of a chunk are whole', async () => {
  const { journal } = await open();
  const long = '€'.repeat(400_000);
  await journal.append(['a', '1', long], ['a', '2', long], ['a', '3', 'end']);
  const { entries } = await open();
  expect(entries.map(([, id]) => id)).toEqual(['1', '2', '3']);
  expect(entries[1]?.[2]).toBe(long);
});

test('rewriting leaves the given entries alone, and appending goes on after them', async () => {
  const { journal } = await open();
  for (let i = 0; i < 20; i++) await journal.append(['n', 'same', i]);
  await journal.rewrite([['n', 'same', 19]]);
  expect(journal.lines).toBe(1);
  await journal.append(['n', 'next', 1]);
  expect(await readFile(file, 'utf8')).toBe('["n","same",19]\n["n","next",1]\n');
});
