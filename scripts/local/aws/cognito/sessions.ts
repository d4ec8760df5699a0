/** The sign-ins of a pool, by what names them. */
import type { Session } from './records';

export class Sessions {
  private readonly byId = new Map<string, Session>();
  /** By the hash of a refresh token. */
  private readonly byToken = new Map<string, string>();
  private readonly byUser = new Map<string, Set<string>>();

  values(): IterableIterator<Session> {
    return this.byId.values();
  }

  get(originJti: string): Session | undefined {
    return this.byId.get(originJti);
  }

  withToken(hash: string): Session | undefined {
    return this.byId.get(this.byToken.get(hash) ?? '');
  }

  ofUser(username: string): Session[] {
    return [...(this.byUser.get(username) ?? [])].flatMap((id) => this.byId.get(id) ?? []);
  }

  /** Adds the session, or replaces the one with the same origin_jti. */
  put(session: Session): void {
    this.remove(session.originJti);
    this.byId.set(session.originJti, session);
    for (const { hash } of session.tokens) this.byToken.set(hash, session.originJti);
    const own = this.byUser.get(session.username) ?? new Set();
    this.byUser.set(session.username, own.add(session.originJti));
  }

  remove(originJti: string): void {
    const session = this.byId.get(originJti);
    if (!session) return;
    this.byId.delete(originJti);
    for (const { hash } of session.tokens) this.byToken.delete(hash);
    const own = this.byUser.get(session.username);
    own?.delete(originJti);
    if (own?.size === 0) this.byUser.delete(session.username);
  }
}
