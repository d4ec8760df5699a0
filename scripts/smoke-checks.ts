import type { Route } from '../lambdas/shared/contract';

export interface SmokeOptions {
  readonly url: string;
  readonly routes: readonly Route[];
  /** An origin that may call the API; undefined when none may. */
  readonly origin: string | undefined;
  readonly waitSeconds: number;
}

export interface SmokeDependencies {
  readonly fetch: typeof fetch;
  /** TLS version that a server negotiates with a client that verifies its certificate. */
  readonly tlsVersion: (host: string, port: number) => Promise<string>;
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly now: () => number;
}

export interface Outcome {
  readonly check: string;
  readonly passed: boolean;
  /** What was seen, for people. */
  readonly seen: string;
}

/** Runs every check; one that fails does not stop the others. */
export async function smoke(deps: SmokeDependencies, options: SmokeOptions): Promise<readonly Outcome[]> {
  const first = await attempt('GET /health is 200 and ok', () => health(deps, options));
  // Where nobody listens, every other check would only repeat that.
  if (!first.passed && !(await listens(deps, options.url))) return [first];
  const closed = options.routes
    .filter((route) => route.authorization === 'user')
    .flatMap((route) => [
      () =>
        attempt(`${label(route)} without a token is 401`, () =>
          unauthorized(deps, options, route, undefined),
        ),
      () =>
        attempt(`${label(route)} with a made-up token is 401`, () =>
          unauthorized(deps, options, route, 'Bearer not.a.token'),
        ),
    ]);
  const rest = [
    ...closed,
    () => attempt('the configured origin may call in', () => preflightRequest(deps, options, true)),
    () => attempt('another origin may not', () => preflightRequest(deps, options, false)),
    () => attempt('TLS 1.2 or later, with a valid certificate', () => tls(deps, options)),
  ];
  const outcomes = [first];
  for (const check of rest) outcomes.push(await check());
  return outcomes;
}

async function health(deps: SmokeDependencies, { url, waitSeconds }: SmokeOptions): Promise<string> {
  const deadline = deps.now() + waitSeconds * 1000;
  for (;;) {
    const answer = await once(deps, url).catch((error: unknown) => ({ good: false, seen: reason(error) }));
    if (answer.good) return answer.seen;
    // A first start wakes functions and database connections; a good system is good after that.
    if (deps.now() >= deadline) throw new Error(`${answer.seen}, after ${waitSeconds} s`);
    await deps.sleep(2000);
  }
}

async function once(deps: SmokeDependencies, url: string) {
  const response = await send(deps, `${url}/health`, {});
  const text = await response.text();
  const good = response.status === 200 && (parse(text) as { status?: string } | undefined)?.status === 'ok';
  return { good, seen: `${response.status} ${text.slice(0, 200)}` };
}

const listens = (deps: SmokeDependencies, url: string) =>
  send(deps, `${url}/health`, {}).then(
    () => true,
    () => false,
  );

async function unauthorized(
  deps: SmokeDependencies,
  { url }: SmokeOptions,
  route: Route,
  authorization: string | undefined,
): Promise<string> {
  // A well-formed id, so that the answer cannot be about the path.
  const path = route.path.replace(/\{\w+\}/g, '00000000-0000-4000-8000-000000000000');
  const hasBody = route.method !== 'GET' && route.method !== 'DELETE';
  const response = await send(deps, `${url}${path}`, {
    method: route.method,
    headers: {
      ...(hasBody ? { 'content-type': 'application/json' } : {}),
      ...(authorization ? { authorization } : {}),
    },
    ...(hasBody ? { body: '{}' } : {}),
  });
  const text = await response.text();
  const code = (parse(text) as { error?: { code?: string } } | undefined)?.error?.code;
  const seen = `${response.status} ${code ?? text.slice(0, 200)}`;
  if (response.status !== 401 || code !== 'unauthorized')
    throw new Error(`expected 401 unauthorized, found ${seen}`);
  return seen;
}

async function preflightRequest(
  deps: SmokeDependencies,
  { url, routes, origin }: SmokeOptions,
  admitted: boolean,
): Promise<string> {
  const route = routes.find(({ authorization }) => authorization === 'user');
  if (!route) return 'skipped: this blueprint has no user route';
  if (admitted && !origin) return 'skipped: api.corsOrigins is empty';
  // .invalid belongs to nobody, so no configuration can admit it by accident.
  const asking = admitted && origin ? origin : 'https://stranger.invalid';
  const path = route.path.replace(/\{\w+\}/g, '00000000-0000-4000-8000-000000000000');
  const response = await send(deps, `${url}${path}`, {
    method: 'OPTIONS',
    headers: {
      origin: asking,
      'access-control-request-method': route.method,
      'access-control-request-headers': 'authorization',
    },
  });
  const allowed = response.headers.get('access-control-allow-origin');
  const seen = `${response.status}, allows ${allowed ?? 'nobody'}`;
  if (!admitted && (allowed === asking || allowed === '*'))
    throw new Error(`expected no admission, found ${seen}`);
  if (admitted && (!response.ok || allowed !== asking))
    throw new Error(`expected ${asking} to be allowed, found ${seen}`);
  return seen;
}

async function tls(deps: SmokeDependencies, { url }: SmokeOptions): Promise<string> {
  const { protocol, hostname, port } = new URL(url);
  if (protocol !== 'https:') {
    if (['localhost', '127.0.0.1'].includes(hostname)) return 'skipped: plain http on the loopback interface';
    throw new Error(`expected https, found ${protocol}//${hostname}`);
  }
  const version = await deps.tlsVersion(hostname, Number(port || 443));
  if (version !== 'TLSv1.2' && version !== 'TLSv1.3')
    throw new Error(`expected TLS 1.2 or later, found ${version}`);
  return version;
}

function send(deps: SmokeDependencies, url: string, init: RequestInit): Promise<Response> {
  return deps.fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(30_000) });
}

async function attempt(check: string, work: () => Promise<string>): Promise<Outcome> {
  try {
    return { check, passed: true, seen: await work() };
  } catch (error) {
    return { check, passed: false, seen: reason(error) };
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The message of an error; that of `fetch` only says "fetch failed" and hides the reason in its cause. */
function reason(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { message?: string; code?: string } };
  const why = cause?.message || cause?.code;
  return why ? `${message}: ${why}` : (message ?? String(error));
}

const label = (route: Route) => `${route.method} ${route.path}`;
