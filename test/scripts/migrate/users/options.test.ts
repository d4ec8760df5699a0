import { parseOptions } from '../../../../scripts/migrate/users/options';

const key = { SUPABASE_SERVICE_ROLE_KEY: 'key' };
const file = ['--from', 'users.csv', '--issuer', 'https://old.example.com', '--to', 'eu-central-1_Ab1cD2eF3'];
const url = ['--from', 'https://project.supabase.co', '--to', 'eu-central-1_Ab1cD2eF3'];

test('the defaults plan, leave passwords to the trigger and half of the quota to people', () => {
  expect(parseOptions(file, {})).toEqual({
    from: { kind: 'csv', file: 'users.csv' },
    to: 'eu-central-1_Ab1cD2eF3',
    issuer: 'https://old.example.com',
    passwordUsers: 'lazy',
    unknownPasswords: undefined,
    withHashes: false,
    execute: false,
    check: false,
    rate: 25,
    concurrency: 10,
    batch: 200,
    journal: undefined,
    report: undefined,
    json: false,
  });
});

test.each([
  ['https://project.supabase.co', 'https://project.supabase.co'],
  ['https://project.supabase.co/', 'https://project.supabase.co'],
  ['https://auth.example.com/supabase/auth/v1/', 'https://auth.example.com/supabase'],
  ['http://localhost:54321', 'http://localhost:54321'],
])('%s is the project %s, and its issuer follows', (from, project) => {
  const options = parseOptions(['--from', from, '--to', 'eu-central-1_Ab1cD2eF3'], key);
  expect(options).toMatchObject({ from: { url: project }, issuer: `${project}/auth/v1` });
});

test.each([
  ['users.json', 'json'],
  ['users.JSONL', 'json'],
  ['users.ndjson', 'json'],
  ['/exports/users.CSV', 'csv'],
])('%s is read as %s', (name, kind) => {
  expect(parseOptions([...file, '--from', name], {}).from).toEqual({ kind, file: name });
});

test.each([
  [[], '--from is missing'],
  [['--from', 'users.xlsx'], '--from: expected https://<project>.supabase.co'],
  [['--from', 'users.csv', '--to', 'eu-central-1_Ab1'], '--issuer is missing'],
  [['--from', 'users.csv'], '--to is missing'],
  [[...file, '--to', 'my-pool'], '--to: expected a user pool id'],
  [[...file, '--issuer', 'old'], '--issuer: expected a URL'],
  [[...file, '--password-users', 'maybe'], '--password-users: expected lazy or create, found maybe'],
  [[...file, '--unknown-passwords', 'x'], '--unknown-passwords: expected lazy or create'],
  [[...file, '--with-hashes', '--password-users', 'create'], '--with-hashes goes with --password-users lazy'],
  [[...file, '--check', '--execute'], '--check belongs to a plan'],
  [[...file, '--journal', 'x'], '--journal belongs to --execute'],
  [[...file, '--report', 'x.txt'], '--report takes a file that ends in .csv or .jsonl'],
  [[...file, '--rate', '0'], '--rate: expected a whole number from 1 to 10000, found 0'],
  [[...file, '--concurrency', '1e3'], '--concurrency: expected a whole number from 1 to 100'],
  [[...file, '--batch', '-1'], '--batch'],
  [[...file, 'stray'], 'stray'],
])('%j is refused: %s', (args, message) => {
  expect(() => parseOptions(args, key)).toThrow(message);
});

test.each([
  [url, {}, 'SUPABASE_SERVICE_ROLE_KEY is not set'],
  [[...url, '--with-hashes'], key, '--with-hashes needs a file'],
  [['--from', 'https://key@project.supabase.co'], key, 'the key belongs in SUPABASE_SERVICE_ROLE_KEY'],
  [['--from', 'https://project.supabase.co?apikey=x'], key, 'the key belongs in SUPABASE_SERVICE_ROLE_KEY'],
  [['--from', 'http://project.supabase.co'], key, 'use https'],
])('for a Supabase project, %j with %j is refused: %s', (args, env, message) => {
  expect(() => parseOptions(args, env)).toThrow(message);
});
