import { randomUUID } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SupabaseUser {
  readonly id: string;
  readonly email: string;
  readonly password?: string;
  readonly email_confirmed_at?: string | null;
  readonly banned_until?: string | null;
  readonly user_metadata?: Record<string, unknown>;
}

type Answer = readonly [status: number, body: object];

/** The part of Supabase's auth server that a migration asks, with its shapes of answers. */
export class SupabaseServer {
  readonly users: SupabaseUser[] = [];
  /** Paths with queries, as they were asked. */
  readonly requests: string[] = [];
  /** Set to answer something else. */
  instead: ((response: http.ServerResponse) => void) | undefined;
  readonly serviceRoleKey = 'service-role-key';
  readonly #server = http.createServer((request, response) => this.#receive(request, response));

  static async start(): Promise<SupabaseServer> {
    const self = new SupabaseServer();
    await new Promise<void>((resolve) => self.#server.listen(0, '127.0.0.1', resolve));
    return self;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  addUser(user: Partial<SupabaseUser> = {}): SupabaseUser {
    const added: SupabaseUser = {
      id: randomUUID(),
      email: `${randomUUID()}@example.com`,
      email_confirmed_at: '2025-01-01T00:00:00.000000Z',
      user_metadata: {},
      ...user,
    };
    this.users.push(added);
    return added;
  }

  async #receive(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += chunk;
    this.requests.push(`${request.method} ${request.url}`);
    if (this.instead) {
      this.instead(response);
      return;
    }
    const [status, answer] = this.#answer(request, body);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  }

  #answer(request: http.IncomingMessage, body: string): Answer {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.url);
    if (request.headers.apikey !== this.serviceRoleKey) {
      return [401, { message: 'Invalid API key', hint: 'Double check your API key.' }];
    }
    if (pathname === '/auth/v1/token' && searchParams.get('grant_type') === 'password') {
      return this.#token(JSON.parse(body));
    }
    if (pathname === '/auth/v1/admin/users') {
      if (request.headers.authorization !== `Bearer ${this.serviceRoleKey}`) {
        return [
          401,
          { code: 401, error_code: 'no_authorization', msg: 'This endpoint requires a Bearer token' },
        ];
      }
      return this.#list(searchParams);
    }
    return [404, { code: 404, msg: 'not found' }];
  }

  #token({ email, password }: { email: string; password: string }): Answer {
    const refuse = (error_code: string, msg: string): Answer => [400, { code: 400, error_code, msg }];
    const user = this.users.find((one) => one.email === email.toLowerCase());
    if (!user || user.password === undefined || user.password !== password) {
      return refuse('invalid_credentials', 'Invalid login credentials');
    }
    const banned = user.banned_until && Date.parse(user.banned_until) > Date.now();
    if (banned) return refuse('user_banned', 'User is banned');
    if (!user.email_confirmed_at) return refuse('email_not_confirmed', 'Email not confirmed');
    const tokens = { access_token: 'eyJhbGciOi.access', refresh_token: 'refresh' };
    return [200, { ...tokens, token_type: 'bearer', expires_in: 3600, user: view(user) }];
  }

  #list(query: URLSearchParams): Answer {
    const filter = query.get('filter') ?? '';
    const found = this.users.filter(
      ({ email, user_metadata: data }) =>
        email.includes(filter) || String(data?.full_name ?? '').includes(filter),
    );
    const size = Number(query.get('per_page') ?? 50);
    const start = (Number(query.get('page') ?? 1) - 1) * size;
    return [200, { users: found.slice(start, start + size).map(view), aud: 'authenticated' }];
  }
}

/** A user as the server shows one. */
function view({ password: _, ...user }: SupabaseUser): object {
  const provider = { provider: 'email', providers: ['email'] };
  return {
    aud: 'authenticated',
    role: 'authenticated',
    phone: '',
    app_metadata: provider,
    is_anonymous: false,
    ...user,
  };
}
