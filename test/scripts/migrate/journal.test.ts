import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Journal } from '../../../scripts/migrate/journal';

const directory = mkdtempSync(path.join(tmpdir(), 'landfall-journal-'));
afterAll(() => rmSync(directory, { recursive: true }));

let number = 0;
const newFile = () => path.join(directory, 'kept', `${++number}.jsonl`);
const run = { command: 'copy', to: 'there' };

async function entriesOf(file: string, belongsTo: object = run) {
  const entries: unknown[] = [];
  const journal = await Journal.open(file, { ...belongsTo }, (entry) => entries.push(entry));
  await journal.close();
  return entries;
}

async function written(...entries: unknown[]) {
  const file = newFile();
  const journal = await Journal.open(file, run, () => undefined);
  await journal.append(entries);
  await journal.close();
  return file;
}

test('what was appended is read again, and only its owner may read the file', async () => {
  const file = await written({ id: '1' }, { id: 'zwei' });
  expect(await entriesOf(file)).toEqual([{ id: '1' }, { id: 'zwei' }]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('wherever the file was cut off, the complete lines before it are kept', async () => {
  const whole = readFileSync(await written({ id: '1' }, { id: 'zwei' }, { id: '3' }));
  for (let length = 0; length <= whole.length; length++) {
    const file = newFile();
    writeFileSync(file, whole);
    truncateSync(file, length);
    const complete = whole.subarray(0, length).toString().split('\n').length - 1;
    expect(await entriesOf(file)).toHaveLength(Math.max(0, complete - 1));
    // And the next line starts at the beginning of a line.
    const journal = await Journal.open(file, run, () => undefined);
    await journal.append([{ id: 'next' }]);
    await journal.close();
    expect((await entriesOf(file)).at(-1)).toEqual({ id: 'next' });
  }
});

test('the journal of another run is refused', async () => {
  const file = await written({ id: '1' });
  await expect(entriesOf(file, { ...run, to: 'elsewhere' })).rejects.toThrow(/another run[\s\S]*elsewhere/);
});

test('a line that is no JSON is refused with its number', async () => {
  const file = await written({ id: '1' });
  appendFileSync(file, 'nonsense\n{"id":"2"}\n');
  await expect(entriesOf(file)).rejects.toThrow('line 3: damaged');
});
