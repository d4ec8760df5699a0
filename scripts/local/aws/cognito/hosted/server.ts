/** The HTTPS server behind a user pool's domain: sign-in pages for people, OAuth endpoints for applications. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { serveTls, type TlsServer } from '../../../tls-server';
import type { CognitoEngine } from '../engine';
import { type Answer, json, Refusal } from './answer';
import { AuthorizationCodes } from './authorization-codes';
import { BrowserSessions } from './browser-sessions';
import type { HostedContext } from './context';
import { Forms } from './forms';
import { errorPage } from './page';
import { type HostedRequest, readRequest } from './request';
import { type Route, routes } from './routes';

export interface HostedSignInOptions {
  /** 0: any free one. */
  readonly port: number;
  /** PEM; the certificate must name localhost. */
  readonly tls: { readonly cert: string; readonly key: string };
  readonly engine: CognitoEngine;
  readonly poolId: string;
  /** One line per request, without its query: that holds codes. */
  readonly log: (line: string) => void;
}

export async function startHostedSignIn(options: HostedSignInOptions): Promise<TlsServer> {
  const { engine, poolId, log } = options;
  const pool = engine.pool(poolId);
  const context: HostedContext = {
    engine,
    pool,
    codes: new AuthorizationCodes(pool),
    sessions: new BrowserSessions(pool),
    forms: new Forms(),
  };

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const started = performance.now();
    const request = await readRequest(incoming);
    const path = request?.path ?? incoming.url?.split('?')[0] ?? '/';
    const answer = await answerOf(context, path, request).catch((error: Error): Answer => {
      // The caller learns no more than on AWS, the log everything.
      log(`sign-in ${incoming.method} ${path} failed: ${error.stack}`);
      return errorPage(500, 'Something went wrong', ['The terminal of the local runtime says what.']);
    });
    log(`sign-in ${incoming.method} ${path} ${answer.status} ${Math.round(performance.now() - started)} ms`);
    const cookies = answer.cookies ?? [];
    response.writeHead(answer.status, {
      ...answer.headers,
      ...(cookies.length > 0 && { 'set-cookie': [...cookies] }),
    });
    response.end(answer.body);
  }

  return serveTls({ ...options, name: 'sign-in', serve });
}

/** Their callers authenticate by what they send, so any page may call them; cookies are never looked at. */
const CORS = { 'access-control-allow-origin': '*' };

async function answerOf(
  context: HostedContext,
  path: string,
  request: HostedRequest | undefined,
): Promise<Answer> {
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (!route)
    return errorPage(404, 'There is no such page', ['The sign-in pages begin at /login and /signup.']);
  if (!request) return failed(route, 413, 'invalid_request', 'The body is too large.');
  if (!route.crossOrigin) return dispatch(context, route, request);
  if (request.method === 'OPTIONS') return preflight(route);
  const answer = await dispatch(context, route, request);
  return { ...answer, headers: { ...answer.headers, ...CORS } };
}

async function dispatch(context: HostedContext, route: Route, request: HostedRequest): Promise<Answer> {
  const run = Object.hasOwn(route.methods, request.method) ? route.methods[request.method] : undefined;
  const allow = Object.keys(route.methods).join(', ');
  if (!run) return failed(route, 405, 'invalid_request', `The method must be ${allow}.`, { allow });
  try {
    return await run(context, request);
  } catch (error) {
    if (error instanceof Refusal) return error.answer;
    throw error;
  }
}

function failed(
  route: Route,
  status: number,
  error: string,
  description: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  if (route.crossOrigin) return json(status, { error, error_description: description }, headers);
  const answer = errorPage(status, 'This does not work', [description]);
  return { ...answer, headers: { ...answer.headers, ...headers } };
}

function preflight(route: Route): Answer {
  return {
    status: 204,
    headers: {
      ...CORS,
      'access-control-allow-methods': Object.keys(route.methods).join(', '),
      'access-control-allow-headers': 'authorization, content-type',
      'access-control-max-age': '86400',
    },
  };
}
