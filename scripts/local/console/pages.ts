/** The runtime's own pages under `/_landfall`: overview, API reference, mail, logs, tokens, outputs. */
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { dirname, extname, join } from 'node:path';
import { asShell } from '../administrator';
import { type ConsoleHandler, sendJson } from '../http-server';
import { exampleUser } from '../identity';
import type { Mail } from '../mailbox';
import type { Runtime } from '../running';
import { apiReferencePage, apiReferenceScript } from './api-reference';
import type { ConsoleContext } from './context';
import { mailPage } from './mail-page';
import { mailScript } from './mail-script';
import { localOpenApi } from './openapi';
import { localOutputs } from './outputs';
import { overview } from './overview';
import { overviewPage, overviewScript } from './overview-page';

const contentTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
};

/** Nothing is loaded from another host; the reference page sets styles from its script. */
const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Files of the API reference that its package brings along. */
const referenceFiles = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'];

type Page = (url: URL, response: ServerResponse) => Promise<void> | void;

export function consolePages(runtime: Runtime, context: ConsoleContext): ConsoleHandler {
  const pages: Record<string, Page> = {
    '': (_url, response) => sendFile(response, '.html', overviewPage),
    'console.js': (_url, response) => sendFile(response, '.js', overviewScript),
    'overview.json': async (_url, response) => sendJson(response, 200, await overview(runtime, context)),
    'outputs.json': (_url, response) => sendJson(response, 200, localOutputs(runtime, context)),
    'openapi.json': async (_url, response) =>
      sendJson(response, 200, await localOpenApi(runtime.url, context)),
    'api/': (_url, response) => sendFile(response, '.html', apiReferencePage),
    'api/reference.js': (_url, response) => sendFile(response, '.js', apiReferenceScript),
    ...Object.fromEntries(referenceFiles.map((name) => [`api/${name}`, referenceFile(name)])),
    logs: (url, response) => sendJson(response, 200, logLines(runtime, url)),
    mail: (url, response) => sendJson(response, 200, mails(context, url)),
    'mail/': (_url, response) => sendFile(response, '.html', mailPage),
    'mail/mail.js': (_url, response) => sendFile(response, '.js', mailScript),
    token: (url, response) => sendToken(runtime, url, response),
    'administrator.env': (_url, response) => sendText(response, asShell(context.administrator())),
  };
  return async (message: IncomingMessage, response: ServerResponse) => {
    const url = new URL(message.url ?? '/', runtime.url);
    if (url.pathname === '/_landfall' || url.pathname === '/_landfall/api') {
      response.writeHead(302, { Location: `${url.pathname}/` }).end();
      return;
    }
    const page = pages[url.pathname.slice('/_landfall/'.length)];
    if (!page) sendJson(response, 404, { message: 'There is no such page.', pages: Object.keys(pages) });
    else if (message.method !== 'GET') sendJson(response, 405, { message: 'Only GET.' });
    else await page(url, response);
  };
}

function sendFile(response: ServerResponse, extension: string, content: string | Buffer): void {
  response.writeHead(200, {
    'Content-Type': contentTypes[extension] ?? 'application/octet-stream',
    'Content-Security-Policy': contentSecurityPolicy,
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
  });
  response.end(content);
}

function sendText(response: ServerResponse, text: string): void {
  response.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' });
  response.end(text);
}

function referenceFile(name: string): Page {
  return (_url, response) => {
    const directory = dirname(require.resolve('swagger-ui-dist/package.json'));
    sendFile(response, extname(name), readFileSync(join(directory, name)));
  };
}

/** `?after=<time>` gives what came later; `?source=documents` one source only. */
function logLines({ log }: Runtime, { searchParams }: URL) {
  const after = searchParams.get('after') ?? '';
  const source = searchParams.get('source');
  return log.lines.filter((line) => line.time > after && (!source || line.source === source));
}

/** Newest first. `?to=user@example.com` leaves the mails to one address, `?after=<id>` what came after a mail. */
function mails({ mailbox }: ConsoleContext, { searchParams }: URL): Mail[] {
  const list = mailbox.list({ to: searchParams.get('to') ?? undefined });
  const known = list.findIndex(({ id }) => id === searchParams.get('after'));
  return known < 0 ? list : list.slice(0, known);
}

/** A new token as plain text: `TOKEN=$(curl -s localhost:4000/_landfall/token)`. `?user=` names another user. */
async function sendToken(
  { identity }: Runtime,
  { searchParams }: URL,
  response: ServerResponse,
): Promise<void> {
  const user = searchParams.get('user') ?? exampleUser;
  if (!/^[^\s@]+@[^\s@]+$/.test(user)) {
    sendJson(response, 400, {
      message: 'user must be an e-mail address, for example ?user=second@example.com',
    });
    return;
  }
  if (!identity.local) {
    sendJson(response, 409, { message: `Tokens come from ${identity.provider}: sign in there.` });
    return;
  }
  sendText(response, await identity.token(user));
}
