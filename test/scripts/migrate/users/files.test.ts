import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { csvSource } from '../../../../scripts/migrate/users/csv-source';
import { elementsOf, jsonSource } from '../../../../scripts/migrate/users/json-source';
import type { SourceUser } from '../../../../scripts/migrate/users/user';

const directory = mkdtempSync(path.join(tmpdir(), 'landfall-files-'));
afterAll(() => rmSync(directory, { recursive: true }));

const now = Date.parse('2026-01-01');
const secret = `$2a$10$${'s'.repeat(53)}`;

async function read(name: string, content: string | Buffer): Promise<SourceUser[]> {
  const file = path.join(directory, name);
  writeFileSync(file, content);
  const users: SourceUser[] = [];
  for await (const user of (name.endsWith('.csv') ? csvSource : jsonSource)(file, now).users())
    users.push(user);
  return users;
}

const person = {
  id: 'a',
  email: 'ann@example.com',
  name: 'Ann',
  confirmed: true,
  banned: false,
  password: 'yes',
  passwordHash: secret,
  createdAt: '2023-01-02T03:04:05.600Z',
  kind: 'person',
};

describe('the same user', () => {
  const columns =
    'id,email,encrypted_password,email_confirmed_at,banned_until,raw_user_meta_data,created_at,is_anonymous';
  test.each([
    [
      'psql \\copy',
      'psql.csv',
      `${columns}\na,ann@example.com,${secret},2024-01-01 00:00:00+00,,"{""name"": ""Ann""}",2023-01-02 03:04:05.6+00,f\n`,
    ],
    [
      'a dashboard',
      'dashboard.csv',
      `\uFEFF${columns}\r\n"a","ann@example.com","${secret}","2024-01-01T00:00:00Z","null","{""name"": ""Ann""}","2023-01-02T03:04:05.600Z","false"\r\n`,
    ],
    [
      'the generic columns',
      'generic.csv',
      `id,email,name,confirmed,banned,password_hash,created_at\na,ann@example.com,Ann,yes,0,${secret},2023-01-02T04:04:05.6+01\n`,
    ],
    [
      'json_agg',
      'array.json',
      `[{"id":"a","email":"ann@example.com","encrypted_password":"${secret}","email_confirmed_at":"2024-01-01T00:00:00+00:00",\n "banned_until":null,"raw_user_meta_data":{"full_name":"Ann"},"created_at":"2023-01-02T03:04:05.6+00:00","is_anonymous":false}]`,
    ],
    [
      'row_to_json, a line each',
      'lines.json',
      `{"id":"a","email":"ann@example.com","encrypted_password":"${secret}","email_confirmed_at":"2024-01-01T00:00:00Z","raw_user_meta_data":"{\\"name\\":\\"Ann\\"}","created_at":"2023-01-02T03:04:05.6Z"}\n\n`,
    ],
  ])('is read from %s', async (_, name, content) => {
    expect(await read(name, content)).toMatchObject([person]);
  });
});

describe('a record', () => {
  const one = async (record: object) => (await read('one.jsonl', JSON.stringify({ id: 1, ...record })))[0];

  test.each([
    ['a ban in the future', { banned_until: '2999-01-01' }, { banned: true }],
    ['a ban that is over', { banned_until: '2001-01-01' }, { banned: false }],
    ['a ban for ever', { banned_until: 'infinity' }, { banned: true }],
    ['single sign-on', { is_sso_user: true }, { kind: 'sso' }],
    ['an empty hash', { encrypted_password: '' }, { password: 'no', passwordHash: undefined }],
    ['no column for hashes', {}, { password: 'unknown' }],
    ['another provider', { raw_app_meta_data: { providers: ['google'] } }, { password: 'no' }],
    ['both providers', { raw_app_meta_data: { providers: ['google', 'email'] } }, { password: 'unknown' }],
    ['a number for an id', {}, { id: '1' }],
    ['control characters in a name', { name: 'A\u0000n\nn' }, { name: 'A n n' }],
    ['a long name', { name: '😀'.repeat(300) }, { name: '😀'.repeat(200) }],
  ])('with %s is understood', async (_, record, expected) => {
    expect(await one(record)).toMatchObject(expected);
  });

  test.each([
    ['no id', { id: '' }, 'one.jsonl, line 1: no id'],
    ['an odd time', { email_confirmed_at: 'yesterday' }, 'line 1: email_confirmed_at is not a time'],
    ['an odd flag', { is_anonymous: 'maybe' }, 'line 1: is_anonymous is not true or false'],
    ['odd metadata', { raw_user_meta_data: '[1' }, 'line 1: raw_user_meta_data is not a JSON object'],
  ])('with %s is refused with its place', async (_, record, message) => {
    await expect(one(record)).rejects.toThrow(message);
  });
});

