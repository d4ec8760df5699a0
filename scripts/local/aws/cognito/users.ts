/** The users of a pool, in the order of their creation, by every name they are looked up by. */
import type { User } from './records';

export class Users {
  private readonly byUsername = new Map<string, User>();
  /** Only where it differs from the username. */
  private readonly bySub = new Map<string, User>();
  /** In lower case. Where the address is no sign-in name, several users may have it. */
  private readonly byEmail = new Map<string, User | readonly User[]>();
  private readonly byGroup = new Map<string, Set<string>>();
  /** Usernames at the index of their order; those of removed users are empty. */
  private readonly ordered: (string | undefined)[] = [];

  get size(): number {
    return this.byUsername.size;
  }

  /** From 1 on. */
  nextOrder(): number {
    return Math.max(1, this.ordered.length);
  }

  values(): Iterable<User> {
    return this.after(0);
  }

  /** Those created after the user of this order. */
  *after(order: number): Generator<User> {
    for (let next = order + 1; next < this.ordered.length; next++) {
      const user = this.byUsername.get(this.ordered[next] ?? '');
      if (user) yield user;
    }
  }

  get(username: string): User | undefined {
    return this.byUsername.get(username);
  }

  withSub(sub: string): User | undefined {
    const user = this.bySub.get(sub) ?? this.byUsername.get(sub);
    return user?.sub === sub ? user : undefined;
  }

  /** In upper or lower case. */
  withEmail(email: string): readonly User[] {
    return [this.byEmail.get(email.toLowerCase()) ?? []].flat();
  }

  inGroup(name: string): User[] {
    return [...(this.byGroup.get(name) ?? [])].flatMap((username) => this.byUsername.get(username) ?? []);
  }

  /** Adds the user, or replaces the one with the same username. */
  put(user: User): void {
    const before = this.byUsername.get(user.username);
    if (before) this.unindex(before);
    this.ordered[user.order] = user.username;
    this.byUsername.set(user.username, user);
    if (user.sub !== user.username) this.bySub.set(user.sub, user);
    const email = user.attributes.email?.toLowerCase();
    if (email !== undefined) {
      const others = this.byEmail.get(email);
      this.byEmail.set(email, others ? [others, user].flat() : user);
    }
    for (const name of user.groups ?? []) {
      const members = this.byGroup.get(name) ?? new Set();
      this.byGroup.set(name, members.add(user.username));
    }
  }

  remove(username: string): void {
    const user = this.byUsername.get(username);
    if (!user) return;
    this.unindex(user);
    this.ordered[user.order] = undefined;
    this.byUsername.delete(username);
  }

  private unindex(user: User): void {
    this.bySub.delete(user.sub);
    const email = user.attributes.email?.toLowerCase();
    if (email !== undefined) {
      const others = this.withEmail(email).filter(({ username }) => username !== user.username);
      if (others.length > 0) this.byEmail.set(email, others);
      else this.byEmail.delete(email);
    }
    for (const name of user.groups ?? []) this.byGroup.get(name)?.delete(user.username);
  }
}
