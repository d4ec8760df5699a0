/** A server that answers like Supabase Auth's admin API: same routes, headers, pages, order and errors. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const serviceRoleKey = 'service-role-key-of-the-project';

export interface ListedUser {
  readonly id: string;
  readonly created_at: string;
  readonly [column: string]: unknown;
}

export interface AdminApi {
  readonly url: string;
  users: ListedUser[];
  /** Users a page at most, whatever is asked for. */
  largestPage: number;
  /** Requests so far, as path and query. */
  readonly requests: string[];
  /** Answers a request in place of the server when it returns true. */
  intercept: (request: IncomingMessage, response: ServerResponse) => boolean;
  close(): Promise<void>;
}

export async function startAdminApi(): Promise<AdminApi> {
  const server = createServer((request, response) => {
    api.requests.push(request.url ?? '');
    if (!api.intercept(request, response)) answer(api, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const api: AdminApi = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    users: [],
    largestPage: Number.POSITIVE_INFINITY,
    requests: [],
    intercept: () => false,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return api;
}

export function json(response: ServerResponse, status: number, body: unknown, headers = {}): true {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  return true;
}

function answer(
  { users, url, largestPage }: AdminApi,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { pathname, searchParams } = new URL(request.url ?? '', url);
  if (pathname !== '/auth/v1/admin/users') return void json(response, 404, { message: 'no Route matched' });
  const { apikey, authorization } = request.headers;
  if (apikey !== serviceRoleKey || authorization !== `Bearer ${serviceRoleKey}`)
    return void json(response, 401, { code: 401, error_code: 'bad_jwt', msg: 'invalid JWT' });
  const [page, perPage] = [
    Number(searchParams.get('page') ?? 1),
    Math.min(largestPage, Number(searchParams.get('per_page') ?? 50)),
  ];
  const ascending = searchParams.get('sort') === 'created_at asc';
  const sorted = [...users].sort((a, b) => a.created_at.localeCompare(b.created_at) * (ascending ? 1 : -1));
  json(
    response,
    200,
    { users: sorted.slice((page - 1) * perPage, page * perPage), aud: 'authenticated' },
    { 'x-total-count': String(users.length) },
  );
}
