import { writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mail as PoolMail } from '../../../scripts/local/aws/cognito/engine';
import { cognitoMail } from '../../../scripts/local/cognito-mail';
import { firstLink, Mailbox, type OutgoingMail } from '../../../scripts/local/mailbox';
import { removeTemporaryDirectories, temporaryDirectory } from './deployed-app';

afterAll(removeTemporaryDirectories);

const mail = (subject: string, ...to: string[]): OutgoingMail => ({
  from: 'hello@example.com',
  to,
  subject,
  text: 'text',
  source: 'ses',
});
const subjects = (mailbox: Mailbox, to?: string) => mailbox.list({ to }).map(({ subject }) => subject);

test('mails are listed newest first, to everybody or to one address', async () => {
  const mailbox = await Mailbox.open(join(temporaryDirectory(), 'mailbox.json'));
  mailbox.deliver(mail('one', 'Ann <ann@example.com>', 'ben@example.com'));
  mailbox.deliver(mail('two', 'BEN@example.com'));
  mailbox.deliver(mail('three', 'joann@example.com'));
  expect(subjects(mailbox)).toEqual(['three', 'two', 'one']);
  expect(subjects(mailbox, 'ben@example.com')).toEqual(['two', 'one']);
  expect(subjects(mailbox, 'Ann@Example.com')).toEqual(['one']);
  expect(subjects(mailbox, '')).toEqual([]);
  await mailbox.written();
});

test('the newest 500 survive a restart, in a file only its owner can read', async () => {
  const file = join(temporaryDirectory(), 'mailbox.json');
  const first = await Mailbox.open(file);
  for (let index = 0; index < 502; index++) first.deliver(mail(String(index), 'ann@example.com'));
  await first.written();
  const second = await Mailbox.open(file);
  expect(second.list()).toEqual(first.list());
  expect(subjects(second)).toHaveLength(500);
  expect([subjects(second)[0], subjects(second).at(-1)]).toEqual(['501', '2']);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test('a mail that cannot be written is still delivered, and who asks learns of it', async () => {
  const folder = join(temporaryDirectory(), 'state');
  const unwritable = await Mailbox.open(join(folder, 'mailbox.json'));
  writeFileSync(folder, 'a file where the folder should be');
  unwritable.deliver(mail('unwritten', 'ann@example.com'));
  await expect(unwritable.written()).rejects.toThrow('EEXIST');
  expect(subjects(unwritable)).toEqual(['unwritten']);
});

test.each([
  ['confirmation', 'Your verification code', 'Your confirmation code is 123456'],
  ['reset', 'Your password reset code', 'Your password reset code is 123456'],
  [
    'invitation',
    'Your temporary password',
    'Your username is ann@example.com and temporary password is 123456',
  ],
  ['sign-in', 'Your sign-in code', 'Your sign-in code is 123456'],
  ['attribute', 'Your verification code', 'Your verification code is 123456'],
  ['something-new', 'Your code', 'Your something-new code is 123456'],
])('Cognito’s mail of the kind %s reads like one', (kind, subject, text) => {
  const sent = { poolId: 'pool', to: 'ann@example.com', kind, code: '123456' } as PoolMail;
  expect(cognitoMail(sent)).toMatchObject({ to: ['ann@example.com'], subject, text, source: 'cognito' });
});

test.each<[string, string | undefined, string | undefined]>([
  ['See https://a.example/x#token=v1.a-b_c.d. Thanks.', undefined, 'https://a.example/x#token=v1.a-b_c.d'],
  ['(http://localhost:4000/x)', '<a href="https://other.example">', 'http://localhost:4000/x'],
  ['', '<p><a style="x" href="https://a.example/?a=1&amp;b=2">Go</a>', 'https://a.example/?a=1&b=2'],
  ['no link', undefined, undefined],
])('the first link of %j and %j is %s', (text, html, link) => {
  expect(firstLink({ text, ...(html !== undefined && { html }) })).toBe(link);
});
