import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { loadConfig } from '../../lib/config/load';
import { contractsOf } from '../../lib/contracts';
import { urlOf } from '../../scripts/smoke';
import { type SmokeDependencies, type SmokeOptions, smoke } from '../../scripts/smoke-checks';

const origin = 'https://app.example.com';
const routes = contractsOf(loadConfig('dev', 'platform')).flatMap((contract) => contract.routes);

type Answer = (request: IncomingMessage, response: ServerResponse) => boolean;

/** An API that behaves, except for the requests that `odd` answers itself. */
async function serve<T>(odd: Answer, work: (url: string) => Promise<T>): Promise<T> {
  const server = createServer((request, response) => {
    if (odd(request, response)) return;
    if (request.url === '/health') return json(response, 200, { status: 'ok' });
    if (request.method === 'OPTIONS') {
      if (request.headers.origin === origin) response.setHeader('access-control-allow-origin', origin);
      response.writeHead(204).end();
      return;
    }
    json(response, 401, { error: { code: 'unauthorized', message: 'A valid bearer token is required.' } });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  try {
    return await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
}

function json(response: ServerResponse, status: number, body: unknown): boolean {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  return true;
}

const behave: Answer = () => false;

/** Time passes only by sleeping, so that no test waits. */
function dependencies(differences: Partial<SmokeDependencies> = {}): SmokeDependencies {
  let time = 0;
  return {
    fetch,
    tlsVersion: async () => 'TLSv1.3',
    now: () => time,
    sleep: async (milliseconds) => {
      time += milliseconds;
    },
    ...differences,
  };
}

const check = (
  url: string,
  differences: Partial<SmokeDependencies> = {},
  options: Partial<SmokeOptions> = {},
) => smoke(dependencies(differences), { url, routes, origin, waitSeconds: 10, ...options });

const failures = async (odd: Answer, options: Partial<SmokeOptions> = {}) =>
  (await serve(odd, (url) => check(url, {}, options)))
    .filter((outcome) => !outcome.passed)
    .map((outcome) => outcome.check);

test('an API that behaves passes, and every user route was tried with and without a token', async () => {
  const outcomes = await serve(behave, (url) => check(url));
  expect(outcomes.filter((outcome) => !outcome.passed)).toEqual([]);
  const userRoutes = routes.filter((route) => route.authorization === 'user');
  expect(userRoutes.length).toBeGreaterThan(5);
  expect(outcomes.filter((outcome) => outcome.check.endsWith('is 401'))).toHaveLength(2 * userRoutes.length);
});

test('health that becomes good in time passes', async () => {
  let asked = 0;
  const slow: Answer = (request, response) =>
    request.url === '/health' && ++asked < 3
      ? json(response, 503, { error: { code: 'unavailable' } })
      : false;
  expect(await failures(slow)).toEqual([]);
});

test('health that never becomes good fails, and the other checks still run', async () => {
  const sick: Answer = (request, response) => request.url === '/health' && json(response, 503, {});
  expect(await failures(sick)).toEqual(['GET /health is 200 and ok']);
});

test('one open route among closed ones is found', async () => {
  const open: Answer = (request, response) =>
    request.method === 'GET' && request.url === '/documents' && !request.headers.authorization
      ? json(response, 200, { documents: [] })
      : false;
  expect(await failures(open)).toEqual(['GET /documents without a token is 401']);
});

test('an authorizer that accepts any token is found', async () => {
  const credulous: Answer = (request, response) =>
    request.headers.authorization ? json(response, 200, {}) : false;
  expect(await failures(credulous)).toHaveLength(
    routes.filter((route) => route.authorization === 'user').length,
  );
});

test('a 401 in another shape than ours is a failure', async () => {
  const foreign: Answer = (request, response) =>
    request.method === 'DELETE' && request.url?.startsWith('/documents/')
      ? json(response, 401, { message: 'Unauthorized' })
      : false;
  expect(await failures(foreign)).toHaveLength(2);
});

test.each(['*', 'https://stranger.invalid'])('CORS that admits %s is a failure', async (allowed) => {
  const lax: Answer = (request, response) => {
    if (request.method !== 'OPTIONS') return false;
    const value = allowed === '*' ? '*' : request.headers.origin;
    response.writeHead(204, { 'access-control-allow-origin': value }).end();
    return true;
  };
  expect(await failures(lax)).toContain('another origin may not');
});

test('CORS that does not admit the configured origin is a failure', async () => {
  const closed: Answer = (request, response) => {
    if (request.method !== 'OPTIONS') return false;
    response.writeHead(204).end();
    return true;
  };
  expect(await failures(closed)).toEqual(['the configured origin may call in']);
});

test('plain http passes on the loopback interface only', async () => {
  const outcomes = await serve(behave, (url) => check(url));
  expect(outcomes.at(-1)).toMatchObject({
    passed: true,
    seen: 'skipped: plain http on the loopback interface',
  });
  const answers: typeof fetch = async () => new Response('{"status":"ok"}');
  const abroad = await check('http://api.example.com', { fetch: answers });
  expect(abroad.at(-1)).toMatchObject({
    passed: false,
    seen: 'expected https, found http://api.example.com',
  });
});

test.each([
  ['TLSv1.2', true],
  ['TLSv1.3', true],
  ['TLSv1.1', false],
])('%s: %s', async (version, passed) => {
  const outcomes = await check('https://api.example.com', {
    fetch: async () => new Response('{"status":"ok"}'),
    tlsVersion: async () => version,
  });
  expect(outcomes.at(-1)?.passed).toBe(passed);
});

test('where nobody listens there is one failure, and it says why', async () => {
  const url = await serve(behave, async (gone) => gone);
  const outcomes = await check(url);
  expect(outcomes).toHaveLength(1);
  expect(outcomes[0]?.seen).toMatch(/ECONNREFUSED.*after 10 s/);
});

test('local answers on port 4000, other environments where their outputs say', () => {
  const content = JSON.stringify({ 'landfall-dev-api': { ApiUrl: 'https://abc' } });
  expect(urlOf('local', () => undefined)).toBe('http://localhost:4000');
  expect(urlOf('dev', () => content)).toBe('https://abc');
  expect(() => urlOf('dev', () => undefined)).toThrow(/outputs\.dev\.json holds no ApiUrl of dev/);
});
