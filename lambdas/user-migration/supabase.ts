import * as z from 'zod';
import type { Clock } from '../shared/clock';
import type { Source, Verdict } from './source';

export interface SupabaseOptions {
  /** For example `https://abcdefgh.supabase.co`. */
  readonly url: string;
  /** The issuer of the tokens that its users had. */
  readonly issuer: string;
  readonly serviceRoleKey: () => Promise<string>;
  readonly clock: Clock;
}

const userSchema = z.object({
  id: z.string().min(1).max(255),
  email: z.string().nullish(),
  email_confirmed_at: z.string().nullish(),
  banned_until: z.string().nullish(),
  deleted_at: z.string().nullish(),
  user_metadata: z.object({ full_name: z.unknown(), name: z.unknown() }).partial().nullish(),
});

type User = z.output<typeof userSchema>;

const refusalSchema = z.object({ error_code: z.string() }).partial();

const pageSize = 50;
/** The filter also finds names and longer addresses, but not more of them than this. */
const maxPages = 10;

/** A Supabase project that still has its users. */
export function supabase({ url, issuer, serviceRoleKey, clock }: SupabaseOptions): Source {
  const base = `${url.replace(/\/+$/, '')}/auth/v1`;

  async function call(path: string, init: RequestInit) {
    const key = await serviceRoleKey();
    return fetch(base + path, {
      ...init,
      headers: { apikey: key, authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      redirect: 'error',
    });
  }

  function vouchFor(email: string, user: User): Verdict {
    if (user.email?.toLowerCase() !== email || user.deleted_at) return { refusal: 'unknown' };
    // What is no date is no end of the ban.
    if (user.banned_until && !(Date.parse(user.banned_until) <= clock().getTime()))
      return { refusal: 'banned' };
    if (!user.email_confirmed_at) return { refusal: 'unconfirmed' };
    const name = nameOf(user);
    return { account: { issuer, subject: user.id, email, ...(name && { name }) } };
  }

  return {
    name: 'supabase',

    async authenticate(email, password, signal) {
      const body = JSON.stringify({ email, password });
      const response = await call('/token?grant_type=password', { method: 'POST', body, signal });
      if (response.status === 400) {
        const { error_code: code } = refusalSchema.parse(await bodyOf(response));
        if (code === 'user_banned') return { refusal: 'banned' };
        return { refusal: code === 'email_not_confirmed' ? 'unconfirmed' : 'wrong password' };
      }
      if (response.status !== 200) throw unexpected('token', response.status);
      return vouchFor(email, z.object({ user: userSchema }).parse(await bodyOf(response)).user);
    },

    async find(email, signal) {
      const found: User[] = [];
      for (let page = 1; page <= maxPages; page++) {
        const query = new URLSearchParams({ filter: email, page: String(page), per_page: String(pageSize) });
        const response = await call(`/admin/users?${query}`, { method: 'GET', signal });
        if (response.status !== 200) throw unexpected('admin/users', response.status);
        const { users } = z.object({ users: z.array(userSchema) }).parse(await bodyOf(response));
        found.push(...users.filter((user) => user.email?.toLowerCase() === email));
        if (users.length < pageSize) break;
      }
      const [user, second] = found;
      if (!user) return { refusal: 'unknown' };
      // Supabase keeps users of single sign-on beside others with the same address.
      if (second) throw new Error('expected one user with this address at Supabase, found several');
      return vouchFor(email, user);
    },
  };
}

function nameOf({ user_metadata: metadata }: User): string | undefined {
  const names = [metadata?.full_name, metadata?.name].filter((name) => typeof name === 'string');
  return names.map((name) => name.trim().slice(0, 200)).find((name) => name !== '');
}

async function bodyOf(response: { json(): Promise<unknown> }): Promise<unknown> {
  return response.json().catch((cause: unknown) => {
    // The parser's message quotes what it could not read.
    throw cause instanceof SyntaxError ? new Error('expected JSON from Supabase') : cause;
  });
}

/** The body stays unread: it may repeat what was sent. */
function unexpected(endpoint: string, status: number): Error {
  return new Error(`expected status 200 of Supabase's ${endpoint} endpoint, found ${status}`);
}
