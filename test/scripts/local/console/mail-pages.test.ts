import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { ConsoleContext } from '../../../../scripts/local/console/context';
import { consolePages } from '../../../../scripts/local/console/pages';
import { Mailbox } from '../../../../scripts/local/mailbox';
import type { Runtime } from '../../../../scripts/local/running';
import { removeTemporaryDirectories, temporaryDirectory } from '../deployed-app';

let server: Server;
let url: string;
let mailbox: Mailbox;

beforeAll(async () => {
  mailbox = await Mailbox.open(join(temporaryDirectory(), 'mailbox.json'));
  // The mail pages need nothing else of a runtime.
  const pages = consolePages({ url: 'http://localhost' } as Runtime, { mailbox } as ConsoleContext);
  server = createServer((message, response) => void pages(message, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/_landfall/mail`;
  for (const subject of ['one', 'two', 'three'])
    mailbox.deliver({
      from: 'hello@example.com',
      to: [subject === 'two' ? 'ben@example.com' : 'ann@example.com'],
      subject,
      text: 'text',
      html: '<script>alert(1)</script>',
      source: 'ses',
    });
});
afterAll(async () => {
  await mailbox.written();
  await new Promise((resolve) => server.close(resolve));
  removeTemporaryDirectories();
});

const subjects = async (query: string) => {
  const response = await fetch(url + query);
  expect(response.headers.get('content-type')).toBe('application/json');
  return ((await response.json()) as { subject: string }[]).map(({ subject }) => subject);
};

test('the mailbox is read as JSON, whole, to one address, and from a mail on', async () => {
  expect(await subjects('')).toEqual(['three', 'two', 'one']);
  expect(await subjects('?to=ANN@example.com')).toEqual(['three', 'one']);
  expect(await subjects(`?after=${mailbox.list()[1]?.id}`)).toEqual(['three']);
  expect(await subjects(`?after=${mailbox.list()[0]?.id}`)).toEqual([]);
  expect(await subjects('?after=forgotten')).toEqual(['three', 'two', 'one']);
});

test('the page runs its own script only, and shows the HTML of mails without scripts and origin', async () => {
  const response = await fetch(`${url}/`);
  const policy = response.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self';");
  expect(policy).toContain("img-src 'self' data:");
  const page = await response.text();
  const sandbox = /<iframe[^>]*\bsandbox="([^"]*)"/.exec(page)?.[1];
  expect(sandbox).toBe('allow-popups allow-popups-to-escape-sandbox');
  expect(page).not.toMatch(/\son\w+=|<script(?! src=)/);
  const script = await fetch(`${url}/mail.js`);
  expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
  expect(await script.text()).not.toMatch(/innerHTML|insertAdjacentHTML|document\.write|eval\(/);
});

test('the script of the page is JavaScript', async () => {
  const source = await (await fetch(`${url}/mail.js`)).text();
  expect(() => new Function(source)).not.toThrow();
});
