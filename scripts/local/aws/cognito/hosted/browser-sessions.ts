/** Who is signed in, by browser. In memory: a restart of the runtime asks for the password again. */
import { randomBytes } from 'node:crypto';
import type { User } from '../records';
import { digest, type UserPool } from '../user-pool';
import { dropCookie, SESSION_COOKIE, setCookie } from './cookies';
import type { HostedRequest } from './request';

/** As Cognito's own cookie. */
const LIFETIME_S = 3600;

export interface BrowserSession {
  readonly username: string;
  /** When the password was given; seconds since 1970. */
  readonly authTime: number;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

export interface SignedIn {
  readonly user: User;
  readonly authTime: number;
}

export class BrowserSessions {
  /** By the hash of the cookie. */
  private readonly sessions = new Map<string, BrowserSession>();

  constructor(private readonly pool: UserPool) {}

  /** @returns the cookie that carries the new session; an earlier one of this browser ends */
  start(request: HostedRequest, user: User): { cookie: string; signedIn: SignedIn } {
    this.end(request);
    const now = this.pool.now();
    for (const [id, { expires }] of this.sessions) if (expires <= now) this.sessions.delete(id);
    const id = randomBytes(32).toString('base64url');
    const authTime = Math.floor(now / 1000);
    this.sessions.set(digest(id), { username: user.username, authTime, expires: now + LIFETIME_S * 1000 });
    return { cookie: setCookie(SESSION_COOKIE, id, LIFETIME_S), signedIn: { user, authTime } };
  }

  /** Undefined as well when the user has been removed, disabled, or must choose a new password since. */
  find({ cookies }: HostedRequest): SignedIn | undefined {
    const session = this.sessions.get(digest(cookies.get(SESSION_COOKIE) ?? ''));
    if (!session || session.expires <= this.pool.now()) return undefined;
    const user = this.pool.find(session.username);
    return user?.enabled && user.status === 'CONFIRMED' ? { user, authTime: session.authTime } : undefined;
  }

  /** @returns the cookie that makes the browser forget */
  end({ cookies }: HostedRequest): string {
    this.sessions.delete(digest(cookies.get(SESSION_COOKIE) ?? ''));
    return dropCookie(SESSION_COOKIE);
  }
}