describe('a file that cannot be read', () => {
  const head = 'id,email,confirmed,password_hash\n';
  const rows = Array.from(
    { length: 5000 },
    (_, index) => `${index},user-${index}@example.com,true,${secret}\n`,
  );
  const objects = Array.from({ length: 5000 }, (_, id) => JSON.stringify({ id, password_hash: secret }));

  test.each([
    [
      'too few values',
      'few.csv',
      `${head}${rows.join('')}5000,x@example.com\n`,
      'few.csv, line 5002: another number of values',
    ],
    [
      'an open quotation mark',
      'open.csv',
      `${head}1,"a@example.com,true,${secret}\n${rows.join('')}`,
      'never closed',
    ],
    [
      'a stray quotation mark',
      'stray.csv',
      `${head}1,a@example.com,true,${secret}"\n`,
      'line 2: a quotation mark inside',
    ],
    [
      'a value that is no flag',
      'flag.csv',
      `${head}${rows.slice(0, 7).join('')}8,a@example.com,perhaps,\n`,
      'line 9: confirmed',
    ],
    [
      'no id column',
      'column.csv',
      'mail\na@example.com\n',
      'line 1: expected a header with the column id, found mail',
    ],
    [
      'nothing about confirmation',
      'confirmed.csv',
      'id,email\n1,a@example.com\n',
      'email_confirmed_at, or confirmed',
    ],
    ['a column twice', 'twice.csv', 'id,email,email\n', 'the column email twice'],
    [
      'another encoding',
      'latin1.csv',
      Buffer.from(`${head}1,ann\u00e9@example.com,true,\n`, 'latin1'),
      'not UTF-8',
    ],
    [
      'a broken line',
      'broken.jsonl',
      `${objects.join('\n')}\n{"id": ${secret}\n`,
      'broken.jsonl, line 5001: no valid JSON',
    ],
    [
      'a broken element',
      'element.json',
      `[${objects.join(',\n')},\n{"id" ${secret}}]`,
      'element.json, line 5001: no valid JSON',
    ],
    ['an end inside the array', 'end.json', `[${objects.join(',\n')},\n{"id":`, 'ends inside its array'],
    ['something after the array', 'after.json', '[]\n[]', 'line 2: something follows the end'],
    ['an element that is no object', 'number.json', '[{"id":1},\n2]', 'line 2: expected an object'],
    ['an element without end', 'huge.json', `[{"id":"${'x'.repeat(1024 * 1024)}`, 'a record of more than'],
    ['a line without end', 'huge.jsonl', `{"id":"${'x'.repeat(1024 * 1024)}`, 'a record of more than'],
    ['nothing in it', 'empty.json', ' \n', 'it is empty'],
  ])('for %s is refused with the place, and without a hash', async (_, name, content, message) => {
    const failure = read(name, content);
    await expect(failure).rejects.toThrow(message);
    await expect(failure).rejects.not.toThrow(secret);
  });

  test('because it is not there says so', async () => {
    const source = csvSource(path.join(directory, 'absent.csv'), now);
    await expect(source.users()[Symbol.asyncIterator]().next()).rejects.toThrow(
      'absent.csv: there is no such file',
    );
  });
});

test('elements are found wherever the chunks of the file end', async () => {
  const elements = [
    { text: 'brackets ][}{ and "quotes" \\" in a string' },
    { nested: [{ deep: [1, 2] }, '\\'] },
    7,
    'a,b',
    null,
    [],
  ];
  const padding = 64 * 1024;
  for (const shift of [0, 1, 2, 3, 5, 8, 13, 21, 34, 55]) {
    const file = path.join(directory, 'chunks.json');
    const text = JSON.stringify(elements).slice(1);
    writeFileSync(file, `[${' '.repeat(padding - shift)}${text}\n`);
    const found: unknown[] = [];
    for await (const piece of elementsOf(file)) found.push(JSON.parse(piece.text));
    expect(found).toEqual(elements);
  }
});
